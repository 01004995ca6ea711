import { describe, expect, it } from 'vitest';
import { lowerProgram, parameterLayout } from '../../src/engine/lower-program.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { parametersOf } from '../../src/graph/program.ts';
import { runForms, runModel, runProgram } from './run-program.ts';

function affine() {
  const b = new GraphBuilder();
  const x = b.input('x', [2, 2]);
  const slope = b.parameter('slope', [2, 2], { kind: 'constant', value: 1 });
  const unused = b.parameter('unused', [3], { kind: 'constant', value: 1 });
  const offset = b.parameter('offset', [1, 2], { kind: 'constant', value: 0 });
  const y = b.add(b.multiply(x, slope), offset);
  return { b, x, y, slope, unused, program: b.program({ y }) };
}

describe('parameters', () => {
  it('are laid out one after the other in the order that they were made in', () => {
    const layout = parameterLayout(parametersOf(affine().program, 'weight'));
    expect(layout).toEqual({
      entries: [
        { name: 'slope', shape: [2, 2], offset: 0, size: 4 },
        { name: 'unused', shape: [3], offset: 4, size: 3 },
        { name: 'offset', shape: [1, 2], offset: 7, size: 2 },
      ],
      total: 9,
    });
  });

  it.each(runForms)('give the same packed and by name ($form, optimized: $optimize)', async (form) => {
    const { program } = affine();
    const layout = parameterLayout(parametersOf(program, 'weight'));
    const x = [1, 2, 3, 4];
    const packed = await runModel(program, { x, parameters: [2, 3, 4, 5, 0, 0, 0, -1, 10] }, form, {
      kind: 'packed',
      vectors: { parameters: layout },
    });
    // [[1 * 2 - 1, 2 * 3 + 10], [3 * 4 - 1, 4 * 5 + 10]]
    expect([...(packed.y as Float32Array)]).toEqual([1, 16, 11, 30]);
    const named = await runProgram(program, { x, slope: [2, 3, 4, 5], unused: [0, 0, 0], offset: [-1, 10] }, form);
    expect(named.y).toEqual(packed.y);
  });

  it('without a value, or not in the layout, are named', () => {
    const { program } = affine();
    const values = new Map([['slope', new Float32Array(4)]]);
    expect(() => lowerProgram(program, { form: 'plain', parameters: { kind: 'values', values } })).toThrow(
      'the parameter offset has no value',
    );
    const layout = { entries: [{ name: 'offset', shape: [1, 2], offset: 0, size: 2 }], total: 2 };
    expect(() =>
      lowerProgram(program, { form: 'plain', parameters: { kind: 'packed', vectors: { offset: layout } } }),
    ).toThrow('the parameter slope is in no packed layout');
  });
});

describe('outputs', () => {
  it.each(runForms)(
    'may be an input, a parameter, a constant, or one tensor twice ($form, $optimize)',
    async (form) => {
      const { b, x, y, slope } = affine();
      const program = b.program({ again: y, y, 'x unchanged': x, 'slope unchanged': slope, seven: b.constant(7) });
      const feeds = { x: [1, 2, 3, 4], slope: [2, 3, 4, 5], unused: [0, 0, 0], offset: [0, 0] };
      const found = await runProgram(program, feeds, form);
      expect([...(found.y as Float32Array)]).toEqual([2, 6, 12, 20]);
      expect(found.again).toEqual(found.y);
      expect([...(found['x unchanged'] as Float32Array)]).toEqual(feeds.x);
      expect([...(found['slope unchanged'] as Float32Array)]).toEqual(feeds.slope);
      expect([...(found.seven as Float32Array)]).toEqual([7]);
    },
  );
});

describe('a lowered program', () => {
  it('is the same bytes each time, and carries its metadata', () => {
    const values = new Map([
      ['slope', new Float32Array(4)],
      ['offset', new Float32Array(2)],
    ]);
    const options = {
      form: 'fast',
      parameters: { kind: 'values', values },
      metadata: { card: 'a model card' },
    } as const;
    const bytes = lowerProgram(affine().program, options);
    expect(lowerProgram(affine().program, options)).toEqual(bytes);
    expect(new TextDecoder('latin1').decode(bytes)).toContain('a model card');
  });
});
