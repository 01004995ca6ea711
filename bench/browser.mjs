// Time of a prediction in Chromium beside the command line's, taking turns, and how long the page was ever busy meanwhile.
//
//   npm run build && node bench/browser.mjs --model model.onnx --rounds 3
//
// From reading the sample scan to the mask: in the page from the click to the words that tell the lesions, NiiVue's drawing with it; of the
// command the whole process. Both use all cores, the page 8 at most. The page is dist/web/example.html, served as `rarevox view` serves it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { staticFiles } from '../dist/node/static-files.js';
import { startWebServer } from '../dist/node/web-server.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    browser: { type: 'string', default: '/usr/bin/chromium' },
  },
});
if (values.model === undefined) throw new Error('name a model file by --model');
const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const scans = ['FLAIR', 'T1w'].map((name) => path(`samples/ms/sub-tabriz09/anat/sub-tabriz09_${name}.nii.gz`));
const folder = mkdtempSync(join(tmpdir(), 'rarevox-bench-'));
const server = await startWebServer(await staticFiles(path('dist/web')));
const browser = await chromium.launch({
  executablePath: values.browser,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--use-gl=angle', '--use-angle=swiftshader'],
});

function commandLine() {
  const images = ['--image', `FLAIR=${scans[0]}`, '--image', `T1w=${scans[1]}`];
  const words = ['predict', '--model', values.model, ...images, '--out', folder, '--overwrite', '--quiet'];
  const began = performance.now();
  const { status } = spawnSync(process.execPath, [path('dist/cli/main.js'), ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('the command failed');
  return (performance.now() - began) / 1000;
}

async function inChromium() {
  const page = await browser.newPage();
  await page.addInitScript(() => {
    globalThis.longTasks = [];
    const observer = new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) globalThis.longTasks.push({ startTime, duration });
    });
    observer.observe({ type: 'longtask', buffered: true });
  });
  await page.goto(`${server.url}example.html`);
  await page.setInputFiles('#model', values.model);
  await page.setInputFiles('#scans', scans);
  const began = await page.evaluate(() => performance.now());
  await page.click('#predict');
  await page.waitForFunction(
    () => /^\d+ of|: \d+ of/.test(document.querySelector('#status')?.textContent ?? ''),
    null,
    {
      timeout: 3_600_000,
    },
  );
  // The last patch: from then on the page shows the result.
  const last = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const status = document.querySelector('#status');
        let shown = performance.now();
        new MutationObserver(() => {
          if (/: \d+ of \d+$/.test(status.textContent)) shown = performance.now();
          else resolve({ shown, done: performance.now(), text: status.textContent });
        }).observe(status, { childList: true, characterData: true, subtree: true });
      }),
  );
  const tasks = await page.evaluate(() => globalThis.longTasks);
  await page.close();
  if (!/ ml$/.test(last.text)) throw new Error(last.text);
  const longest = (chosen) => Math.max(0, ...chosen.map(({ duration }) => duration));
  return {
    seconds: (last.done - began) / 1000,
    predicting: longest(tasks.filter(({ startTime }) => startTime >= began && startTime < last.shown)),
    showing: longest(tasks.filter(({ startTime }) => startTime >= last.shown)),
  };
}

try {
  for (let round = 1; round <= Number(values.rounds); round++) {
    const command = commandLine();
    const { seconds, predicting, showing } = await inChromium();
    console.log(
      `round ${round}: command line ${command.toFixed(1)} s, Chromium ${seconds.toFixed(1)} s; longest task of the page ` +
        `while predicting ${predicting.toFixed(0)} ms, while showing the result ${showing.toFixed(0)} ms (0: none of 50 ms or more)`,
    );
  }
} finally {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}
