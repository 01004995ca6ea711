import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Device, Engine } from '../../src/engine/engine.ts';
import { formFor, lowerProgram } from '../../src/engine/lower-program.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { asymmetricSimilarity } from '../../src/loss/asymmetric-similarity.ts';
import { inferenceProgram } from '../../src/model/inference-program.ts';
import { networkOptionsSchema } from '../../src/network/options.ts';
import { optimizerOptionsSchema } from '../../src/optimizer/options.ts';
import { Random } from '../../src/random.ts';
import type { Batch } from '../../src/train/batch.ts';
import { TrainingSession, type TrainingVectors } from '../../src/train/training-session.ts';
import { caseProgram } from '../graph/case-program.ts';
import { opCases } from '../graph/op-cases.ts';
import { relativeDifference } from '../graph/relative-difference.ts';
import { useSoftwareGpu } from './software-gpu.ts';

// The built engine, since the process that it starts has to be JavaScript.
const built = join(import.meta.dirname, '..', '..', 'dist', 'node', 'child-engine.js');
const { ChildEngine } = (await import(built)) as typeof import('../../src/node/child-engine.ts');

const missing = useSoftwareGpu();
if (missing !== null) process.stderr.write(`Skipped test/e2e/webgpu.test.ts: ${missing}.\n`);

/** Some ten seconds on two cores, nearly all of it the compiling of shaders. */
const TIMEOUT = 240_000;
const PATCH = [8, 8, 8] as const;
const STEPS = 3;

/** All that a preset's network has, at its smallest: a stem, a transition down and up, and dropout. */
const network = networkOptionsSchema.parse({
  architecture: 'fc-densenet',
  channels: 2,
  outputs: 1,
  initialFilters: 4,
  levels: 1,
  growth: 4,
  layers: 1,
  stemStride: [2, 2, 1],
  pooling: [],
  normalization: 'batch',
  groups: 1,
  dropout: 0.2,
  deepSupervision: false,
});

const engines = new Map<Device, Engine>();
afterAll(async () => {
  for (const engine of engines.values()) await engine.close();
});

function engineOn(device: Device): Engine {
  const engine = engines.get(device) ?? new ChildEngine({ threads: 1, device });
  engines.set(device, engine);
  return engine;
}

const random = new Random('webgpu');
const shape = [1, 2, 8, 8, 8];
const image = { shape, data: Float32Array.from({ length: 1024 }, () => random.normal()) };
const batch: Batch = {
  image,
  reference: { shape: [1, 1, 8, 8, 8], data: Float32Array.from(image.data.subarray(0, 512), (x) => (x > 1 ? 1 : 0)) },
  weight: { shape: [1, 1, 8, 8, 8], data: new Float32Array(512).fill(1) },
};

interface Trained {
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
  readonly vectors: TrainingVectors;
  readonly probabilities: Float32Array;
}

/** A few steps of Adam, and the prediction of the network that comes of them. */
async function trainOn(device: Device): Promise<Trained> {
  const engine = engineOn(device);
  const session = new TrainingSession(engine, {
    network,
    patch: PATCH,
    batch: 1,
    loss: (b, input) => asymmetricSimilarity(b, input, { betas: [1.5], smoothing: 1e-5 }),
    optimizer: optimizerOptionsSchema.parse({}),
    seed: 5,
  });
  await session.open(session.initialVectors());
  const [losses, gradientNorms]: [number[], number[]] = [[], []];
  for (let step = 0; step < STEPS; step++) {
    losses.push(await session.gradient([batch], step));
    gradientNorms.push(await session.update(1e-3, step));
  }
  const vectors = await session.vectors();
  const parameters = { kind: 'values', values: await session.parameterValues() } as const;
  await session.close();
  const program = inferenceProgram(network, PATCH);
  await engine.load('network', lowerProgram(program, { form: formFor(device), parameters }), { optimize: true });
  const { probabilities } = await engine.run('network', {
    feeds: { image: { kind: 'tensor', tensor: image } },
    returned: ['probabilities'],
  });
  await engine.unload('network');
  return { losses, gradientNorms, vectors, probabilities: probabilities?.data as Float32Array };
}

describe.skipIf(missing !== null)('WebGPU', { timeout: TIMEOUT }, () => {
  it('trains and predicts as the CPU does, to the precision of float32, and repeats itself to the byte', async () => {
    const [cpu, gpu] = [await trainOn('cpu'), await trainOn('webgpu')];
    expect(relativeDifference(gpu.losses, cpu.losses)).toBeLessThan(1e-5);
    expect(relativeDifference(gpu.gradientNorms, cpu.gradientNorms)).toBeLessThan(1e-4);
    expect(Object.keys(gpu.vectors)).toEqual(Object.keys(cpu.vectors));
    for (const [name, values] of Object.entries(cpu.vectors)) {
      expect(relativeDifference(gpu.vectors[name] as Float32Array, values), name).toBeLessThan(1e-4);
    }
    expect(relativeDifference(gpu.probabilities, cpu.probabilities)).toBeLessThan(1e-4);
    expect(await trainOn('webgpu')).toEqual(gpu);
  });

  it('has a kernel for every operation in the gpu form', async () => {
    const values = { kind: 'values', values: new Map([['bias', new Float32Array(6)]]) } as const;
    for (const opCase of opCases) {
      const { program } = caseProgram(opCase);
      const load = engineOn('webgpu').load('op', lowerProgram(program, { form: 'gpu', parameters: values }), {
        optimize: false,
      });
      await expect(load, `${opCase.kind}: ${opCase.about}`).resolves.toBeUndefined();
    }
  });

  it('refuses an operation that its provider lacks, and does not move it to the CPU', async () => {
    const b = new GraphBuilder();
    const program = b.program({ y: b.sign(b.input('x', [3])) });
    const parameters = { kind: 'values', values: new Map() } as const;
    const load = (form: 'fast' | 'gpu') =>
      engineOn('webgpu').load('sign', lowerProgram(program, { form, parameters }), { optimize: true });
    await expect(load('fast')).rejects.toMatchObject({
      name: 'DataError',
      message: expect.stringMatching(/^The device webgpu lacks an operation/),
    });
    await load('gpu');
    const x = { kind: 'tensor', tensor: { shape: [3], data: Float32Array.of(-2, 0, 3) } } as const;
    const { y } = await engineOn('webgpu').run('sign', { feeds: { x }, returned: ['y'] });
    expect([...(y?.data ?? [])]).toEqual([-1, 0, 1]);
  });
});
