import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import type { Triple } from '../volume/volume.ts';
import { countInCentralHalf } from './foreground.ts';
import { PatchSelector, type SelectedPatch, type SelectionCase, selectorStateSchema } from './selection.ts';
import { type SelectionOptions, selectionOptionsSchema } from './selection-options.ts';

/** A case whose foreground is a box of voxels. */
function boxCase(shape: Triple, first: Triple, size: Triple): SelectionCase {
  const foreground: number[] = [];
  for (let k = first[2]; k < first[2] + size[2]; k++) {
    for (let j = first[1]; j < first[1] + size[1]; j++) {
      for (let i = first[0]; i < first[0] + size[0]; i++) foreground.push(i + shape[0] * (j + shape[1] * k));
    }
  }
  return { shape, foreground: Int32Array.from(foreground) };
}

function options(changed: Partial<SelectionOptions> = {}): SelectionOptions {
  return selectionOptionsSchema.parse(changed);
}

function draw(selector: PatchSelector, count: number): SelectedPatch[] {
  return Array.from({ length: count }, () => selector.next());
}

const cube: Triple = [16, 16, 16];
const noRule = { minimalLesionVoxels: { early: 1, late: 1 }, minimalCentralVoxels: { early: 0, late: 0 } };

describe('PatchSelector', () => {
  const shape: Triple = [40, 30, 20];
  const cases = [
    boxCase(shape, [1, 2, 3], [6, 6, 6]),
    boxCase(shape, [30, 20, 12], [6, 6, 4]),
    boxCase([12, 40, 40], [4, 20, 20], [5, 5, 5]),
    boxCase(shape, [18, 12, 8], [8, 8, 8]),
    boxCase(shape, [39, 29, 19], [1, 1, 1]),
  ];

  it('draws the same from the same seed, and other patches from another', () => {
    const run = (seed: number) => draw(new PatchSelector(cases, cube, options(), new Random(seed, 'select')), 30);
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it('goes on from a stored state as if it had never stopped', () => {
    const settings = options({ earlyPatches: 20, backgroundShare: 0.3 });
    const make = (state?: unknown) =>
      new PatchSelector(
        cases,
        cube,
        settings,
        new Random(7),
        state === undefined ? undefined : selectorStateSchema.parse(state),
      );
    const whole = draw(make(), 60);
    for (const stop of [0, 1, 4, 5, 19, 20, 21, 33]) {
      const first = make();
      draw(first, stop);
      const stored: unknown = JSON.parse(JSON.stringify(first.state));
      expect(draw(make(stored), 60 - stop)).toEqual(whole.slice(stop));
    }
  });

  it('keeps patches inside, centers volumes that are smaller, and honors the central rule', () => {
    const settings = options({ earlyPatches: 50 });
    const selector = new PatchSelector(cases, cube, settings, new Random(3));
    for (let drawn = 0; drawn < 200; drawn++) {
      const { caseIndex, start } = selector.next();
      const { shape: extent, foreground } = cases[caseIndex] as SelectionCase;
      start.forEach((first, axis) => {
        const length = extent[axis] as number;
        if (length < 16) expect(first).toBe(-Math.floor((16 - length) / 2));
        else expect(first >= 0 && first + 16 <= length).toBe(true);
      });
      const needed = drawn < 50 ? 50 : 5;
      expect(countInCentralHalf(foreground, extent, start, cube)).toBeGreaterThanOrEqual(needed);
    }
  });

  it('visits every subject once a pass, in a fresh order', () => {
    const easy = [0, 1, 2, 3, 4, 5].map(() => boxCase(shape, [10, 10, 8], [10, 10, 6]));
    const selector = new PatchSelector(easy, cube, options(noRule), new Random(5));
    const passes = Array.from({ length: 4 }, () => draw(selector, 6).map(({ caseIndex }) => caseIndex));
    for (const pass of passes) expect([...pass].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(passes.map((pass) => pass.join())).size).toBe(4);
    expect(selector.state).toEqual({ drawn: 24, pass: 3, visited: 6 });
  });

  it('skips subjects with little lesion at first, and takes them later', () => {
    const small = boxCase(shape, [18, 12, 8], [4, 4, 2]);
    const large = boxCase(shape, [18, 12, 8], [6, 6, 4]);
    const settings = options({ earlyPatches: 40 });
    const selector = new PatchSelector([small, large], cube, settings, new Random(11));
    expect(draw(selector, 40).every(({ caseIndex }) => caseIndex === 1)).toBe(true);
    const later = draw(selector, 40).filter(({ caseIndex }) => caseIndex === 0).length;
    expect(later).toBe(20);
  });

  it('takes what lesion there is when no subject reaches the minimum, and comes to an end', () => {
    const empty: SelectionCase = { shape, foreground: new Int32Array(0) };
    const few = boxCase(shape, [18, 12, 8], [3, 1, 1]);
    const more = boxCase(shape, [18, 12, 8], [4, 5, 1]);
    const selector = new PatchSelector([empty, few, more], cube, options({ maximalDraws: 30 }), new Random(2));
    for (const { caseIndex, start } of draw(selector, 25)) {
      // The rule wants 50 voxels; of all candidates that a pass finds, those with all 20 have most.
      expect(caseIndex).toBe(2);
      expect(countInCentralHalf(more.foreground, shape, start, cube)).toBe(20);
    }
  });

  it('refuses cases without any foreground', () => {
    const empty: SelectionCase = { shape, foreground: new Int32Array(0) };
    expect(() => new PatchSelector([empty, empty], cube, options(), new Random(1))).toThrow(
      'None of the 2 training cases',
    );
    expect(() => new PatchSelector([], cube, options(), new Random(1))).toThrow('None of the 0 training cases');
  });

  it('jitters a patch of 128 by -20 to 19 voxels, each value about as often', () => {
    const lone = boxCase([400, 400, 400], [200, 150, 210], [1, 1, 1]);
    const selector = new PatchSelector([lone], [128, 128, 128], options(noRule), new Random(4));
    const draws = draw(selector, 4000);
    [200, 150, 210].forEach((voxel, axis) => {
      const counts = new Map<number, number>();
      for (const { start } of draws) {
        const jitter = (start[axis] as number) + 64 - voxel;
        counts.set(jitter, (counts.get(jitter) ?? 0) + 1);
      }
      expect([...counts.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n - 20));
      // 100 expected each with a standard deviation of 9.9
      for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(45);
    });
  });

  it('takes the jitter of the option', () => {
    const lone = boxCase([400, 400, 400], [200, 150, 210], [1, 1, 1]);
    const settings = options({ ...noRule, jitter: [2, 3] });
    const selector = new PatchSelector([lone], cube, settings, new Random(4));
    const shifts = draw(selector, 50).flatMap(({ start }) => [
      start[0] + 8 - 200,
      start[1] + 8 - 150,
      start[2] + 8 - 210,
    ]);
    expect(new Set(shifts)).toEqual(new Set([2, 3]));
  });

  it('draws every foreground voxel about as often', () => {
    const two: SelectionCase = { shape: [200, 1, 1], foreground: Int32Array.of(50, 51, 52, 150) };
    const settings = options({ ...noRule, jitter: [0, 0] });
    const selector = new PatchSelector([two], cube, settings, new Random(8));
    const starts = draw(selector, 1000).map(({ start }) => start[0]);
    for (const start of [42, 43, 44, 142]) {
      expect(Math.abs(starts.filter((s) => s === start).length - 250)).toBeLessThan(60);
    }
  });

  it('places background patches anywhere in any subject', () => {
    const lesionFree: SelectionCase = { shape: [20, 16, 9], foreground: new Int32Array(0) };
    const settings = options({ backgroundShare: 1 });
    const selector = new PatchSelector([lesionFree, cases[0] as SelectionCase], cube, settings, new Random(6));
    const free = draw(selector, 400).filter(({ caseIndex }) => caseIndex === 0);
    expect(free).toHaveLength(200);
    expect(new Set(free.map(({ start }) => start[0]))).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(new Set(free.map(({ start }) => start[1]))).toEqual(new Set([0]));
    expect(new Set(free.map(({ start }) => start[2]))).toEqual(new Set([-3]));
  });

  it('mixes background patches in by their share', () => {
    const lone = boxCase([400, 20, 20], [10, 8, 8], [4, 4, 4]);
    const settings = options({ ...noRule, backgroundShare: 0.25 });
    const selector = new PatchSelector([lone], cube, settings, new Random(9));
    const away = draw(selector, 2000).filter(({ start }) => start[0] > 40).length;
    // 2000 * 0.25 * (384 - 40) / 385 = 447 with a standard deviation of 19
    expect(Math.abs(away - 447)).toBeLessThan(80);
  });

  it.each([
    ['rotation-180', { identity: 2700, 'flip-ij': 1600, 'flip-ik': 1200, 'flip-jk': 900 }],
    ['mirror', { identity: 3200, 'flip-i': 3200 }],
    ['none', { identity: 6400 }],
  ] as const)('draws the views of %s as often as they should be', (augmentation, expected) => {
    const lone = boxCase([40, 40, 40], [20, 20, 20], [5, 5, 5]);
    const selector = new PatchSelector([lone], cube, options({ augmentation }), new Random(10));
    const counts: Record<string, number> = {};
    for (const { view } of draw(selector, 6400)) counts[view.name] = (counts[view.name] ?? 0) + 1;
    expect(Object.keys(counts).sort()).toEqual(Object.keys(expected).sort());
    // Standard deviations are at most 40.
    for (const [name, count] of Object.entries(expected))
      expect(Math.abs((counts[name] ?? 0) - count)).toBeLessThan(160);
  });

  it('finishes quickly where the drawn voxel can never be near the center', () => {
    // A lesion in the corner of a volume as large as the patch: the central half-cube never holds it.
    const corner = boxCase(cube, [0, 0, 0], [2, 2, 2]);
    const selector = new PatchSelector([corner], cube, options({ earlyPatches: 0 }), new Random(12));
    expect(draw(selector, 5).map(({ start }) => start)).toEqual(new Array(5).fill([0, 0, 0]));
  });
});
