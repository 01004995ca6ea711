import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import type { Program } from '../graph/program.ts';
import { asymmetricSimilarity } from '../loss/asymmetric-similarity.ts';
import { presetNetwork } from '../network/options.ts';
import { gradientProgram } from '../train/programs.ts';
import { executionOrder } from './execution-order.ts';
import { lowerProgram } from './lower-program.ts';
import { type GraphProto, ModelProtoSchema } from './onnx/onnx_pb.ts';

const network = presetNetwork('tiny', { channels: 1, outputs: 1, normalization: 'instance', dropout: 0 });
const { program, weights } = gradientProgram(
  network,
  (b, x) => asymmetricSimilarity(b, x, { betas: [1.5], smoothing: 0 }),
  1,
  [32, 32, 32],
);

const parameters = { kind: 'packed', vectors: { weights } } as const;

describe('executionOrder', () => {
  it('puts each live node once, behind its inputs, and a reshaping right behind what it reshapes', () => {
    const place = new Map(executionOrder(program).map(({ id }, at) => [id, at]));
    expect(place.size).toBe(executionOrder(program).length);
    for (const [id, at] of place) {
      const { op, inputs } = program.nodes[id] as Program['nodes'][number];
      for (const input of inputs) expect(place.get(input)).toBeLessThan(at);
      if (op.kind !== 'reshape') continue;
      const between = [...place].filter(
        ([, other]) => other > (place.get(inputs[0] as number) as number) && other < at,
      );
      for (const [other] of between) expect(program.nodes[other]?.op.kind).toBe('reshape');
    }
  });
});

describe('a program that is written in order', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rarevox-order-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The names of the nodes in the order in which ONNX Runtime ran them. */
  async function run(): Promise<readonly string[]> {
    const bytes = lowerProgram(program, { form: 'fast', parameters, ordered: true });
    const prefix = 'ordered';
    const session = await ort.InferenceSession.create(bytes, {
      graphOptimizationLevel: 'disabled',
      enableProfiling: true,
      profileFilePrefix: join(folder, prefix),
    });
    const zeros = (shape: readonly number[]) =>
      new ort.Tensor('float32', new Float32Array(shape.reduce((product, size) => product * size, 1)), shape);
    const image = [1, 1, 32, 32, 32];
    await session.run({
      image: zeros(image),
      reference: zeros(image),
      weight: zeros(image),
      weights: zeros([weights.total]),
    });
    session.endProfiling();
    await session.release();
    const file = readdirSync(folder).find((name) => name.startsWith(prefix)) as string;
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { cat: string; name: string; ts: number }[];
    return events
      .filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'))
      .sort((a, b) => a.ts - b.ts)
      .map(({ name }) => name);
  }

  it('takes every weight gradient before the backward half goes on to the level below', async () => {
    const order = await run();
    const last = (part: string) => order.findLastIndex((name) => name.includes(part));
    const first = (part: string) => order.findIndex((name) => name.includes(part));
    expect(last('head/gradient/convolutionWeightGradient/Gemm')).toBeLessThan(
      first('decoder.0/gradient/normalizeGradient'),
    );
    for (const [above, below] of [
      ['decoder.0', 'decoder.1'],
      ['encoder.1', 'encoder.0'],
      ['encoder.0', 'stem'],
    ]) {
      const through = last(`${above}/gradient/convolutionWeightGradient/Gemm`);
      expect(through).toBeGreaterThan(0);
      expect(through).toBeLessThan(first(`${below}/gradient/normalizeGradient`));
    }
  });

  it('has no node whose result nobody reads: ONNX Runtime would start its search there, too', () => {
    const bytes = lowerProgram(program, { form: 'fast', parameters });
    const { node, output } = fromBinary(ModelProtoSchema, bytes).graph as GraphProto;
    const read = new Set([...node.flatMap(({ input }) => input), ...output.map(({ name }) => name)]);
    const unread = node.filter(({ output: made }) => !made.some((name) => read.has(name))).map(({ name }) => name);
    expect(unread).toEqual([]);
  });
});
