import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { gradient } from '../../src/graph/gradient.ts';
import { gradientRules } from '../../src/graph/gradient-rules.ts';
import { ShapeError } from '../../src/graph/shape.ts';
import { Random } from '../../src/random.ts';
import { caseProgram } from './case-program.ts';
import { gradientError } from './gradient-check.ts';
import { interpret } from './interpreter.ts';
import { opCases } from './op-cases.ts';

describe('the cases', () => {
  it('cover the closed list of ops', () => {
    expect([...new Set(opCases.map(({ kind }) => kind))].sort()).toEqual(Object.keys(gradientRules).sort());
  });
});

describe('the gradient by the rules is that of central differences', () => {
  const differentiable = opCases.filter(({ kind }) => gradientRules[kind] !== null);

  it.each(differentiable)('$kind: $about', (opCase) => {
    const { program, feeds, differentiated } = caseProgram(opCase);
    const outputs = interpret(program, feeds);
    for (const name of differentiated) {
      const evaluate = (values: Float64Array) => interpret(program, { ...feeds, [name]: values }).loss?.[0] as number;
      const analytic = outputs[`gradient of ${name}`] as Float64Array;
      const random = new Random('differences', opCase.kind, opCase.about, name);
      expect(gradientError(evaluate, feeds[name] as Float64Array, analytic, random, 6), name).toBeLessThan(1e-6);
    }
  });
});

describe('an op without a rule', () => {
  it.each(opCases.filter(({ kind }) => gradientRules[kind] === null))(
    '$kind is refused: $about',
    ({ inputs, build }) => {
      const b = new GraphBuilder();
      const handles = inputs.map(({ shape }, index) => b.input(`x${index}`, shape));
      const loss = b.total(build(b, handles));
      expect(() => gradient(b, loss, handles)).toThrow(ShapeError);
    },
  );
});

describe('gradient', () => {
  it('is zero, of the right shape, for what the loss does not depend on', () => {
    const b = new GraphBuilder();
    const [x, unused] = [b.input('x', [2]), b.input('unused', [3, 1])];
    const [inUnused] = gradient(b, b.total(b.multiply(x, x)), [unused]);
    expect(inUnused?.shape).toEqual([3, 1]);
    expect(interpret(b.program({ inUnused: inUnused as typeof x }), {}).inUnused).toEqual(new Float64Array(3));
  });

  it('adds up the ways in which the loss depends on a tensor', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    // x^2 exp(x) + x: derivative (x^2 + 2 x) exp(x) + 1
    const loss = b.total(b.add(b.multiply(b.multiply(x, x), b.exponential(x)), x));
    const [inX] = gradient(b, loss, [x]);
    const found = interpret(b.program({ inX: inX as typeof x }), { x: [0, 1] }).inX as Float64Array;
    expect(found[0]).toBe(1);
    expect(found[1]).toBeCloseTo(3 * Math.E + 1, 12);
  });

  it('of a scalar in itself is 1', () => {
    const b = new GraphBuilder();
    const x = b.input('x', []);
    const [inX] = gradient(b, x, [x]);
    expect([...(interpret(b.program({ inX: inX as typeof x }), { x: [5] }).inX as Float64Array)]).toEqual([1]);
  });

  it('can be taken of an intermediate tensor', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    const y = b.multiply(x, x);
    const [inY] = gradient(b, b.total(b.multiply(y, y)), [y]);
    const found = interpret(b.program({ inY: inY as typeof x }), { x: [2, 3] }).inY as Float64Array;
    expect([...found]).toEqual([8, 18]);
  });

  it('refuses a loss that is no scalar', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2, 3]);
    expect(() => gradient(b, x, [x])).toThrow(new ShapeError('gradient: the loss must have one element; got [2,3]'));
  });

  it('gives both sides of a tie half under maximum', () => {
    const b = new GraphBuilder();
    const [x, y] = [b.input('x', [3]), b.input('y', [3])];
    const [inX, inY] = gradient(b, b.total(b.maximum(x, y)), [x, y]);
    const found = interpret(b.program({ inX: inX as typeof x, inY: inY as typeof x }), { x: [1, 2, 3], y: [2, 2, 2] });
    expect([...(found.inX as Float64Array)]).toEqual([0, 0.5, 1]);
    expect([...(found.inY as Float64Array)]).toEqual([1, 0.5, 0]);
  });
});
