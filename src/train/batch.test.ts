import { describe, expect, it } from 'vitest';
import { VIEWS } from '../patch/view.ts';
import type { Triple } from '../volume/volume.ts';
import { assembleBatch, type TrainingCase } from './batch.ts';

/** Channel c of voxel (i, j, k) holds 1000 c + 100 k + 10 j + i + 1; labels cycle through 0, 1, 2, 5. */
function numbered(shape: Triple): TrainingCase {
  const [si, sj, sk] = shape;
  const image = new Float32Array(2 * si * sj * sk);
  const reference = new Uint8Array(si * sj * sk);
  for (let k = 0; k < sk; k++) {
    for (let j = 0; j < sj; j++) {
      for (let i = 0; i < si; i++) {
        const voxel = i + si * (j + sj * k);
        for (const c of [0, 1]) image[c * reference.length + voxel] = 1000 * c + 100 * k + 10 * j + i + 1;
        reference[voxel] = [0, 1, 2, 5][(i + j + k) % 4];
      }
    }
  }
  return { id: 'a', shape, image, reference, foreground: new Int32Array(0), present: [true, true] };
}

const patch: Triple = [3, 2, 2];

describe('assembleBatch', () => {
  it('cuts images, masks and weights, with zeros beyond the volume', () => {
    const source = numbered([4, 3, 2]);
    const samples = [
      { source, start: [1, 1, 0] as const, view: VIEWS.identity },
      { source, start: [2, -1, 1] as const, view: VIEWS.identity },
    ];
    const { image, reference, weight } = assembleBatch(samples, patch, 2, [2]);
    expect(image.shape).toEqual([2, 2, 2, 2, 3]);
    expect(reference.shape).toEqual([2, 1, 2, 2, 3]);
    expect(weight.shape).toEqual([2, 1, 2, 2, 3]);
    const first = [12, 13, 14, 22, 23, 24, 112, 113, 114, 122, 123, 124];
    // Only i = 2, 3, j = 0, k = 1 lie in the volume.
    const second = [0, 0, 0, 103, 104, 0, 0, 0, 0, 0, 0, 0];
    const withSecondChannel = (values: number[]): number[] => [
      ...values,
      ...values.map((value) => (value === 0 ? 0 : value + 1000)),
    ];
    expect([...image.data]).toEqual([...withSecondChannel(first), ...withSecondChannel(second)]);
    expect([...reference.data]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, ...second.map(() => 0)]);
    expect([...weight.data]).toEqual([...first.map(() => 1), ...second.map((value) => (value > 0 ? 1 : 0))]);
  });

  it('puts several classes one-hot after the background, where labels of no class go', () => {
    const source = numbered([4, 3, 2]);
    const sample = { source, start: [0, 0, 0] as const, view: VIEWS.identity };
    const { reference } = assembleBatch([sample], patch, 2, [5, 1]);
    expect(reference.shape).toEqual([1, 3, 2, 2, 3]);
    const labels = [0, 1, 2, 1, 2, 5, 1, 2, 5, 2, 5, 0];
    expect([...reference.data]).toEqual([
      ...labels.map((label) => (label === 0 || label === 2 ? 1 : 0)),
      ...labels.map((label) => (label === 5 ? 1 : 0)),
      ...labels.map((label) => (label === 1 ? 1 : 0)),
    ]);
  });

  it('turns image, mask and weight alike', () => {
    const source = numbered([4, 3, 2]);
    const start = [2, 0, 0] as const;
    const plain = assembleBatch([{ source, start, view: VIEWS.identity }], patch, 2, [1]);
    const turned = assembleBatch([{ source, start, view: VIEWS['flip-ik'] }], patch, 2, [1]);
    for (const name of ['image', 'reference', 'weight'] as const) {
      const { data, shape } = turned[name];
      const channels = shape[1];
      for (let c = 0; c < channels; c++) {
        for (let k = 0; k < 2; k++) {
          for (let j = 0; j < 2; j++) {
            for (let i = 0; i < 3; i++) {
              const at = (x: number, z: number): number => x + 3 * (j + 2 * (z + 2 * c));
              expect(data[at(i, k)]).toBe(plain[name].data[at(2 - i, 1 - k)]);
            }
          }
        }
      }
    }
    // The third column is beyond the volume; flipped, it comes first.
    expect([...turned.weight.data.subarray(0, 3)]).toEqual([0, 1, 1]);
  });
});
