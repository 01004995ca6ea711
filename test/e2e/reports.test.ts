import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeScan, PIL } from '../synthetic-scan.ts';
import { Browser, findBrowser } from './browser.ts';
import { rarevox } from './command-line.ts';
import { writeBids, writeConfig } from './synthetic-dataset.ts';

const program = findBrowser();
if (program === null) console.log('No Chromium in PATH: the reports are not opened in a browser.');

const REPORTS = {
  training: 'run/report.html',
  'training with scores': 'run/validation/report.html',
  prediction: 'predicted/report.html',
  evaluation: 'scores-1/report.html',
  comparison: 'comparison/report.html',
} as const;

describe.skipIf(program === null)('the reports of all commands, in a browser', () => {
  let folder = '';
  let browser: Browser;

  async function succeed(...words: readonly string[]): Promise<void> {
    const paths = words.map((word) => word.replace('@', `${folder}/`));
    const { status, stderr } = await rarevox(...paths, ...(words[0] === 'compare' ? [] : ['--quiet']));
    expect(status, stderr).toBe(0);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
    const scans = [1, 2, 3, 4, 5].map((seed) => makeScan(seed, seed === 2 ? { affine: PIL, shape: [12, 14, 11] } : {}));
    await writeBids(`${folder}/data`, scans);
    writeConfig(`${folder}/config.json`, { steps: 40, learningRate: 0.02, validation: ['sub-04', 'sub-05'] });
    await succeed('train', '@data', '--out', '@run', '--config', '@config.json', '--threads', '2');
    const predict = ['predict', '@data', '--model', '@run', '--threads', '2', '--save-probabilities'];
    await succeed(...predict, '--out', '@predicted', '--report');
    await succeed(...predict, '--out', '@eager', '--threshold', '0.2');
    await succeed('evaluate', '@predicted', '@data', '--probabilities', '@predicted', '--out', '@scores-1');
    await succeed('evaluate', '@eager', '@data', '--probabilities', '@eager', '--out', '@scores-2');
    await succeed('compare', 'cautious=@scores-1', 'eager=@scores-2', '--out', '@comparison');
    browser = await Browser.start(program as string);
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(() => browser.look({}));

  const addressOf = (path: string): string => pathToFileURL(join(folder, path)).href;

  it('would be caught asking for something, and complaining', async () => {
    writeFileSync(
      join(folder, 'wrong.html'),
      '<!DOCTYPE html><img src="missing.png"><script>console.error("no"); undeclared()</script>',
    );
    const { complaints, requests } = await browser.open(addressOf('wrong.html'));
    expect(requests).toEqual([addressOf('missing.png')]);
    expect(complaints.some((text) => text.includes('no'))).toBe(true);
    expect(complaints.some((text) => text.includes('undeclared'))).toBe(true);
  });

  it.each(Object.entries(REPORTS))(
    '%s: asks for nothing, complains of nothing, and fits the window',
    async (_, path) => {
      for (const width of [1280, 400]) {
        await browser.look({ width });
        expect(await browser.open(addressOf(path))).toEqual({ complaints: [], requests: [] });
        expect(await browser.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      }
      expect(await browser.evaluate('document.querySelector("pre.command").textContent')).toMatch(/^rarevox [a-z]+ /);
      const empty =
        '[...document.querySelectorAll("svg.plot, .curve svg, figure svg")].filter((e) => !e.getBoundingClientRect().height).length';
      expect(await browser.evaluate(empty)).toBe(0);
      // No text of a plot sticks out of its picture.
      const cut =
        '[...document.querySelectorAll("svg.plot")].flatMap((svg) => { const box = svg.getBoundingClientRect(); ' +
        'return [...svg.querySelectorAll("text")].filter((text) => { const own = text.getBoundingClientRect(); ' +
        'return own.left < box.left - 1 || own.right > box.right + 1 || own.bottom > box.bottom + 1; }).map((text) => text.textContent); })';
      expect(await browser.evaluate(cut)).toEqual([]);
    },
  );

  it.each(Object.entries(REPORTS))('%s: follows the theme, and is light and whole on paper', async (_, path) => {
    const luminance = (name: string): string =>
      `(() => { const [r, g, b] = getComputedStyle(document.body).${name}.match(/\\d+/g).map(Number); return (2 * r + 5 * g + b) / 8; })()`;
    const looks = {
      light: { scheme: 'light' },
      dark: { scheme: 'dark' },
      paper: { scheme: 'dark', media: 'print' },
    } as const;
    for (const [name, look] of Object.entries(looks)) {
      await browser.look(look);
      await browser.open(addressOf(path));
      const [back, text] = [
        await browser.evaluate(luminance('backgroundColor')),
        await browser.evaluate(luminance('color')),
      ];
      expect(Number(name === 'dark' ? text : back), name).toBeGreaterThan(200);
      expect(Number(name === 'dark' ? back : text), name).toBeLessThan(60);
    }
    const overflow =
      '[...document.querySelectorAll(".scroll, .facts, .pictures")].filter((e) => e.scrollWidth > innerWidth + 1).length';
    await browser.look({ scheme: 'dark', media: 'print', width: 703 });
    expect(await browser.evaluate(overflow)).toBe(0);
    const closed =
      '[...document.querySelectorAll("details")].filter((e) => e.lastElementChild.getBoundingClientRect().height < 20).length';
    expect(await browser.evaluate(closed)).toBe(0);
    expect(
      Buffer.from(await browser.pdf())
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-');
  });

  it('has switches for the outlines and the probability', async () => {
    for (const [path, kinds] of [
      [REPORTS.evaluation, ['.outline.reference', '.outline.prediction']],
      [REPORTS.prediction, ['.outline.prediction', 'image.probability']],
    ] as const) {
      await browser.open(addressOf(path));
      for (const kind of kinds) {
        const display = `getComputedStyle(document.querySelector('.pictures ${kind}')).display`;
        expect(await browser.evaluate(display), kind).not.toBe('none');
        await browser.evaluate(`document.querySelector('#show-${kind.split('.').at(-1)}').click()`);
        expect(await browser.evaluate(display), kind).toBe('none');
      }
    }
  });

  it('opens a picture over the page', async () => {
    await browser.open(addressOf(REPORTS.evaluation));
    await browser.evaluate("document.querySelector('.pictures a.open').click()");
    expect(await browser.evaluate("getComputedStyle(document.querySelector('figure:target')).position")).toBe('fixed');
  });

  it('shows worst and best cases, the plots and the lesions', () => {
    const evaluation = readFileSync(join(folder, REPORTS.evaluation), 'utf8');
    for (const part of [
      'Worst cases',
      'Best cases',
      'Shares over the cases',
      'Detection by lesion size',
      'Bland and Altman',
      'Precision and recall',
      'threshold 0.5',
      'Calibration of the probabilities',
    ]) {
      expect(evaluation, part).toContain(part);
    }
    expect(readFileSync(join(folder, REPORTS.prediction), 'utf8')).toMatch(/Lesions of sub-0\d|No lesion was found/);
    expect(readFileSync(join(folder, REPORTS.training), 'utf8')).toContain('Every option of the training');
  });
});
