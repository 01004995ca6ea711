import { readFileSync } from 'node:fs';
import * as runtime from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { type Feed, type HostTensor, scalar } from '../src/engine/engine.ts';
import { lowerProgram } from '../src/engine/lower-program.ts';
import { OrtEngine } from '../src/engine/ort-engine.ts';
import { GraphBuilder } from '../src/graph/builder.ts';
import { asymmetricSimilarity } from '../src/loss/asymmetric-similarity.ts';
import { network } from '../src/network/network.ts';
import { networkOptionsSchema } from '../src/network/options.ts';
import { networkState } from '../src/network/state.ts';
import { optimizerOptionsSchema } from '../src/optimizer/options.ts';
import { gradientProgram } from '../src/train/programs.ts';
import { decayMask, updateProgram } from '../src/train/update-program.ts';

/*
 * The whole network, its loss, gradients and ten Adam steps against PyTorch, on the same weights, input and dropout
 * masks; test/reference/network.py made the values.
 */

interface ReferenceTensor {
  readonly role: string;
  readonly name: string;
  readonly dataType: 'float32' | 'uint8';
  readonly shape: readonly number[];
  readonly offset: number;
}

interface ReferenceCase {
  readonly name: string;
  readonly options: unknown;
  readonly betas: readonly number[];
  readonly smoothing: number;
  readonly loss: number;
  readonly losses: readonly number[];
  readonly tensors: readonly ReferenceTensor[];
}

const folder = new URL('./reference/', import.meta.url);
const reference = JSON.parse(readFileSync(new URL('network.json', folder), 'utf8')) as { cases: ReferenceCase[] };
const values = readFileSync(new URL('network.bin', folder));

function hostTensor({ dataType, shape, offset }: ReferenceTensor): HostTensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const bytes = new Uint8Array(values.subarray(offset, offset + size * (dataType === 'float32' ? 4 : 1)));
  return { shape, data: dataType === 'float32' ? new Float32Array(bytes.buffer) : bytes };
}

function tensorsOf(example: ReferenceCase, role: string): Map<string, HostTensor> {
  const entries = example.tensors.filter((tensor) => tensor.role === role);
  return new Map(entries.map((tensor) => [tensor.name, hostTensor(tensor)]));
}

function only(example: ReferenceCase, role: string): HostTensor {
  return [...tensorsOf(example, role).values()][0] as HostTensor;
}

/** Targets and weights are stored as bytes; the program takes floats. */
function asFloats({ shape, data }: HostTensor): HostTensor {
  return { shape, data: Float32Array.from(data) };
}

/** The largest difference over the largest magnitude. */
function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let difference = 0;
  let magnitude = 1e-12;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs((actual[i] as number) - (expected[i] as number)));
    magnitude = Math.max(magnitude, Math.abs(expected[i] as number));
  }
  return difference / magnitude;
}

