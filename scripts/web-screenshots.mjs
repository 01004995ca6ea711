/**
 * Makes the pictures of the web app in docs/images: `npm run build && node scripts/web-screenshots.mjs`, with the model that comes with the page for the
 * sample scan. `--quick` predicts in one view and with little overlap, for a machine that is busy. It takes Debian's Chromium, or the one that
 * CHROMIUM names.
 */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode, encode } from 'fast-png';
import { chromium } from 'playwright-core';
import { staticFiles } from '../dist/node/static-files.js';
import { startWebServer } from '../dist/node/web-server.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const isQuick = process.argv[2] === '--quick';
/** Bytes that a picture may have. */
const MOST_BYTES = 200_000;

const server = await startWebServer(await staticFiles(join(root, 'dist', 'web')));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--use-gl=angle',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
    '--ignore-gpu-blocklist',
  ],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
page.setDefaultTimeout(900_000);
try {
  await takeAll();
} finally {
  await browser.close();
  await server.close();
}

async function takeAll() {
  const button = (name) => page.getByRole('button', { name, exact: true });
  await page.goto(server.url);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await take('start');
  await button('Try the sample').click();
  await button('Reference').waitFor();
  await page.locator('rarevox-settings-panel input[type=checkbox]').waitFor({ state: 'attached' });
  await page.getByText('Settings', { exact: true }).click();
  await page.getByText('Map of the vote spread').click();
  if (isQuick) {
    await page.getByLabel('Views').selectOption('1');
    await page.getByLabel('Overlap of patches').selectOption('0.25');
  }
  await page.getByText('Settings', { exact: true }).click();
  await take('scan');
  await button('Predict').click();
  await page.waitForFunction(() => {
    const panel = document.querySelector('rarevox-app')?.shadowRoot?.querySelector('rarevox-side-panel')?.shadowRoot;
    const bar = panel?.querySelector('rarevox-run-bar')?.shadowRoot?.querySelector('progress');
    return (bar?.value ?? 0) > 0.3;
  });
  await take('predicting');
  await page.getByRole('tab', { name: 'Result' }).waitFor();
  await page.locator('rarevox-curve-panel svg.plot').waitFor();
  await page.locator('rarevox-lesion-table tbody button').first().click();
  await take('viewer');
  await page.locator('rarevox-curve-panel').scrollIntoViewIfNeeded();
  await page.getByRole('slider', { name: 'Threshold' }).fill('0.3');
  await page.waitForTimeout(2000);
  await page.locator('rarevox-curve-panel').scrollIntoViewIfNeeded();
  await take('threshold');
  await page.getByRole('slider', { name: 'Threshold' }).fill('0.5');
  await button('Probability').click();
  await button('Display').click();
  await take('probability');
  await page.locator('rarevox-viewer-bar').getByRole('button', { name: 'Spread' }).click();
  await button('Display').click();
  await take('vote-spread');
  await page.locator('rarevox-viewer-bar').getByRole('button', { name: 'Spread' }).click();
  await button('Add').click();
  const canvas = page.locator('rarevox-viewer canvas');
  const { x, y, width, height } = await canvas.boundingBox();
  await page.getByLabel('Size').fill('5');
  await page.mouse.move(x + width * 0.2, y + height * 0.3);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.24, y + height * 0.36, { steps: 8 });
  await page.mouse.up();
  await take('correct');
  await page.emulateMedia({ colorScheme: 'dark' });
  await take('dark');
  await page.setViewportSize({ width: 820, height: 1180 });
  await take('tablet');
}

/** Keeps what is seen as docs/images/web-NAME.png, with as many bits a color as its size allows. */
async function take(name) {
  await page.waitForTimeout(1500);
  const image = decode(await page.screenshot());
  for (const bits of [8, 6, 5, 4]) {
    const step = 1 << (8 - bits);
    const data = new Uint8Array(image.width * image.height * 3);
    for (let pixel = 0; pixel < image.width * image.height; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        const value = image.data[pixel * image.channels + channel] + (step >> 1);
        data[3 * pixel + channel] = Math.min(255, value & ~(step - 1));
      }
    }
    const bytes = encode(
      { width: image.width, height: image.height, channels: 3, depth: 8, data },
      { zlib: { level: 9 } },
    );
    if (bytes.length > MOST_BYTES && bits > 4) continue;
    writeFileSync(join(root, 'docs', 'images', `web-${name}.png`), bytes);
    console.log(`web-${name}.png: ${bytes.length} bytes, ${bits} bits a color`);
    return;
  }
}
