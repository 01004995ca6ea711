import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { crc32c, encodeEventFile, encodeEvents, fileVersionRecord, thinSteps } from './event-file.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('crc32c', () => {
  it('agrees with RFC 3720, appendix B.4', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, n) => n))).toBe(0x46dd794e);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, n) => 31 - n))).toBe(0x113fdb5c);
  });
});

describe('event file', () => {
  it('has the bytes of its description', () => {
    // Made by hand: wall_time 1.5, step 300, one value { tag "a", simple_value 0.5 }.
    const value = '0a0161' + '150000003f';
    const summary = `0a08${value}`;
    const data = `09000000000000f83f10ac022a0a${summary}`;
    const bytes = encodeEvents([{ step: 300, wallTime: 1.5, scalars: { a: 0.5, bad: Number.NaN, huge: 1e300 } }]);
    expect(hex(bytes.subarray(0, 8))).toBe('1800000000000000');
    expect(hex(bytes.subarray(12, -4))).toBe(data);
    expect(bytes.length).toBe(24 + 16);
  });

  it('begins with its version', () => {
    // The record as the Python decoder's own checksums have it.
    expect(hex(fileVersionRecord(0))).toBe(VERSION_RECORD);
    expect(hex(encodeEventFile(0, []))).toBe(VERSION_RECORD);
  });

  it("has a picture's size and channels", () => {
    const png = encode({ width: 3, height: 2, channels: 3, depth: 8, data: new Uint8Array(18) });
    const bytes = encodeEvents([{ step: 1, wallTime: 0, scalars: {}, images: { a: png } }]);
    const size = Buffer.from([0x08, 2, 0x10, 3, 0x18, 3, 0x22, png.length]);
    expect(Buffer.from(bytes).includes(Buffer.concat([size, png]))).toBe(true);
  });
});

describe('thinSteps', () => {
  it('keeps short runs whole, and of long ones an even choice and the last', () => {
    expect(thinSteps([1, 2, 3])).toEqual([1, 2, 3]);
    const thinned = thinSteps(Array.from({ length: 100_000 }, (_, n) => n));
    expect(thinned.length).toBe(2001);
    expect(thinned.slice(0, 3)).toEqual([0, 50, 100]);
    expect(thinned.at(-1)).toBe(99_999);
  });
});

const VERSION_RECORD = '1800000000000000a37f4b220900000000000000001a0d627261696e2e4576656e743a32eedf28a3';