describe.each(reference.cases)('the network as PyTorch computes it: $name', (example) => {
  const options = networkOptionsSchema.parse(example.options);
  const image = only(example, 'input');
  const target = asFloats(only(example, 'target'));
  const [batch, , k, j, i] = image.shape as [number, number, number, number, number];
  const parameters = tensorsOf(example, 'parameter');
  const statistics = tensorsOf(example, 'statistic');
  const all = new Map([...parameters, ...statistics].map(([name, { data }]) => [name, data as Float32Array]));
  const weight =
    tensorsOf(example, 'weight').size > 0
      ? asFloats(only(example, 'weight'))
      : { shape: [batch, 1, k, j, i], data: new Float32Array(batch * k * j * i).fill(1) };
  const feed = (tensor: HostTensor): Feed => ({ kind: 'tensor', tensor });

  const gradients = gradientProgram(
    options,
    (b, x) => asymmetricSimilarity(b, x, { betas: example.betas, smoothing: example.smoothing }),
    batch,
    [i, j, k],
  );
  const pack = (source: ReadonlyMap<string, HostTensor>, names: readonly { name: string }[]): Float32Array =>
    Float32Array.from(names.flatMap(({ name }) => [...(source.get(name) as HostTensor).data]));
  const masks: Record<string, Feed> = Object.fromEntries(
    [...tensorsOf(example, 'mask')].map(([name, mask]) => [name, feed(mask)]),
  );

  it('has the same parameters in the same order', () => {
    expect(gradients.weights.entries.map(({ name }) => name)).toEqual([...parameters.keys()]);
    expect(gradients.statistics.entries.map(({ name }) => name)).toEqual([...statistics.keys()]);
    expect(gradients.masks.map(({ name }) => name)).toEqual(Object.keys(masks));
  });

  it.each(['plain', 'fast'] as const)('predicts the same logits (%s form)', async (form) => {
    const b = new GraphBuilder();
    const x = b.input('image', image.shape);
    const logits = network(b, x, networkState('inference', options));
    const engine = new OrtEngine(runtime, { threads: 1 });
    const bytes = lowerProgram(b.program({ logits }), { form, parameters: { kind: 'values', values: all } });
    await engine.load('network', bytes, { optimize: true });
    const result = await engine.run('network', { feeds: { image: feed(image) }, returned: ['logits'] });
    await engine.close();
    const expected = only(example, 'logitsInference').data;
    expect(relativeDifference(result.logits?.data as Float32Array, expected)).toBeLessThan(1e-4);
  });

  it('has the same loss, gradients and moving statistics, and follows ten Adam steps', async () => {
    const engine = new OrtEngine(runtime, { threads: 1 });
    const packed = { kind: 'packed', vectors: { parameters: gradients.weights } } as const;
    const sizes = { weights: gradients.weights.total, statistics: gradients.statistics.total };
    const update = updateProgram(sizes, optimizerOptionsSchema.parse({ average: 0 }));
    await engine.load('gradient', lowerProgram(gradients.program, { form: 'fast', parameters: packed }), {
      optimize: false,
    });
    const updateModel = lowerProgram(update.program, { form: 'fast', parameters: { kind: 'packed', vectors: {} } });
    await engine.load('update', updateModel, { optimize: true });
    const hasStatistics = sizes.statistics > 0;
    const vector = (data: Float32Array): HostTensor => ({ shape: [data.length], data });
    for (const name of update.vectors) await engine.store(name, vector(new Float32Array(sizes.weights)));
    await engine.store('parameters', vector(pack(parameters, gradients.weights.entries)));
    await engine.store('statistics', vector(pack(statistics, gradients.statistics.entries)));
    await engine.store('decayed', vector(decayMask(gradients.weights)));

    const losses: number[] = [];
    for (let step = 0; step <= 10; step++) {
      const result = await engine.run('gradient', {
        feeds: {
          image: feed(image),
          reference: feed(target),
          weight: feed(weight),
          parameters: { kind: 'stored', name: 'parameters' },
          ...masks,
        },
        returned: ['loss', 'gradients'],
        stored: { gradients: 'gradients', ...(hasStatistics ? { statistics: 'batchStatistics' } : {}) },
      });
      losses.push(result.loss?.data[0] as number);
      if (step === 0) {
        const found = result.gradients?.data as Float32Array;
        const expected = tensorsOf(example, 'gradient');
        for (const { name, offset, size } of gradients.weights.entries) {
          const difference = relativeDifference(
            found.subarray(offset, offset + size),
            (expected.get(name) as HostTensor).data,
          );
          expect(difference, `gradient of ${name}`).toBeLessThan(1e-3);
        }
      }
      const names = [...update.vectors, 'gradients', 'decayed', ...(hasStatistics ? ['batchStatistics'] : [])];
      const scalars = Object.entries(update.scalarsAt(1e-3, step + 1));
      await engine.run('update', {
        feeds: {
          ...Object.fromEntries(names.map((name): [string, Feed] => [name, { kind: 'stored', name }])),
          ...Object.fromEntries(scalars.map(([name, value]) => [name, scalar(value)])),
        },
        returned: [],
        stored: Object.fromEntries(update.vectors.map((name) => [`next.${name}`, name])),
      });
      if (step === 0 && hasStatistics) {
        const moved = (await engine.fetch('statistics')).data;
        const expected = pack(tensorsOf(example, 'statisticAfterStep'), gradients.statistics.entries);
        expect(relativeDifference(moved, expected)).toBeLessThan(1e-5);
      }
    }
    await engine.close();
    for (const [step, loss] of losses.entries()) {
      const expected = example.losses[step] as number;
      expect(Math.abs(loss - expected) / expected, `loss after ${step} steps`).toBeLessThan(1e-3);
    }
  });
});
