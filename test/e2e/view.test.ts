import { mkdtempSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { beginRun, log, lossAt, stepLines, validationLine } from '../watched-run.ts';
import { findBrowser } from './browser.ts';
import { type Ended, type Running, rarevox, start } from './command-line.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A running `rarevox view` and the address that it printed. */
async function view(
  ...words: readonly string[]
): Promise<{ url: string; end: () => Promise<Ended>; running: Running }> {
  const running = start(['view', '--no-open', ...words]);
  const url = await new Promise<string>((resolve, reject) => {
    running.process.stdout?.on('data', (text: string) => resolve(text.trim()));
    void running.ended.then((ended) => reject(new Error(JSON.stringify(ended))));
  });
  const end = (): Promise<Ended> => {
    running.process.kill('SIGINT');
    return running.ended;
  };
  return { url, end, running };
}

describe('rarevox view', { timeout: 180_000 }, () => {
  it('serves the app until Ctrl-C, and a scan only to those who know the address', async () => {
    writeFileSync(`${folder}/scan.nii`, 'voxels');
    const { url, end } = await view(`${folder}/scan.nii`);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#data=[A-Za-z0-9_-]{22}$/);
    const [site, token] = url.split('#data=') as [string, string];
    expect(await (await fetch(site)).text()).toContain('<title>rarevox</title>');
    const manifest = await fetch(`${site}data/${token}/files.json`);
    expect(await manifest.json()).toEqual({ version: 1, files: [{ path: 'scan.nii', url: '0/scan.nii', size: 6 }] });
    expect(await (await fetch(`${site}data/${token}/0/scan.nii`)).text()).toBe('voxels');
    const other = `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`;
    for (const path of [`data/${other}/files.json`, 'data/files.json', 'data/0/scan.nii', `data/${token}/../secret`]) {
      expect((await fetch(site + path)).status, path).toBe(404);
    }
    expect(await end()).toMatchObject({ status: 0, stderr: 'Open this address in a browser. Ctrl-C ends it.\n' });
  });

  it('says what it cannot show', async () => {
    beginRun(`${folder}/RUN`, 0);
    writeFileSync(`${folder}/scan.nii`, 'voxels');
    expect(await rarevox('view', `${folder}/none.nii.gz`)).toMatchObject({
      status: 1,
      stderr: `${folder}/none.nii.gz: there is no such file or folder; check the path.\n`,
    });
    expect(await rarevox('view', `${folder}/RUN`, `${folder}/scan.nii`)).toMatchObject({
      status: 2,
      stderr: `${folder}/RUN is a training run: give it by itself, or scans only.\n`,
    });
    const { url, end } = await view();
    const { port } = new URL(url);
    expect(url).toBe(`http://127.0.0.1:${port}/`);
    expect(await rarevox('view', '--port', port)).toMatchObject({
      status: 1,
      stderr: `The port ${port} is taken: choose another one with --port, or leave --port out for a free one.\n`,
    });
    await end();
  });
});

const program = findBrowser();
if (program === null) console.log('No Chromium in PATH: the page of a training run is not opened in a browser.');

describe.skipIf(program === null)('the page of a training run', { timeout: 180_000 }, () => {
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];
  let requests: Set<string> = new Set();

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: program as string, args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    complaints = [];
    requests = new Set();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.add(new URL(request.url()).origin));
  });
  afterEach(() => page.close());

  /** The corners of the lines of a plot, but for those in its legend. */
  const corners = (plot: number): Promise<number[]> =>
    page
      .locator('svg.plot')
      .nth(plot)
      .locator('path.line:not(.thin)')
      .evaluateAll((paths) => paths.map((path) => (path.getAttribute('d') as string).split('L').length));
  const tile = (name: string): Promise<string | null> =>
    page
      .locator('.tile', { has: page.locator(`dt:text-is("${name}")`) })
      .locator('dd')
      .first()
      .textContent();
  const within = (left: number): Promise<number> =>
    page.evaluate('document.documentElement.scrollWidth - innerWidth').then((over) => Number(over) - left);

  it('follows a run from its beginning to its end', async () => {
    const run = `${folder}/RUN`;
    beginRun(run, 1, { config: { steps: 40 } });
    const { url, end } = await view(run);
    await page.goto(url);
    await page.getByText('Starting').waitFor();
    expect(await page.locator('svg.plot').count()).toBe(3);
    expect(await corners(0)).toEqual([]);

    log(run, stepLines(1, 10));
    await page.getByText('Step 10 of 40 · 25 %').waitFor();
    expect(await page.getByText('Running').count()).toBe(1);
    expect(await corners(0)).toEqual([10]);
    expect(await page.getByText('5 s so far, 15 s left').count()).toBe(1);
    const mean = Array.from({ length: 10 }, (_, index) => lossAt(index + 1)).reduce((sum, loss) => sum + loss, 0) / 10;
    expect(await tile('Loss')).toBe(mean.toFixed(3));
    expect(await page.locator('table.subjects').count()).toBe(0);

    log(run, validationLine(10, 1, 0.5) + stepLines(11, 20) + validationLine(20, 1, 0.4) + stepLines(21, 30));
    writeFileSync(
      `${run}/validation.png`,
      encode({ width: 4, height: 2, channels: 3, depth: 8, data: new Uint8Array(24) }),
    );
    await page.getByText('Step 30 of 40 · 75 %').waitFor();
    expect(await corners(0)).toEqual([30, 2]);
    expect(await corners(1)).toEqual([2]);
    expect(await corners(2)).toEqual([30]);
    expect([await tile('Validation Dice'), await tile('Best Dice'), await tile('Learning rate')]).toEqual([
      '0.450',
      '0.550',
      '0.00100',
    ]);
    expect(await page.locator('table.subjects tbody tr').allInnerTexts()).toEqual([
      expect.stringMatching(/^sub-02\s+0\.400\s+0\.500$/),
      expect.stringMatching(/^sub-03\s+0\.500\s+0\.600$/),
    ]);
    const picture = page.locator('.picture img');
    await expect
      .poll(() => picture.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight]))
      .toEqual([4, 2]);
    expect(await page.title()).toBe('75 % · RUN · rarevox');

    // Read with the pointer and with keys.
    const plot = page.locator('.readable').nth(1);
    const box = await plot.locator('svg.plot').boundingBox();
    await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) * (58 / 420), (box?.y ?? 0) + 50);
    expect(await plot.locator('.caption').textContent()).toBe('Step 0: Dice 0.550 (step 10).');
    await plot.focus();
    await page.mouse.move(0, 0);
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('rarevox-curve-plot output').nth(1).textContent()).toBe('Step 29: Dice 0.450 (step 20).');

    const old = Date.now() / 1000 - 660;
    utimesSync(`${run}/log.jsonl`, old, old);
    utimesSync(`${run}/config.json`, old, old);
    const warning = page.locator('.warning');
    await warning.waitFor();
    expect(await warning.innerText()).toMatch(
      /^RUN has written nothing since \d.* \(11 min \d+ s ago\): it was stopped/,
    );
    expect(await page.getByText('Silent').count()).toBe(1);

    writeFileSync(`${run}/model.onnx`, '');
    writeFileSync(`${run}/report.html`, '<!DOCTYPE html><title>report</title>');
    await page.getByText('Finished').waitFor();
    expect(await page.getByText('has written nothing').count()).toBe(0);
    const report = await page.getByText('Report of the training').getAttribute('href');
    expect((await fetch(report as string)).headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
    expect(await within(0)).toBeLessThanOrEqual(0);

    expect(complaints).toEqual([]);
    expect([...requests]).toEqual([new URL(url).origin]);
    await end();
    await page.getByText('does not answer any more').waitFor();
    expect(await page.getByText('Finished').count()).toBe(0);
    expect(await corners(0)).toEqual([30, 2]);
  });

  it('shows folds side by side, those among them that begin later, and one alone', async () => {
    beginRun(`${folder}/CV/fold-0`, 0, { config: { steps: 40 } });
    log(`${folder}/CV/fold-0`, stepLines(1, 40) + validationLine(40, 0, 0.7));
    writeFileSync(`${folder}/CV/fold-0/model.onnx`, '');
    const { url, end } = await view(`${folder}/CV`);
    await page.goto(url);
    await page.getByText('Step 40 of 40').waitFor();
    beginRun(`${folder}/CV/fold-1`, 1, { config: { steps: 40 } });
    log(`${folder}/CV/fold-1`, stepLines(1, 8) + validationLine(8, 1, 0.2));
    await page.getByText('Step 8 of 40 · 20 %').waitFor();
    expect(await page.getByText('1 finished').count()).toBe(1);
    expect(await corners(0)).toEqual([40, 8]);
    expect(await page.locator('table.subjects tbody tr').count()).toBe(4);
    await page.getByRole('radio', { name: 'fold-1' }).check();
    expect(await corners(0)).toEqual([8]);
    expect(await page.locator('table.subjects tbody th').allInnerTexts()).toEqual(['sub-02', 'sub-03']);
    unlinkSync(`${folder}/CV/fold-1/log.jsonl`);
    await page.getByText('Step 0 of 40').waitFor();
    for (const [width, height] of [
      [820, 1180],
      [1280, 720],
    ] as const) {
      await page.setViewportSize({ width, height });
      expect(await within(0), `${width}`).toBeLessThanOrEqual(0);
    }
    expect(complaints).toEqual([]);
    expect([...requests]).toEqual([new URL(url).origin]);
    await end();
  });

  it('says how to open a run where it is given none', async () => {
    const { url, end } = await view();
    for (const hash of ['', '#data=AAAAAAAAAAAAAAAAAAAAAA', '#data=../../secret']) {
      await page.goto('about:blank');
      await page.goto(`${url}run.html${hash}`);
      await page.getByText('There is no training run to show here.').waitFor();
    }
    expect([...requests].filter((origin) => origin !== 'null')).toEqual([new URL(url).origin]);
    await end();
  });
});
