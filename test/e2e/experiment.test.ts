import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeScan, tinyConfig } from '../synthetic-scan.ts';
import { writeIsbi, writeMsseg } from './challenge-folders.ts';
import { childrenOf, isAlive } from './child-processes.ts';
import { filesBelow, inFolder, rarevox, start, until } from './command-line.ts';
import { writeBids } from './synthetic-dataset.ts';

const EXPERIMENTS = join(import.meta.dirname, '..', '..', 'experiments');
const TABLES = ['tables.md', 'tables.tex', 'tables.csv', 'cases.csv', 'tests.csv', 'report.html'];

// Each test starts a dozen processes.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** Bytes of all files of a folder, by name. */
function contentOf(folder: string, names: readonly string[] = filesBelow(folder)): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

describe('rarevox experiment', () => {
  it('runs the quick form of a shipped experiment, and knows it again without its runs', async () => {
    await inFolder(async (folder) => {
      const words = ['experiment', join(EXPERIMENTS, 'paper-losses.yaml'), '--quick', '--out', join(folder, 'out')];
      const first = await rarevox(...words);
      expect(first).toMatchObject({ status: 0 });
      expect(first.stdout).toContain('All 4 runs are done.');
      expect(first.stdout).toContain('asymmetric beta 1.5 − asymmetric beta 1');
      const tables = contentOf(join(folder, 'out'), TABLES);
      // The FLAIR threshold's Dice on four sample scans, by `bench/flair_threshold.py` on a folder of these four.
      expect(tables['tables.md']).toMatch(/\| mean \| {2}\| 0\.\d+ \| 0\.\d+ \| 0\.460 \|/);
      // Two runs of each arm, and the baseline.
      const results = contentOf(join(folder, 'out', 'results'));
      expect(Object.keys(results)).toHaveLength(5);
      for (const text of Object.values(results)) expect(text.length).toBeLessThan(8000);
      expect(filesBelow(join(folder, 'out')).filter((name) => name.includes('probseg'))).toEqual([]);

      rmSync(join(folder, 'out', 'runs'), { recursive: true });
      const second = await rarevox(...words);
      expect(second).toMatchObject({ status: 0, stdout: first.stdout });
      expect(second.stderr).toContain('4 of 4 runs are done');
      expect(existsSync(join(folder, 'out', 'runs'))).toBe(false);
      expect(contentOf(join(folder, 'out'), TABLES)).toEqual(tables);
    });
  });
});

describe('a shipped experiment on the folders of a challenge', () => {
  it.each([
    ['MSSEG 2016', writeMsseg, ['Center_01', 'Center_07']],
    ['ISBI 2015', writeIsbi, ['training02_02']],
  ] as const)('runs in its quick form on %s, at voxels of 1 mm', async (_name, write, names) => {
    await inFolder(async (folder) => {
      write(join(folder, 'DATA'));
      const words = ['experiment', join(EXPERIMENTS, 'paper-fusion.yaml'), '--quick', '--data', join(folder, 'DATA')];
      const more = ['--base', join(EXPERIMENTS, 'isotropic.yaml'), '--out', join(folder, 'out')];
      const { status, stdout } = await rarevox(...words, ...more);
      expect(status).toBe(0);
      expect(stdout).toContain('All 2 runs are done.');
      const cases = readFileSync(join(folder, 'out', 'cases.csv'), 'utf8');
      for (const name of names) expect(cases).toContain(name);
    });
  });
});

describe('an experiment that is cut short', () => {
  let folder = '';
  const words = (out: string, ...more: string[]): string[] => [
    ...['experiment', join(folder, 'experiment.json'), '--data', join(folder, 'data'), '--out', join(folder, out)],
    ...more,
  ];
  const outcome = (out: string): Record<string, string> => ({
    ...contentOf(join(folder, out), TABLES),
    ...contentOf(join(folder, out, 'results')),
  });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
    await writeBids(join(folder, 'data'), [makeScan(1), makeScan(2), makeScan(3), makeScan(4)]);
    const experiment = {
      name: 'betas',
      title: 'Two betas',
      duration: 'seconds',
      folds: { count: 2 },
      base: tinyConfig({ steps: 60, checkpointSeconds: 0 }),
      arms: [
        { name: 'one', training: { beta: 1 } },
        { name: 'three', training: { beta: 3 } },
        { name: 'three without overlap', training: { beta: 3 }, prediction: { overlap: 0, window: 'uniform' } },
      ],
      comparisons: [{ first: 'three', second: 'one', figure: 'Sensitivity' }],
    };
    writeFileSync(join(folder, 'experiment.json'), JSON.stringify(experiment));
    expect(await rarevox(...words('whole', '--jobs', '2'))).toMatchObject({ status: 0 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const checkpoints = (out: string): string[] =>
    filesBelow(join(folder, out, 'runs')).filter((name) => name.endsWith('checkpoint_latest.safetensors'));

  it('goes on to the same bytes after it was killed, its runs with it', async () => {
    const running = start(words('killed', '--jobs', '1'));
    await until(running, () => checkpoints('killed').length === 2);
    const runs = childrenOf(running.process.pid as number);
    expect(runs.length).toBeGreaterThan(0);
    running.process.kill('SIGKILL');
    await running.ended;
    while (runs.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 5));
    // One run was whole, the other not.
    expect(readdirSync(join(folder, 'killed', 'results'))).toHaveLength(1);

    const again = await rarevox(...words('killed', '--jobs', '2'));
    expect(again).toMatchObject({ status: 0 });
    expect(again.stderr).toContain('1 of 4 runs are done');
    expect(outcome('killed')).toEqual(outcome('whole'));
  });

  it('stops at a checkpoint when its time is up, has tables of what there is, and goes on', async () => {
    const first = await rarevox(...words('limited', '--jobs', '1', '--limit-minutes', '0.03'));
    expect(first).toMatchObject({ status: 0 });
    expect(first.stdout).toMatch(/(None|[123]) of 4 runs are done\./);
    const again = await rarevox(...words('limited', '--jobs', '2'));
    expect(again).toMatchObject({ status: 0 });
    expect(outcome('limited')).toEqual(outcome('whole'));
  });

  it('tells of runs that fail, and does the others', async () => {
    const broken = join(folder, 'broken.json');
    const experiment = JSON.parse(readFileSync(join(folder, 'experiment.json'), 'utf8'));
    // Patches that the network can't take show only when a run begins.
    experiment.arms[1].training.patch = [7, 8, 8];
    writeFileSync(broken, JSON.stringify({ ...experiment, base: { ...experiment.base, steps: 2 } }));
    const { status, stderr, stdout } = await rarevox('experiment', broken, ...words('broken').slice(2));
    expect(status).toBe(1);
    expect(stderr).toMatch(/three; fold 0, seed 0 \(.*runs\/[0-9a-f]{16}\): .*7/);
    expect(stdout).toContain('No results yet: three.');
    expect(stdout).toContain('4 of 6 runs are done.');
  });
});
