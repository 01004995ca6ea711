import { describe, expect, it } from 'vitest';
import { GraphBuilder } from './builder.ts';
import { inputsOf, liveNodes, parametersOf } from './program.ts';
import { ShapeError } from './shape.ts';

describe('GraphBuilder', () => {
  it('makes equal ops on equal inputs once', () => {
    const b = new GraphBuilder();
    const [x, y] = [b.input('x', [2]), b.input('y', [2])];
    const sum = b.add(x, y);
    expect(b.add(x, y)).toBe(sum);
    expect(b.add(y, x)).not.toBe(sum);
    expect(b.subtract(x, y)).not.toBe(sum);
    expect(b.input('x', [2])).toBe(x);
    expect(b.constant(2)).not.toBe(b.constant(3));
  });

  it('leaves out what changes nothing', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 3, 2, 2, 2]);
    const size = b.size;
    expect(b.scaleBy(x, 1)).toBe(x);
    expect(b.addNumber(x, 0)).toBe(x);
    expect(b.sum(x, [0])).toBe(x);
    expect(b.reshape(x, [1, 3, 2, 2, 2])).toBe(x);
    expect(b.broadcast(x, [1, 3, 2, 2, 2])).toBe(x);
    expect(b.slice(x, 1, 0, 3)).toBe(x);
    expect(b.pad(x, 1, 0, 0)).toBe(x);
    expect(b.concatenate([x], 1)).toBe(x);
    expect(b.maxPool(x, [1, 1, 1])).toBe(x);
    expect(b.size).toBe(size);
  });

  it('marks ops with the scope that they are made in, and leaves the scope after an error', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    const inner = b.scope('outer', () => b.scope('inner', () => b.negate(x)));
    expect(inner.scope).toBe('outer/inner');
    expect(() =>
      b.scope('broken', () => {
        throw new RangeError('stop');
      }),
    ).toThrow('stop');
    expect(b.exponential(x).scope).toBe('');
  });

  it('refuses two tensors of one name', () => {
    const b = new GraphBuilder();
    b.input('x', [2]);
    expect(() => b.input('x', [3])).toThrow(ShapeError);
    expect(() => b.parameter('x', [2], { kind: 'constant', value: 0 })).toThrow(/the name x must mean one tensor/);
  });

  it('refuses bytes where numbers are needed, and numbers where a mask is', () => {
    const b = new GraphBuilder();
    const [x, bytes] = [b.input('x', [2]), b.input('bytes', [2], 'uint8')];
    expect(() => b.add(x, bytes)).toThrow(new ShapeError('add: input 1 must be of the type float32; got uint8'));
    expect(() => b.dropout(x, x, 0.5)).toThrow(
      new ShapeError('dropout: input 1 must be of the type uint8; got float32'),
    );
    expect(b.dropout(x, bytes, 0.5).dataType).toBe('float32');
  });

  it('refuses to make anything of a node that is not there', () => {
    expect(() => new GraphBuilder().node(3)).toThrow(RangeError);
  });

  it('takes a program at any time, and later ops do not change it', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    const program = b.program({ x });
    b.negate(x);
    expect(program.nodes.length).toBe(1);
    expect(program.outputs).toEqual({ x: 0 });
  });
});

describe('a program', () => {
  it('lists its inputs, its parameters by role, and what its outputs need', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    const weight = b.parameter('weight', [2], { kind: 'he-normal', fanIn: 2 });
    const mean = b.parameter('mean', [2], { kind: 'constant', value: 0 }, 'statistic');
    const unused = b.subtract(x, mean);
    const y = b.multiply(x, weight);
    const program = b.program({ y });
    expect(inputsOf(program).map(({ op }) => op.name)).toEqual(['x']);
    expect(parametersOf(program, 'weight').map(({ op }) => op.name)).toEqual(['weight']);
    expect(parametersOf(program, 'statistic').map(({ op }) => op.name)).toEqual(['mean']);
    const live = liveNodes(program);
    expect([x, weight, mean, unused, y].map(({ id }) => live[id])).toEqual([1, 1, 0, 0, 1]);
  });
});
