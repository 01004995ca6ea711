import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { augmentationDrawSchema } from '../../src/augmentation/draw.ts';
import { augmentationOptionNames, augmentationOptionsSchema } from '../../src/augmentation/options.ts';
import { foregroundIndices } from '../../src/patch/foreground.ts';
import { selectionOptionsSchema } from '../../src/patch/selection-options.ts';
import { Random } from '../../src/random.ts';
import type { Batch, BatchLayout } from '../../src/train/batch.ts';
import { type BatchSource, inThisThread } from '../../src/train/batch-source.ts';
import { RecipeDrawer, type SampleRecord } from '../../src/train/recipe.ts';
import type { TrainingCase } from '../../src/train/training-case.ts';
import { randomSource } from '../augmentation-source.ts';
import { inFolder } from './command-line.ts';

// The built threads, since a thread has to start with JavaScript.
const dist = join(import.meta.dirname, '..', '..', 'dist');
const built = join(dist, 'node', 'data-workers.js');
type Module = typeof import('../../src/node/data-workers.ts');
const { DataWorkers } = (await import(built)) as Module;

const random = new Random('data workers');
const cases: TrainingCase[] = ['a', 'b', 'c'].map((id) => {
  const source = randomSource(random, [14, 12, 10], [1, 1, 1.5]);
  return { id, ...source, foreground: foregroundIndices(source.labels) };
});
const layout: BatchLayout = { patch: [8, 8, 8], labelValues: [1, 2, 3], lossWithin: 'brain' };

/** Recipes of batches of two samples, with every augmentation. */
function draw(batches: number): SampleRecord[][] {
  const names = augmentationOptionNames.filter((name) => !['base', 'views', 'anisotropy'].includes(name));
  const drawer = new RecipeDrawer(cases, {
    patch: layout.patch,
    batch: 2,
    selection: selectionOptionsSchema.parse({ kind: 'lesion-balanced' }),
    augmentation: augmentationOptionsSchema.parse({
      base: 'standard',
      ...Object.fromEntries(names.map((name) => [name, { probability: 1 }])),
    }),
    modalityDropout: 0.5,
    seed: 1,
  });
  return Array.from({ length: batches }, () => drawer.next());
}

function subjectsOf(recipes: readonly SampleRecord[]): string {
  return [...new Set(recipes.map(({ subject }) => subject))].join(', ');
}

function digestOf({ image, reference, weight }: Batch): string {
  const hash = createHash('sha256');
  for (const { shape, data } of [image, reference, weight]) hash.update(shape.join()).update(data as Float32Array);
  return hash.digest('hex');
}

const open: BatchSource[] = [];
let started: Worker[] = [];
const note = (worker: Worker): void => {
  started.push(worker);
};
process.on('worker', note);
afterEach(async () => {
  for (const source of open.splice(0)) await source.close();
  started = [];
});
afterAll(() => {
  process.off('worker', note);
});

async function start(count: number): Promise<BatchSource> {
  const source = count === 0 ? await inThisThread(cases, layout) : await DataWorkers.start(count, cases, layout);
  open.push(source);
  return source;
}

/** Runs a program that starts workers on one small case; what it printed, and its exit status. */
async function runProgram(
  ...lines: readonly string[]
): Promise<{ readonly printed: string; readonly status: unknown }> {
  const script = `
    import { DataWorkers } from ${JSON.stringify(pathToFileURL(built).href)};
    const voxels = () => new Uint8Array(512).fill(1);
    const image = new Float32Array(512).fill(1);
    const arrays = { image, labels: voxels(), brain: voxels(), foreground: new Int32Array(0) };
    const one = { id: 'a', shape: [8, 8, 8], spacing: [1, 1, 1], present: [true], ...arrays };
    const layout = { patch: [8, 8, 8], labelValues: [1], lossWithin: 'volume' };
    const recipes = [{ caseIndex: 0, start: [0, 0, 0], augmentation: {} }];
    const threads = [];
    process.on('worker', (worker) => threads.push(worker));
    const workers = await DataWorkers.start(2, [one], layout);
    const ask = (count) => Array.from({ length: count }, () => workers.prepare(recipes));
    ${lines.join('\n')}`;
  const options = { encoding: 'utf8', timeout: 40_000 } as const;
  try {
    const words = ['--input-type=module', '--eval', script];
    return { printed: (await promisify(execFile)(process.execPath, words, options)).stdout, status: 0 };
  } catch (error) {
    const { stdout, code } = error as { readonly stdout: string; readonly code: unknown };
    return { printed: stdout, status: code };
  }
}

