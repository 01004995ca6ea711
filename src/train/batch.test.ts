import { describe, expect, it } from 'vitest';
import type { Triple } from '../volume/volume.ts';
import { assembleBatch as assemble, type Batch, type BatchLayout } from './batch.ts';
import type { SampleRecipe } from './recipe.ts';
import type { TrainingCase } from './training-case.ts';

/** Channel c of voxel (i, j, k) holds 1000 c + 100 k + 10 j + i + 1; labels cycle through 0, 1, 2, 5. */
function numbered(shape: Triple): TrainingCase {
  const [si, sj, sk] = shape;
  const image = new Float32Array(2 * si * sj * sk);
  const labels = new Uint8Array(si * sj * sk);
  const brain = new Uint8Array(si * sj * sk);
  for (let k = 0; k < sk; k++) {
    for (let j = 0; j < sj; j++) {
      for (let i = 0; i < si; i++) {
        const voxel = i + si * (j + sj * k);
        for (const c of [0, 1]) image[c * labels.length + voxel] = 1000 * c + 100 * k + 10 * j + i + 1;
        brain[voxel] = j > 0 ? 1 : 0;
        labels[voxel] = [0, 1, 2, 5][(i + j + k) % 4];
      }
    }
  }
  const foreground = Int32Array.from(labels.keys()).filter((voxel) => labels[voxel] > 0);
  return { id: 'a', shape, spacing: [1, 1, 1], image, labels, brain, foreground, present: [true, true] };
}

function assembleBatch(
  cases: TrainingCase | readonly TrainingCase[],
  recipes: readonly Partial<SampleRecipe>[],
  layout: Partial<BatchLayout>,
): Batch {
  const whole = recipes.map((one): SampleRecipe => ({ caseIndex: 0, start: [0, 0, 0], augmentation: {}, ...one }));
  const list = Array.isArray(cases) ? (cases as TrainingCase[]) : [cases as TrainingCase];
  return assemble(whole, list, { patch, labelValues: [1], lossWithin: 'volume', ...layout });
}

const patch: Triple = [3, 2, 2];

describe('assembleBatch', () => {
  it('cuts images, masks and weights, with zeros beyond the volume', () => {
    const source = numbered([4, 3, 2]);
    const samples: Partial<SampleRecipe>[] = [{ start: [1, 1, 0] }, { start: [2, -1, 1] }];
    const { image, reference, weight } = assembleBatch(source, samples, { labelValues: [2] });
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
    const { reference } = assembleBatch(source, [{}], { labelValues: [5, 1] });
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
    const start: SampleRecipe['start'] = [2, 0, 0];
    const plain = assembleBatch(source, [{ start }], {});
    const turned = assembleBatch(source, [{ start, augmentation: { view: 'flip-ik' } }], {});
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

  it('empties the channels that a sample loses, and nothing else', () => {
    const source = numbered([4, 3, 2]);
    const plain = assembleBatch(source, [{}, {}], {});
    const lost = assembleBatch(source, [{}, { dropped: [0] }], {});
    const voxels = 12;
    const expected = Float32Array.from(plain.image.data as Float32Array);
    expected.fill(0, 2 * voxels, 3 * voxels);
    expect(lost.image.data).toEqual(expected);
    expect(lost.reference.data).toEqual(plain.reference.data);
    expect(lost.weight.data).toEqual(plain.weight.data);
  });

  it('counts the voxels of the brain alone where the loss is restricted to it', () => {
    // The rows j = 0 are outside the brain; i = 4 and more is beyond the volume.
    const { weight } = assembleBatch(numbered([4, 3, 2]), [{ start: [2, 0, 0] }], { lossWithin: 'brain' });
    expect([...weight.data]).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0]);
  });
});
