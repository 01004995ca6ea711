import { describe, expect, it } from 'vitest';
import { normalize } from './normalize.ts';

const whole = (count: number): Uint8Array => new Uint8Array(count).fill(1);

describe('normalize by percentiles', () => {
  it('clips to the percentiles 0.5 and 99.5, linearly interpolated, and then makes the mean 0 and the deviation 1', () => {
    // 0 … 200: the percentiles are 1 and 199, so 0 becomes 1 and 200 becomes 199. The mean stays 100, and the variance is
    // 2 (1² + … + 99² + 99²) / 201 = 2 (328350 + 9801) / 201.
    const image = Float32Array.from({ length: 201 }, (_, v) => v);
    expect(normalize(image, whole(201), 'percentile')).toBeNull();
    const deviation = Math.sqrt((2 * (328350 + 9801)) / 201);
    expect(image[0]).toBe(Math.fround(-99 / deviation));
    expect(image[1]).toBe(image[0]);
    expect(image[150]).toBe(Math.fround(50 / deviation));
    expect(image[200]).toBe(Math.fround(99 / deviation));
  });

  it('keeps the scale whatever a single voxel holds, which the z-score does not', () => {
    const values = Float32Array.from({ length: 1001 }, (_, v) => v % 100);
    const spiked = Float32Array.from(values);
    spiked[500] = 1e6;
    const [plain, robust, fragile] = [values, spiked, Float32Array.from(spiked)];
    normalize(plain, whole(1001), 'percentile');
    normalize(robust, whole(1001), 'percentile');
    normalize(fragile, whole(1001), 'z-score');
    for (const v of [0, 42, 99]) expect(Math.abs(robust[v] - plain[v])).toBeLessThan(0.02);
    expect(Math.abs(fragile[99] - fragile[0])).toBeLessThan(0.01);
  });

  it('takes the percentiles from the brain alone, and gives 0 outside it', () => {
    const image = Float32Array.of(1, 2, 3, 1000, -1000);
    const brain = Uint8Array.of(1, 1, 1, 0, 0);
    expect(normalize(image, brain, 'percentile')).toBeNull();
    // The percentiles are 1.01 and 2.99: the three become -0.99, 0 and 0.99 around their mean.
    const scale = 0.99 / Math.sqrt((2 * 0.99 ** 2) / 3);
    for (const [v, expected] of [-scale, 0, scale, 0, 0].entries()) expect(image[v]).toBeCloseTo(expected, 6);
  });

  it('names an image of which only single voxels differ', () => {
    const image = new Float32Array(1001).fill(7);
    image[3] = 8;
    expect(normalize(Float32Array.from(image), whole(1001), 'z-score')).toBeNull();
    expect(normalize(image, whole(1001), 'percentile')).toContain(
      'is constant within the brain (7) between its percentiles 0.5 and 99.5',
    );
  });
});