// Threads are slow to start on a busy machine.
describe('DataWorkers', { timeout: 180_000 }, () => {
  it('give the same bytes with 0, 1 and 3 threads', async () => {
    const recipes = draw(20);
    const drawn = recipes.flat();
    const applied = new Set(drawn.flatMap(({ augmentation }) => Object.keys(augmentation)));
    expect(applied).toEqual(new Set(Object.keys(augmentationDrawSchema.shape)));
    expect(drawn.some(({ dropped }) => dropped !== undefined)).toBe(true);
    const results: Batch[][] = [];
    for (const count of [0, 1, 3]) {
      const source = await start(count);
      results.push(await Promise.all(recipes.map((one) => source.prepare(one))));
    }
    const [without, ...withThreads] = results.map((batches) => batches.map(digestOf));
    expect(new Set(without).size).toBe(20);
    expect(withThreads).toEqual([without, without]);
    // All three classes and the background occur.
    const { reference } = results[0][0];
    expect(reference.shape).toEqual([2, 4, 8, 8, 8]);
    for (let output = 0; output < 4; output++) {
      expect(reference.data.subarray(512 * output, 512 * (output + 1))).toContain(1);
    }
  });

  it('take a batch each as soon as they are free', async () => {
    const source = await start(2);
    const [short] = draw(1);
    const finished: string[] = [];
    const prepare = async (name: string, recipes: readonly SampleRecord[]): Promise<void> => {
      await source.prepare(recipes);
      finished.push(name);
    };
    const long = Array.from({ length: 60 }, () => short).flat();
    await Promise.all([prepare('long', long), ...['1', '2', '3'].map((name) => prepare(name, short))]);
    expect(finished).toEqual(['1', '2', '3', 'long']);
  });

  it('name the subjects of a batch that fails, and what to do, and go on', async () => {
    const source = await start(1);
    const [good] = draw(1);
    const bad = [
      { ...good[0], caseIndex: 1, augmentation: { transplant: { donor: 99, voxel: 0, margin: 0, place: 0 } } },
    ];
    const [, failed, last] = await Promise.allSettled([good, bad, good].map((one) => source.prepare(one)));
    expect(failed).toMatchObject({
      reason: {
        name: 'DataError',
        message: expect.stringMatching(
          /^A batch of b could not be prepared \(cutAugmented: .*\): if the machine ran out of memory, take a smaller patch or batch; --workers 0 does the same without threads\.$/,
        ),
        cause: { stack: expect.stringContaining('apply.js') },
      },
    });
    expect(last.status).toBe('fulfilled');
  });

  it('give the death of one as the one reason to all who wait or ask later', async () => {
    const source = await start(2);
    const recipes = draw(6);
    const asked = Promise.allSettled(recipes.map((one) => source.prepare(one)));
    const deaths = started.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    void started[0].terminate();
    const answers = await asked;
    const [first] = answers;
    if (first.status !== 'rejected') throw new Error('the batch of the thread that died was prepared');
    expect(first.reason).toMatchObject({
      name: 'DataError',
      message: `A thread that prepares batches ended with status 1 at a batch of ${subjectsOf(recipes[0])}: if the machine ran out of memory, take a smaller patch or batch; --workers 0 does the same without threads.`,
    });
    const reasons = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(new Set(reasons)).toEqual(new Set([first.reason]));
    await expect(source.prepare(recipes[0])).rejects.toBe(first.reason);
    // The others end too.
    await Promise.all(deaths);
  });

  it('tell of a thread that cannot start', async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, 'node'));
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      copyFileSync(built, join(folder, 'node', 'data-workers.js'));
      copyFileSync(join(dist, 'errors.js'), join(folder, 'errors.js'));
      const lacking = (await import(join(folder, 'node', 'data-workers.js'))) as Module;
      await expect(lacking.DataWorkers.start(2, cases, layout)).rejects.toMatchObject({
        name: 'DataError',
        message: expect.stringMatching(
          /^A thread that prepares batches failed \(Cannot find module .*data-worker\.js.*\) before it was ready: install rarevox anew if a file is missing; --workers 0 does without threads\.$/,
        ),
      });
    });
  });

  it('reject what is under way when they are closed, and everything afterwards', async () => {
    const source = await start(2);
    const asked = Promise.allSettled(draw(8).map((one) => source.prepare(one)));
    await source.close();
    const ended = { name: 'DataError', message: 'The preparation of batches was ended.' };
    for (const answer of await asked) expect(answer).toMatchObject({ status: 'rejected', reason: ended });
    await expect(source.prepare(draw(1)[0])).rejects.toMatchObject(ended);
    await source.close();
  });

  it('keep a program running while it waits for batches, and no longer', async () => {
    const program = ["console.log('started');", 'await Promise.all(ask(5));', "console.log('prepared');"];
    expect(await runProgram(...program)).toEqual({ printed: 'started\nprepared\n', status: 0 });
  });

  it('let a program end after they were closed early, or one of them died', async () => {
    const count = "console.log((await asked).filter(({ status }) => status === 'rejected').length);";
    const closing = await runProgram('const asked = Promise.allSettled(ask(5));', 'await workers.close();', count);
    expect(closing).toEqual({ printed: '5\n', status: 0 });
    const dying = await runProgram('const asked = Promise.allSettled(ask(5));', 'void threads[0].terminate();', count);
    expect(dying.status).toBe(0);
    expect(Number(dying.printed)).toBeGreaterThan(0);
  });
});
