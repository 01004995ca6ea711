import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import type { Affine, LabelVolume, Triple } from '../volume/volume.ts';
import { validationPicture } from './validation-picture.ts';

// i runs to the right and j to the front of the patient: both against a picture that is 12 x 16 mm; slices of 3 mm.
const affine: Affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1];
const shape: Triple = [12, 16, 3];

function subject(slice: number) {
  const image = new Float32Array(12 * 16 * 3).fill(1);
  const box = (fromI: number): LabelVolume => {
    const data = new Uint8Array(image.length);
    for (let j = 4; j < 12; j++) for (let i = fromI; i < fromI + 4; i++) data[i + 12 * (j + 16 * slice)] = 1;
    return { kind: 'label', shape, affine, data };
  };
  return { image: { kind: 'scalar' as const, shape, affine, data: image }, reference: box(1), prediction: box(6) };
}

function pixels(png: Uint8Array) {
  const { width, height, data, channels } = decode(png);
  const at = (x: number, y: number) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
  return { width, height, channels, at };
}

describe('validationPicture', () => {
  it('outlines the reference solidly and the prediction with dashes on the slice with the reference', () => {
    const { width, height, channels, at } = pixels(validationPicture([subject(2)]));
    expect([width, height, channels]).toEqual([288, 384, 3]);
    // 24 pixels a voxel.
    const row = (y: number) => Array.from({ length: width }, (_, x) => at(x, y).join());
    const counts = (color: string) => row(96).filter((entry) => entry === color).length;
    expect(counts('86,199,255')).toBe(96);
    expect(counts('255,157,46')).toBeGreaterThan(48);
    expect(counts('255,157,46')).toBeLessThan(72);
    expect(row(90).every((entry) => entry === row(0)[0])).toBe(true);
    // Two pixels thick on either side, and nothing within.
    expect(row(192).filter((entry) => entry === '86,199,255')).toHaveLength(4);
  });

  it('puts at most four subjects in a row', () => {
    const five = [0, 1, 2, 0, 1].map(subject);
    expect(pixels(validationPicture(five)).width).toBe(4 * 288 + 3 * 4);
    expect(() => validationPicture([])).toThrow('a subject');
  });
});
