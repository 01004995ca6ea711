import { describe, expect, it } from 'vitest';
import { modeOf } from './mode.ts';
import { normalize } from './normalize.ts';

/** Values of a normal distribution without chance: the transform of Box and Muller on a grid. */
function normalValues(count: number, mean: number, deviation: number): Float32Array {
  const side = Math.round(Math.sqrt(count));
  return Float32Array.from({ length: side * side }, (_, index) => {
    const [u, angle] = [((index % side) + 0.5) / side, (Math.floor(index / side) + 0.5) / side];
    return mean + deviation * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * angle);
  });
}

describe('modeOf', () => {
  it('finds mean and standard deviation of a normal distribution, within the bins and their smoothing', () => {
    const { mode, deviation } = modeOf(normalValues(90000, 300, 20));
    // A bin is 2 * 2.576 * 20 / 256 = 0.4 wide, and eight bins of smoothing widen 20 to sqrt(20^2 + 3.2^2) = 20.26.
    expect(Math.abs(mode - 300)).toBeLessThan(1);
    expect(Math.abs(deviation - 20.26)).toBeLessThan(0.8);
  });

  it('hardly moves when a tenth of the brain becomes bright, which shifts mean and deviation', () => {
    const tissue = normalValues(40000, 300, 20);
    const lesion = normalValues(4000, 400, 20);
    const { mode, deviation } = modeOf(Float32Array.of(...tissue, ...lesion));
    expect(Math.abs(mode - 300)).toBeLessThan(2);
    expect(Math.abs(deviation - 20)).toBeLessThan(2);
  });

  it('is not misled by the gaps that whole numbers leave between bins', () => {
    const whole = normalValues(90000, 30, 4).map(Math.round);
    const { mode, deviation } = modeOf(whole);
    expect(Math.abs(mode - 30)).toBeLessThan(0.5);
    expect(Math.abs(deviation - 4)).toBeLessThan(0.5);
  });

  it('finds the width of a peak at the upper end of the intensities, beyond which there is nothing', () => {
    // Half of the brain has the largest value: the smoothed peak is a Gaussian of 8 bins around the last one.
    const values = Float32Array.from({ length: 2000 }, (_, v) => (v < 1000 ? v / 1000 : 1));
    const { mode, deviation } = modeOf(values);
    const bin = (1 - mode) * 2;
    expect(mode).toBeCloseTo(1 - 0.5 / 256, 3);
    expect(deviation / bin).toBeGreaterThan(7.8);
    expect(deviation / bin).toBeLessThan(8.2);
  });

  it('has no width where all but single voxels are equal, and the normalization says so', () => {
    const image = new Float32Array(1001).fill(7);
    image[3] = 8;
    expect(modeOf(image)).toEqual({ mode: 7, deviation: 0 });
    expect(normalize(image, new Uint8Array(1001).fill(1), 'mode')).toContain(
      'constant within the brain but for single voxels',
    );
  });
});
