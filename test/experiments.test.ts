import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDataset } from '../src/dataset/load-dataset.ts';
import type { Experiment } from '../src/experiment/config.ts';
import { planExperiment } from '../src/experiment/plan.ts';
import { readExperiment } from '../src/experiment/read-experiment.ts';
import { trainingOf } from '../src/experiment/training.ts';
import { nodeFileAccess as files } from '../src/node/file-access.ts';

const folder = join(import.meta.dirname, '..', 'experiments');
/** The other files hold trainings. */
const shipped = readdirSync(folder).filter(
  (name) => name.endsWith('.yaml') && /^name:/m.test(readFileSync(join(folder, name), 'utf8')),
);

function read(name: string, quick = false): Promise<Experiment> {
  return readExperiment(files, join(folder, name), { quick, base: null, data: null });
}

describe('the experiments in the repository', () => {
  it.each(shipped)('%s can be run, and in small', async (name) => {
    const whole = await read(name);
    expect(`${whole.name}.yaml`).toBe(name);
    expect(whole.duration).toMatch(/hour|minute/);
    for (const arm of whole.arms) expect(trainingOf(whole, arm).config.steps).toBeGreaterThanOrEqual(800);
    const small = await read(name, true);
    const plan = await planExperiment(files, await loadDataset(files, small.data as string), small);
    expect(plan.cells.length).toBe(2 * small.arms.length);
    for (const { training } of plan.runs) expect(training.config.steps).toBeLessThanOrEqual(4);
  });

  it('share trainings where they ask for the same ones', async () => {
    const samples = await loadDataset(files, join(folder, '..', 'samples', 'ms'));
    const keys = new Set<string>();
    const counts: [number, number][] = [];
    for (const name of ['paper-losses', 'paper-beta', 'paper-selection', 'paper-fusion']) {
      const { runs } = await planExperiment(files, samples, await read(`${name}.yaml`));
      for (const { key } of runs) keys.add(key);
      counts.push([runs.length, keys.size]);
    }
    expect(counts).toEqual([
      [35, 35],
      [60, 75],
      [20, 90],
      [5, 90],
    ]);
  });
});
