import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CalibrationCollector } from './calibration.ts';
import { nearRegion } from './near-region.ts';

const { calibration: item } = JSON.parse(
  readFileSync(new URL('../../test/reference/statistics.json', import.meta.url), 'utf8'),
) as {
  calibration: Record<'ece' | 'brier' | 'nll' | 'temperature' | 'scaled_nll', number> & {
    probabilities: number[];
    label: string;
  };
};

function calibrationOf(probabilities: readonly number[], labels: readonly number[], region?: readonly number[]) {
  const collector = new CalibrationCollector();
  const inside = Uint8Array.from(region ?? labels.map(() => 1));
  collector.add(Float32Array.from(probabilities), Uint8Array.from(labels), inside);
  return collector.result();
}

describe('CalibrationCollector', () => {
  it("agrees with numpy and scipy's optimizer", () => {
    const result = calibrationOf(item.probabilities, [...item.label].map(Number));
    expect(result.ECE).toBeCloseTo(item.ece, 9);
    expect(result.Brier).toBeCloseTo(item.brier, 9);
    expect(Math.abs((result.NLL ?? 0) - item.nll)).toBeLessThan(3e-7);
    expect(Math.abs((result.temperature ?? 0) - item.temperature)).toBeLessThan(1e-6);
    expect(Math.abs((result.scaled_NLL ?? 0) - item.scaled_nll)).toBeLessThan(3e-7);
  });

  it('is 0 where probabilities are frequencies', () => {
    // Of ten voxels at 0.2 two belong to the label, of four at 0.75 three: T is 1.
    const probabilities = [...Array(10).fill(0.2), ...Array(4).fill(0.75)];
    const result = calibrationOf(probabilities, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0]);
    expect(result.ECE).toBeCloseTo(0, 7);
    expect(result.temperature).toBeCloseTo(1, 5);
    const used = result.bins.filter(({ n }) => n > 0);
    expect(used.map(({ n, frequency }) => [n, frequency])).toEqual([
      [10, 0.2],
      [4, 0.75],
    ]);
  });

  it('sees only the region: certain background would hide the error', () => {
    const [probabilities, labels] = [
      [1, 1, ...Array(98).fill(0)],
      [1, 0, ...Array(98).fill(0)],
    ];
    expect(calibrationOf(probabilities, labels).ECE).toBeCloseTo(0.01, 12);
    const region = labels.map((_, v) => (v < 2 ? 1 : 0));
    expect(calibrationOf(probabilities, labels, region)).toMatchObject({ n: 2, ECE: 0.5, Brier: 0.5 });
  });

  it('pools cases', () => {
    const collector = new CalibrationCollector();
    const all = Uint8Array.of(1, 1);
    collector.add(Float32Array.of(0.25, 0.5), Uint8Array.of(0, 1), all);
    collector.add(Float32Array.of(0.25, 0.5), Uint8Array.of(1, 1), all);
    expect(collector.result().ECE).toBeCloseTo((2 * 0.25 + 2 * 0.5) / 4, 12);
  });

  it('has no values without voxels, and no temperature where all voxels have one label', () => {
    expect(calibrationOf([], [])).toMatchObject({ n: 0, ECE: null, NLL: null, temperature: null });
    expect(calibrationOf([0.1, 0], [0, 0])).toMatchObject({ n: 2, temperature: null, scaled_NLL: null });
  });
});

describe('nearRegion', () => {
  it('reaches as far in mm on every axis, and not beyond the volume', () => {
    const mask = new Uint8Array(7 * 5 * 3);
    mask[1 + 7 * (2 + 5 * 1)] = 1;
    const region = nearRegion(mask, [7, 5, 3], [1, 2, 5], 4);
    const within: string[] = [];
    for (let v = 0; v < region.length; v++) {
      if (region[v] === 1) within.push(`${v % 7},${Math.floor(v / 7) % 5},${Math.floor(v / 35)}`);
    }
    // i from 0 to 5 in its own row; 2 mm aside sqrt(16 - 4) = 3.46 mm along i: 0 to 4; 4 mm aside only itself; no other slice.
    const row = (j: number, ...range: number[]): string[] => range.map((i) => `${i},${j},1`);
    const expected = [row(0, 1), row(1, 0, 1, 2, 3, 4), row(2, 0, 1, 2, 3, 4, 5), row(3, 0, 1, 2, 3, 4), row(4, 1)];
    expect(within).toEqual(expected.flat());
    expect(nearRegion(new Uint8Array(105), [7, 5, 3], [1, 1, 1], 4)).toEqual(new Uint8Array(105));
  });
});
