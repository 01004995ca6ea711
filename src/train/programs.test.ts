import * as runtime from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { type Feed, scalar } from '../engine/engine.ts';
import { lowerProgram, parameterLayout } from '../engine/lower-program.ts';
import { OrtEngine } from '../engine/ort-engine.ts';
import { asymmetricSimilarity } from '../loss/asymmetric-similarity.ts';
import { presetNetwork } from '../network/options.ts';
import { adamScalars } from '../optimizer/adam.ts';
import { decayVector, gradientProgram, updateProgram } from './programs.ts';

function vector(...values: number[]): Feed {
  return { kind: 'tensor', tensor: { shape: [values.length], data: Float32Array.from(values) } };
}

describe('updateProgram', () => {
  it('takes steps of Adam on the decayed gradient and moves the statistics by 1 % of the batch', async () => {
    const engine = new OrtEngine(runtime, { threads: 1 });
    const parameters = { kind: 'packed', layout: parameterLayout([]) } as const;
    await engine.load('update', lowerProgram(updateProgram(3, 2), { form: 'fast', parameters }), { optimize: true });
    const gradients = [0.5, -3, 0];
    const decay = [0, 2e-4, 0.1];
    let [w, m, v, s] = [
      [1, -2, 4],
      [0, 0, 0],
      [0, 0, 0],
      [1, 10],
    ];
    for (let step = 1; step <= 4; step++) {
      const { stepSize, rootCorrection } = adamScalars(0.1, step);
      const outputs = await engine.run('update', {
        feeds: {
          parameters: vector(...w),
          gradients: vector(...gradients),
          firstMoment: vector(...m),
          secondMoment: vector(...v),
          decay: vector(...decay),
          statistics: vector(...s),
          batchStatistics: vector(3, -10),
          stepSize: scalar(stepSize),
          rootCorrection: scalar(rootCorrection),
        },
        returned: ['nextParameters', 'nextFirstMoment', 'nextSecondMoment', 'nextStatistics', 'gradientNorm'],
      });
      // Kingma and Ba 2015, algorithm 1, as it stands there.
      const g = gradients.map((value, index) => value + decay[index] * w[index]);
      m = m.map((value, index) => 0.9 * value + 0.1 * g[index]);
      v = v.map((value, index) => 0.999 * value + 0.001 * g[index] ** 2);
      w = w.map((value, index) => {
        const [mean, square] = [m[index] / (1 - 0.9 ** step), v[index] / (1 - 0.999 ** step)];
        return value - (0.1 * mean) / (Math.sqrt(square) + 1e-8);
      });
      s = s.map((value, index) => 0.99 * value + 0.01 * [3, -10][index]);
      for (const [name, expected] of Object.entries({
        nextParameters: w,
        nextFirstMoment: m,
        nextSecondMoment: v,
        nextStatistics: s,
      })) {
        for (const [index, value] of expected.entries()) expect(outputs[name].data[index]).toBeCloseTo(value, 5);
      }
      expect(outputs.gradientNorm.data[0]).toBeCloseTo(Math.hypot(...gradients), 5);
    }
    await engine.close();
  });
});

describe('gradientProgram', () => {
  const network = presetNetwork('tiny', { channels: 2, outputs: 1, normalization: 'batch' });
  const make = (options: typeof network) =>
    gradientProgram(options, (b, x) => asymmetricSimilarity(b, x, { betas: [1.5], smoothing: 0 }), 2, [32, 32, 32]);

  it('lays out all weights, their gradients and the statistics without gaps', () => {
    const { program, weights, statistics, masks } = make(network);
    for (const { entries, total } of [weights, statistics]) {
      let offset = 0;
      for (const entry of entries) {
        expect(entry.offset).toBe(offset);
        expect(entry.size).toBe(entry.shape.reduce((product, size) => product * size, 1));
        offset += entry.size;
      }
      expect(total).toBe(offset);
    }
    expect(new Set(weights.entries.map(({ name }) => name)).size).toBe(weights.entries.length);
    const shapeOf = (output: string) => program.nodes[program.outputs[output]].shape;
    expect(shapeOf('loss')).toEqual([]);
    expect(shapeOf('gradients')).toEqual([weights.total]);
    expect(shapeOf('statistics')).toEqual([statistics.total]);
    // A dense layer drops; three levels down, the center, and three up have two each.
    expect(masks).toHaveLength(14);
    for (const { rate, shape } of masks) expect([rate, shape[0], shape[1]]).toEqual([0.2, 2, 8]);
  });

  it('has no statistics where normalization keeps none, and no masks without dropout', () => {
    const { program, statistics, masks } = make({ ...network, normalization: 'instance', dropout: 0 });
    expect(statistics.total).toBe(0);
    expect(program.outputs).not.toHaveProperty('statistics');
    expect(masks).toEqual([]);
  });

  it('decays the kernels that the method names, by 2e-4, and no others', () => {
    const { weights } = make(network);
    const decay = decayVector(weights);
    for (const { name, offset, size, shape } of weights.entries) {
      const isDense3 = name.endsWith('.growth.weight');
      const expected = shape.length === 5 && !isDense3 && name !== 'head.weight' ? Math.fround(2e-4) : 0;
      expect(new Set(decay.subarray(offset, offset + size)), name).toEqual(new Set([expected]));
    }
  });
});
