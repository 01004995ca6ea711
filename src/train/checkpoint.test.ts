import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DataError } from '../errors.ts';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';

const stateSchema = z.strictObject({ step: z.number(), note: z.string() });
const checkpoint = {
  state: { step: 7, note: 'größer' },
  tensors: {
    first: { shape: [3, 1], data: Float32Array.of(1, -2.5, 3e38) },
    empty: { shape: [0], data: new Float32Array(0) },
    second: { shape: [], data: Float32Array.of(Number.NaN) },
  },
};

function decode(bytes: Uint8Array): unknown {
  return decodeCheckpoint(bytes, 'run/checkpoint', stateSchema);
}

describe('a checkpoint', () => {
  it('comes back as it was, from unaligned bytes too', () => {
    const bytes = encodeCheckpoint(checkpoint);
    expect(decode(bytes)).toEqual(checkpoint);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decode(shifted.subarray(3))).toEqual(checkpoint);
    // What was decoded does not hang on the file's bytes.
    const { tensors } = decodeCheckpoint(shifted.subarray(3), 'run/checkpoint', stateSchema);
    shifted.fill(0);
    expect(tensors.first).toEqual(checkpoint.tensors.first);
  });

  it('is laid out as safetensors: length, JSON header padded to 8 bytes, values in little endian', () => {
    const bytes = encodeCheckpoint(checkpoint);
    const view = new DataView(bytes.buffer);
    const length = Number(view.getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, unknown>;
    expect(header.first).toEqual({ dtype: 'F32', shape: [3, 1], data_offsets: [0, 12] });
    expect(header.empty).toEqual({ dtype: 'F32', shape: [0], data_offsets: [12, 12] });
    expect(header.second).toEqual({ dtype: 'F32', shape: [], data_offsets: [12, 16] });
    expect(Object.values(header.__metadata__ as object).every((value) => typeof value === 'string')).toBe(true);
    expect(view.getFloat32(8 + length + 4, true)).toBe(-2.5);
    expect(bytes.length).toBe(8 + length + 16);
  });

  it('has the same bytes each time', () => {
    expect(encodeCheckpoint(checkpoint)).toEqual(encodeCheckpoint(checkpoint));
  });

  it('is refused by name when it is cut off anywhere, or longer', () => {
    const bytes = encodeCheckpoint(checkpoint);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decode(bytes.subarray(0, length)), `${length} bytes`).toThrow(DataError);
      expect(() => decode(bytes.subarray(0, length))).toThrow(/^run\/checkpoint is not a usable checkpoint \(/);
    }
    expect(() => decode(Uint8Array.of(...bytes, 0))).toThrow(/it is longer than it says/);
  });

  it.each([
    ['another kind of header', '{"a": 1}'],
    ['no JSON', '{"a": '],
    ['another state', `{"__metadata__": {"state": "{}"}}`],
    [
      'another type',
      `{"__metadata__": {"state": "{\\"step\\":1,\\"note\\":\\"\\"}"}, "a": {"dtype": "F16", "shape": [1], "data_offsets": [0, 4]}}`,
    ],
    [
      'too few bytes for the shape',
      `{"__metadata__": {"state": "{\\"step\\":1,\\"note\\":\\"\\"}"}, "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 6]}}`,
    ],
    [
      'an end before the start',
      `{"__metadata__": {"state": "{\\"step\\":1,\\"note\\":\\"\\"}"}, "a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}`,
    ],
  ])('is refused with %s', (_, header) => {
    const bytes = new Uint8Array(8 + header.length + 6);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(new TextEncoder().encode(header), 8);
    expect(() => decode(bytes)).toThrow(DataError);
  });
});
