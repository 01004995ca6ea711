import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginRun, log, lossAt, stepLines, validationLine } from '../../test/watched-run.ts';
import { holdsRuns, RunsWatch } from './run-watch.ts';
import { shareRuns } from './share-runs.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const NOW = 1_700_000_000_000;

/** Dates a file that was written. */
function writtenAt(name: string, milliseconds: number): void {
  utimesSync(`${folder}/${name}`, milliseconds / 1000, milliseconds / 1000);
}

describe('the watch over a run', () => {
  it('follows the log as it grows, and begins anew where it was replaced', async () => {
    beginRun(`${folder}/RUN`, 1, { config: { steps: 100 } });
    const watch = new RunsWatch(`${folder}/RUN/`);
    writtenAt('RUN/config.json', NOW - 1000);
    const [begun] = (await watch.snapshot(NOW)).runs;
    expect(begun).toMatchObject({ name: 'RUN', loss: [], latest: null, written: NOW - 1000, fault: null });
    expect(begun?.progress).toMatchObject({ stage: 'beginning', step: 0, total: 100 });
    expect(begun?.files).toEqual({ picture: null, report: null, scores: null });

    const text = stepLines(1, 3) + validationLine(2, 1, 0.5) + stepLines(4, 5);
    // In the middle of a line.
    log(`${folder}/RUN`, text.slice(0, 250));
    writtenAt('RUN/log.jsonl', NOW);
    expect((await watch.snapshot(NOW)).runs[0]?.progress).toMatchObject({ stage: 'running', step: 1 });
    log(`${folder}/RUN`, text.slice(250));
    writtenAt('RUN/log.jsonl', NOW);
    const [grown] = (await watch.snapshot(NOW)).runs;
    expect(grown?.loss).toEqual([1, 2, 3, 4, 5].map((step) => [step, Number(lossAt(step).toPrecision(6))]));
    expect(grown?.learningRate).toEqual([1, 2, 3, 4, 5].map((step) => [step, 0.001]));
    expect(grown?.validations).toEqual([
      {
        step: 2,
        loss: lossAt(2),
        mean: 0.55,
        dice: [0.55],
        subjects: { 'sub-02': [0.5], 'sub-03': [0.6] },
      },
    ]);
    expect(grown?.latest?.learningRate).toBe(0.001);
    expect(grown?.latest?.loss).toBeCloseTo([1, 2, 3, 4, 5].reduce((sum, step) => sum + lossAt(step), 0) / 5, 12);
    expect((await watch.snapshot(NOW + 60_000)).runs[0]?.progress?.stage).toBe('silent');

    // As a resumed run does with what came after its checkpoint.
    writeFileSync(`${folder}/new`, stepLines(1, 2));
    renameSync(`${folder}/new`, `${folder}/RUN/log.jsonl`);
    expect((await watch.snapshot(NOW)).runs[0]?.loss.map(([step]) => step)).toEqual([1, 2]);
    writeFileSync(`${folder}/RUN/log.jsonl`, stepLines(1, 1));
    expect((await watch.snapshot(NOW)).runs[0]?.loss.map(([step]) => step)).toEqual([1]);
    rmSync(`${folder}/RUN/log.jsonl`);
    expect((await watch.snapshot(NOW)).runs[0]?.loss).toEqual([]);
  });

  it('tells of pictures and reports, under another address each time they are written', async () => {
    beginRun(folder, 0);
    const watch = new RunsWatch(folder);
    writeFileSync(`${folder}/validation.png`, '');
    writtenAt('validation.png', NOW);
    expect((await watch.snapshot(NOW)).runs[0]?.files.picture).toBe(`0/validation.png?${NOW}`);
    writtenAt('validation.png', NOW + 5000);
    expect((await watch.snapshot(NOW)).runs[0]?.files.picture).toBe(`0/validation.png?${NOW + 5000}`);
    mkdirSync(`${folder}/validation`);
    writeFileSync(`${folder}/validation/report.html`, '');
    writtenAt('validation/report.html', NOW);
    expect((await watch.snapshot(NOW)).runs[0]?.files.scores).toBe(`0/validation/report.html?${NOW}`);
  });

  it('tells of damage without ending', async () => {
    beginRun(folder, 0);
    const watch = new RunsWatch(folder);
    log(folder, `${stepLines(1, 1)}{}\n`);
    const damaged = `${folder}/log.jsonl is damaged: restore the file, or start the run anew.`;
    for (const _ of [1, 2]) expect((await watch.snapshot(NOW)).runs[0]).toMatchObject({ fault: damaged, loss: [] });
    writeFileSync(`${folder}/log.jsonl`, stepLines(1, 1));
    expect((await watch.snapshot(NOW)).runs[0]).toMatchObject({ fault: null, loss: [[1, 0.909091]] });
    writeFileSync(`${folder}/config.json`, '{"version":1}');
    expect((await watch.snapshot(NOW)).runs[0]?.fault).toMatch(/is of another version of rarevox/);
  });

  it('watches folds by their numbers, and those that begin later', async () => {
    beginRun(`${folder}/fold-2`, 2);
    expect(await holdsRuns(folder)).toBe(true);
    expect(await holdsRuns(`${folder}/fold-2`)).toBe(true);
    for (const none of ['none', 'fold-2/config.json']) expect(await holdsRuns(`${folder}/${none}`), none).toBe(false);
    const watch = new RunsWatch(folder);
    expect((await watch.snapshot(NOW)).runs.map(({ name }) => name)).toEqual(['fold-2']);
    beginRun(`${folder}/fold-0`, 0);
    log(`${folder}/fold-0`, stepLines(1, 4));
    const { runs } = await watch.snapshot(NOW);
    expect(runs.map(({ name, loss }) => [name, loss.length])).toEqual([
      ['fold-0', 4],
      ['fold-2', 0],
    ]);
  });
});

it('shares the snapshot, and of each run its pictures and reports alone', async () => {
  beginRun(`${folder}/fold-0`, 0);
  beginRun(`${folder}/fold-1`, 1);
  const find = shareRuns(folder, () => NOW);
  const [first, second] = [await find('/runs.json'), await find('/runs.json')];
  expect(first?.body).toEqual({ text: JSON.stringify(await new RunsWatch(folder).snapshot(NOW)) });
  expect(second?.tag).toBe(first?.tag);
  log(`${folder}/fold-1`, stepLines(1, 1));
  expect((await find('/runs.json'))?.tag).not.toBe(first?.tag);
  expect(await find('/1/validation.png')).toEqual({
    type: 'image/png',
    body: { file: `${folder}/fold-1/validation.png` },
  });
  expect(await find('/0/validation/report.html')).toEqual({
    type: 'text/html; charset=utf-8',
    body: { file: `${folder}/fold-0/validation/report.html` },
    policy: "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
  });
  for (const path of ['/', '/2/validation.png', '/0/config.json', '/0/../fold-1/log.jsonl', '/0/log.jsonl', '/x']) {
    expect(await find(path), path).toBeNull();
  }
});
