import * as runtime from 'onnxruntime-node';
import { afterEach, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { Random } from '../random.ts';
import { type Engine, type Feed, scalar } from './engine.ts';
import { lowerProgram } from './lower-program.ts';
import { OrtEngine } from './ort-engine.ts';

const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

function lowered(build: (b: GraphBuilder) => Readonly<Record<string, ReturnType<GraphBuilder['input']>>>): Uint8Array {
  const b = new GraphBuilder();
  return lowerProgram(b.program(build(b)), { form: 'fast', parameters: { kind: 'values', values: new Map() } });
}

/** `sum` = x + y and `product` = x y, of three values each; and `scaled` = x s. */
async function arithmetic(): Promise<OrtEngine> {
  const engine = new OrtEngine(runtime, { threads: 1 });
  engines.push(engine);
  const model = lowered((b) => {
    const [x, y, s] = [b.input('x', [3]), b.input('y', [3]), b.input('s', [])];
    return { sum: b.add(x, y), product: b.multiply(x, y), scaled: b.multiply(x, s) };
  });
  await engine.load('arithmetic', model, { optimize: false });
  return engine;
}

function vector(...values: number[]): Feed {
  return { kind: 'tensor', tensor: { shape: [values.length], data: Float32Array.from(values) } };
}

describe('OrtEngine', () => {
  it('feeds tensors and scalars and hands back what is asked for', async () => {
    const engine = await arithmetic();
    const feeds = { x: vector(1, 2, 3), y: vector(10, 20, 30), s: scalar(-0.5) };
    expect(await engine.run('arithmetic', { feeds, returned: ['scaled', 'sum'] })).toEqual({
      scaled: { shape: [3], data: Float32Array.of(-0.5, -1, -1.5) },
      sum: { shape: [3], data: Float32Array.of(11, 22, 33) },
    });
  });

  it('writes outputs into memory that it is given, and nothing else', async () => {
    const engine = await arithmetic();
    const feeds = (x: number) => ({ x: vector(x, 2, 3), y: vector(10, 20, 30), s: scalar(-0.5) });
    const first = await engine.run('arithmetic', { feeds: feeds(1), returned: ['scaled', 'sum'] });
    const kept = { sum: 'kept' };
    const second = await engine.run('arithmetic', { feeds: feeds(5), returned: ['sum'], stored: kept }, first);
    const third = await engine.run('arithmetic', { feeds: feeds(9), returned: ['sum', 'product'] }, first);
    expect(first.sum.data).toEqual(Float32Array.of(19, 22, 33));
    expect(third.sum).toBe(first.sum);
    expect(third.product.data).toEqual(Float32Array.of(90, 40, 90));
    expect(first.scaled.data).toEqual(Float32Array.of(-0.5, -1, -1.5));
    // A tensor that is kept stays what it was.
    expect(second.sum.data).toEqual(Float32Array.of(15, 22, 33));
    expect((await engine.fetch('kept')).data).toEqual(Float32Array.of(15, 22, 33));
  });

  it('keeps tensors and outputs, which later runs and stores replace', async () => {
    const engine = await arithmetic();
    await engine.store('total', { shape: [3], data: Float32Array.of(1, 1, 1) });
    const feeds = { x: { kind: 'stored', name: 'total' }, y: vector(1, 2, 3), s: scalar(1) } as const;
    for (let run = 0; run < 3; run++) {
      expect(
        await engine.run('arithmetic', { feeds, returned: [], stored: { sum: 'total', product: 'last' } }),
      ).toEqual({});
    }
    expect(await engine.fetch('total')).toEqual({ shape: [3], data: Float32Array.of(4, 7, 10) });
    expect(await engine.fetch('last')).toEqual({ shape: [3], data: Float32Array.of(3, 10, 21) });
    await engine.store('total', { shape: [0], data: new Float32Array(0) });
    expect((await engine.fetch('total')).data).toHaveLength(0);
  });

  it('draws keep-masks by their keys alone', async () => {
    const engine = new OrtEngine(runtime, { threads: 1 });
    engines.push(engine);
    const shape = [3, 1, 7];
    const model = lowered((b) => {
      const ones = b.addNumber(b.scaleBy(b.input('x', shape), 0), 1);
      return { kept: b.dropout(ones, b.input('mask', shape, 'uint8'), 0.4) };
    });
    await engine.load('dropout', model, { optimize: false });
    const draw = async (...keys: (string | number)[]): Promise<number[]> => {
      const x = { kind: 'tensor', tensor: { shape, data: new Float32Array(21) } } as const;
      const mask = { kind: 'keep-mask', shape, rate: 0.4, keys } as const;
      const { kept } = await engine.run('dropout', { feeds: { x, mask }, returned: ['kept'] });
      return [...kept.data];
    };
    const expected = new Uint8Array(21);
    new Random(3, 'dropout', 5, 'layer').fillKeepMask(expected, 0.4);
    const first = await draw(3, 'dropout', 5, 'layer');
    expect(first.map((value) => (value > 0 ? 1 : 0))).toEqual([...expected]);
    expect(new Set(first)).toEqual(new Set([0, Math.fround(1 / 0.6)]));
    expect(await draw(3, 'dropout', 6, 'layer')).not.toEqual(first);
    expect(await draw(3, 'dropout', 5, 'layer')).toEqual(first);
  });

  it('says which name it does not know', async () => {
    const engine = await arithmetic();
    const feeds = { x: vector(1, 2, 3), y: vector(1, 2, 3), s: scalar(1) };
    await expect(engine.run('other', { feeds, returned: ['sum'] })).rejects.toThrow('under the name other');
    await expect(engine.fetch('total')).rejects.toThrow('no tensor is stored under the name total');
    const stored = { ...feeds, x: { kind: 'stored', name: 'weights' } as const };
    await expect(engine.run('arithmetic', { feeds: stored, returned: ['sum'] })).rejects.toThrow(
      'under the name weights',
    );
    await expect(engine.run('arithmetic', { feeds, returned: ['quotient'] })).rejects.toThrow(/quotient/);
    await expect(engine.run('arithmetic', { feeds: { x: feeds.x }, returned: ['sum'] })).rejects.toThrow(/y/);
  });

  it('replaces a model of the same name and forgets one that is unloaded', async () => {
    const engine = await arithmetic();
    await engine.load(
      'arithmetic',
      lowered((b) => ({ twice: b.scaleBy(b.input('x', [1]), 2) })),
      { optimize: true },
    );
    const request = { feeds: { x: vector(4) }, returned: ['twice'] };
    expect((await engine.run('arithmetic', request)).twice.data[0]).toBe(8);
    await engine.unload('arithmetic');
    await engine.unload('arithmetic');
    await expect(engine.run('arithmetic', request)).rejects.toThrow('no model is loaded');
  });

  it('refuses bytes that are no model', async () => {
    const engine = new OrtEngine(runtime, { threads: 1 });
    await expect(engine.load('bad', Uint8Array.of(1, 2, 3), { optimize: true })).rejects.toThrow();
  });
});
