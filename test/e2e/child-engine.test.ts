import { join } from 'node:path';
import * as runtime from 'onnxruntime-node';
import { afterEach, describe, expect, it } from 'vitest';
import type { Engine, Feed, HostTensor } from '../../src/engine/engine.ts';
import { lowerProgram } from '../../src/engine/lower-program.ts';
import { OrtEngine } from '../../src/engine/ort-engine.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { Random } from '../../src/random.ts';
import { computeProcessesOf, isAlive } from './child-processes.ts';

// The built engine, since the process that it starts has to be JavaScript.
const built = join(import.meta.dirname, '..', '..', 'dist', 'node', 'child-engine.js');
const { ChildEngine } = (await import(built)) as typeof import('../../src/node/child-engine.ts');

const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

function open(): Engine {
  const engine = new ChildEngine({ threads: 1 });
  engines.push(engine);
  return engine;
}

/** A convolution of a cube with itself many times over: some tenths of a second for 64. */
function slowModel(size: number): Uint8Array {
  const b = new GraphBuilder();
  const kernel = b.input('kernel', [8, 8, 3, 3, 3]);
  let value = b.input('x', [1, 8, size, size, size]);
  for (let layer = 0; layer < 10; layer++) value = b.convolution(value, kernel);
  const parameters = { kind: 'values', values: new Map() } as const;
  return lowerProgram(b.program({ total: b.total(value) }), { form: 'fast', parameters });
}

function tensor(shape: readonly number[]): Feed & { readonly tensor: HostTensor } {
  const random = new Random('tensor', ...shape);
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { kind: 'tensor', tensor: { shape, data: Float32Array.from({ length: size }, () => random.normal()) } };
}

function slowRequest(size: number) {
  return { feeds: { x: tensor([1, 8, size, size, size]), kernel: tensor([8, 8, 3, 3, 3]) }, returned: ['total'] };
}

describe('ChildEngine', () => {
  it('gives what the engine in this process gives, whatever is fed', async () => {
    const here = new OrtEngine(runtime, { threads: 1 });
    engines.push(here);
    // A view on a larger array, as batches are cut.
    const { x, kernel } = slowRequest(6).feeds;
    const wide = new Float32Array(x.tensor.data.length + 5);
    wide.set(x.tensor.data, 5);
    const view = { shape: x.tensor.shape, data: wide.subarray(5) };
    const requests: readonly ((engine: Engine) => Promise<unknown>)[] = [
      (engine) => engine.load('slow', slowModel(6), { optimize: false }),
      (engine) => engine.store('x', view),
      (engine) => engine.run('slow', { feeds: { x: { kind: 'stored', name: 'x' }, kernel }, returned: ['total'] }),
      (engine) => engine.run('slow', { feeds: { x, kernel }, returned: [], stored: { total: 'total' } }),
      (engine) => engine.fetch('total'),
      (engine) => engine.unload('slow'),
    ];
    const expected: unknown[] = [];
    for (const request of requests) expected.push(await request(here));
    expect(expected[2]).toEqual({ total: expected[4] });
    // Asked all at once, to be answered in order.
    const there = open();
    expect(await Promise.all(requests.map((request) => request(there)))).toEqual(expected);
  });

  it('carries large tensors, several requests underway, whose arrays are used again at once', async () => {
    const engine = open();
    const b = new GraphBuilder();
    const x = b.input('x', [1, 2, 40, 40, 40]);
    const program = b.program({ negated: b.negate(x), same: b.negate(b.negate(x)) });
    const parameters = { kind: 'values', values: new Map() } as const;
    await engine.load('negate', lowerProgram(program, { form: 'fast', parameters }), { optimize: false });
    const data = new Float32Array(2 * 40 ** 3);
    const answers = Array.from({ length: 6 }, (_, n) => {
      for (let i = 0; i < data.length; i++) data[i] = n + i;
      const feeds = { x: { kind: 'tensor', tensor: { shape: [1, 2, 40, 40, 40], data } } } as const;
      return engine.run('negate', { feeds, returned: n % 2 === 0 ? ['negated', 'same'] : ['same'] });
    });
    for (const [n, answer] of (await Promise.all(answers)).entries()) {
      expect(Object.keys(answer)).toEqual(n % 2 === 0 ? ['negated', 'same'] : ['same']);
      for (const [name, { data: given }] of Object.entries(answer)) {
        for (const i of [0, 1, 64_000, 127_999]) expect(given[i]).toBe(name === 'same' ? n + i : -n - i);
      }
    }
  });

  it('tells of a bad model, an unknown name and a wrong shape, and works on', async () => {
    const engine = open();
    const bad = engine.load('bad', Uint8Array.of(1, 2, 3), { optimize: true });
    await expect(bad).rejects.toMatchObject({
      name: 'DataError',
      message: expect.stringMatching(/^The computation failed: /),
    });
    await expect(engine.run('bad', { feeds: {}, returned: [] })).rejects.toThrow(
      'no model is loaded under the name bad',
    );
    await engine.load('slow', slowModel(4), { optimize: false });
    await expect(engine.run('slow', slowRequest(5))).rejects.toThrow(/The computation failed: .*x/);
    expect((await engine.run('slow', slowRequest(4))).total.shape).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')('says that its process was killed, at once and ever after', async () => {
    const engine = open();
    await engine.load('slow', slowModel(48), { optimize: false });
    const asked = [engine.run('slow', slowRequest(48)), engine.fetch('x')].map((answer) =>
      answer.catch((error: unknown) => error),
    );
    const [child] = computeProcessesOf(process.pid);
    process.kill(child, 'SIGKILL');
    const killed = {
      name: 'DataError',
      message: expect.stringMatching(
        /^The compute process was killed; most likely the machine ran out of memory: take a/,
      ),
    };
    for (const answer of asked) expect(await answer).toMatchObject(killed);
    await expect(engine.fetch('x')).rejects.toMatchObject(killed);
    await engine.close();
  });

  it.skipIf(process.platform !== 'linux')('ends in the middle of a run when it is closed', async () => {
    const engine = open();
    await engine.load('slow', slowModel(64), { optimize: false });
    const answer = engine.run('slow', slowRequest(64)).catch((error: unknown) => error);
    const [child] = computeProcessesOf(process.pid);
    await engine.close();
    expect(isAlive(child)).toBe(false);
    expect(await answer).toMatchObject({ name: 'DataError', message: 'The computation was ended.' });
    await expect(engine.fetch('x')).rejects.toThrow('The computation was ended.');
    await engine.close();
  });

  it('can be closed before it has started', async () => {
    await open().close();
  });
});
