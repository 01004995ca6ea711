import { describe, expect, it } from 'vitest';
import { asymmetricSimilarity } from '../loss/asymmetric-similarity.ts';
import { presetNetwork } from '../network/options.ts';
import { gradientProgram } from './programs.ts';

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
});
