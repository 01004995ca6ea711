import { closeSync, fstatSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { HostTensor } from '../engine/engine.ts';
import { Random } from '../random.ts';
import { openTensorFile, receiveTensor, type SentTensor, TensorSender } from './tensor-file.ts';

const open: number[] = [];
afterEach(() => {
  for (const descriptor of open.splice(0)) closeSync(descriptor);
});

function openFile(): number {
  const descriptor = openTensorFile();
  if (descriptor === null) throw new Error('no tensor file could be opened');
  open.push(descriptor);
  return descriptor;
}

/** A view on a wider array, off its start, as batches are cut; different for each `seed`. */
function tensorOf(length: number, seed: number): HostTensor {
  const data = new Float32Array(length + 3).subarray(3);
  for (let i = 0; i < length; i++) data[i] = seed + i;
  return { shape: [1, length], data };
}

function expectEqual(actual: HostTensor, expected: HostTensor): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.data.constructor).toBe(expected.data.constructor);
  // Not `toEqual`, which takes seconds for so many numbers.
  expect(Buffer.compare(bytesOf(actual), bytesOf(expected))).toBe(0);
}

function bytesOf({ data }: HostTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

describe('tensor file', () => {
  it('brings every tensor over while the sender reuses its array, whatever is underway', () => {
    const file = openFile();
    const sender = new TensorSender(file);
    const random = new Random('tensor file');
    const underway: { sent: SentTensor; expected: HostTensor }[][] = [];
    let placed = 0;
    let memory: ArrayBufferLike | undefined;
    const read = (): void => {
      for (const { sent, expected } of underway.shift() ?? []) {
        const received = receiveTensor(file, sent, memory);
        expectEqual(received, expected);
        if (sent.kind !== 'place') continue;
        placed++;
        memory = received.data.buffer;
      }
      sender.release(1);
    };
    for (let message = 0; message < 60; message++) {
      underway.push(
        Array.from({ length: 1 + (message % 3) }, () => {
          const tensor = tensorOf(10_000 * Math.round(6 * random.uniform()), message);
          const expected = structuredClone(tensor);
          let sent = sender.send(tensor);
          // What stands in the message itself is copied when it is sent.
          if (sent.kind === 'message') sent = structuredClone(sent);
          tensor.data.fill(7);
          return { sent, expected };
        }),
      );
      sender.endMessage();
      if (underway.length > 3 || random.uniform() < 0.3) read();
    }
    while (underway.length > 0) read();
    expect(placed).toBeGreaterThan(60);
    // Four messages of at most three tensors, with holes between them: far from the 7 MB of all 120.
    expect(fstatSync(file).size).toBeLessThan(2 * 12 * 240_000);
  });

  it('keeps bytes, and lays the next message over one that was read', () => {
    const file = openFile();
    const sender = new TensorSender(file);
    const tensor = { shape: [2, 50_000], data: new Uint8Array(100_000).fill(200) };
    for (let message = 0; message < 5; message++) {
      const sent = sender.send(tensor);
      sender.endMessage();
      expect(sent).toEqual({ kind: 'place', shape: [2, 50_000], dataType: 'uint8', offset: 0 });
      expectEqual(receiveTensor(file, sent), tensor);
      sender.release(1);
    }
  });

  it('sends small tensors in their message, and all where the file takes none', () => {
    const large = { shape: [100_000], data: new Float32Array(100_000) };
    const small = { shape: [], data: Float32Array.of(3) };
    const inMessage = (tensor: HostTensor): SentTensor => ({ kind: 'message', tensor });
    expect(new TensorSender(openFile()).send(small)).toEqual(inMessage(small));
    const { tensor } = new TensorSender(null).send(large) as { tensor: HostTensor };
    expect(tensor).toBe(large);
    const readOnly = openSync(fileURLToPath(import.meta.url), 'r');
    open.push(readOnly);
    expect(new TensorSender(readOnly).send(large).kind).toBe('message');
    expect(receiveTensor(null, inMessage(small))).toBe(small);
  });

  it('says that a tensor is not all there', () => {
    const sent = { kind: 'place', shape: [10], dataType: 'uint8', offset: 5 } as const;
    expect(() => receiveTensor(openFile(), sent)).toThrow('ends too early');
    expect(() => receiveTensor(null, sent)).toThrow('not open');
  });
});
