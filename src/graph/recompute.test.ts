import { describe, expect, it } from 'vitest';
import { interpret } from '../../test/graph/interpreter.ts';
import { Random } from '../random.ts';
import { GraphBuilder, type Value } from './builder.ts';
import { gradient } from './gradient.ts';
import { elementCount, type Program } from './program.ts';
import { recompute } from './recompute.ts';

/** Two layers of a dense block and a loss: the program, and the number of nodes of its forward half. */
function denseLayers(): { whole: Program; forward: number } {
  const b = new GraphBuilder();
  const image = b.input('image', [1, 2, 3, 3, 3]);
  const weights: Value[] = [];
  let all: Value = image;
  for (const layer of [0, 1]) {
    const channels = all.shape[1] as number;
    const scale = b.parameter(`scale.${layer}`, [channels], { kind: 'constant', value: 1 });
    const shift = b.parameter(`shift.${layer}`, [channels], { kind: 'constant', value: 0 });
    const weight = b.parameter(`weight.${layer}`, [2, channels, 3, 3, 3], { kind: 'constant', value: 0 });
    weights.push(scale, shift, weight);
    const made = b.convolution(b.relu(b.normalize(all, scale, shift, 'batch', 1e-5)), weight);
    all = b.concatenate([all, made], 1);
  }
  const loss = b.total(b.multiply(all, all));
  const forward = b.program({}).nodes.length;
  const gradients = gradient(b, loss, weights);
  const named = Object.fromEntries(gradients.map((value, index) => [`gradient.${index}`, value]));
  return { whole: b.program({ loss, all, ...named }), forward };
}

const feedsOf = ({ nodes }: Program) => {
  const random = new Random('recompute');
  const given = nodes.flatMap(({ op, shape }) =>
    op.kind === 'input' || op.kind === 'parameter' ? [[op.name, elementCount(shape)] as const] : [],
  );
  return Object.fromEntries(
    given.map(([name, size]) => [name, Float64Array.from({ length: size }, () => random.normal())]),
  );
};

describe('recompute', () => {
  const { whole, forward } = denseLayers();
  const lean = recompute(whole, forward);

  it('computes the same values, to the last bit', () => {
    const feeds = feedsOf(whole);
    expect(interpret(lean, feeds)).toEqual(interpret(whole, feeds));
  });

  it('gives the backward half copies of its own, each made once', () => {
    const kinds = (program: Program) => {
      const counts: Record<string, number> = {};
      for (const { op } of program.nodes) counts[op.kind] = (counts[op.kind] ?? 0) + 1;
      return counts;
    };
    const [before, after] = [kinds(whole), kinds(lean)];
    // Of the two concatenations the last is an output, and stays as it is.
    expect([after.concatenate, after.normalize, after.relu]).toEqual([3, 4, 4]);
    expect([before.concatenate, before.normalize, before.relu]).toEqual([2, 2, 2]);
    expect(after.convolution).toBe(before.convolution);
  });

  it('keeps parameters that nothing reads', () => {
    const b = new GraphBuilder();
    b.parameter('mean', [3], { kind: 'constant', value: 0 }, 'statistic');
    const program = b.program({ loss: b.constant(1) });
    expect(recompute(program, 1).nodes.map(({ op }) => op.kind)).toEqual(['parameter', 'constant']);
  });

  it('keeps no cheap result of the forward half for later', () => {
    const lastForward =
      lean.nodes.findLast(({ scope }) => scope.includes('gradient') === false && scope === '')?.id ?? 0;
    const firstGradient = lean.nodes.findIndex(({ scope }) => scope.includes('gradient'));
    const outputs = new Set(Object.values(lean.outputs));
    expect(lastForward).toBeGreaterThan(firstGradient);
    for (const { id, inputs } of lean.nodes) {
      if (id < firstGradient) continue;
      for (const input of inputs) {
        const { op } = lean.nodes[input] as Program['nodes'][number];
        if (input >= firstGradient || outputs.has(input)) continue;
        expect(['normalize', 'relu', 'concatenate']).not.toContain(op.kind);
      }
    }
  });
});
