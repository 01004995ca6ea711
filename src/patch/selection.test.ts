import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import type { Triple } from '../volume/volume.ts';
import { countInCentralHalf } from './foreground.ts';
import { PatchSelector, type SelectedPatch, type SelectionCase, selectorStateSchema } from './selection.ts';
import { selectionOptionsSchema } from './selection-options.ts';

/** A case whose foreground is a box of voxels. */
function boxCase(shape: Triple, first: Triple, size: Triple): SelectionCase {
  const foreground: number[] = [];
  for (let k = first[2]; k < first[2] + size[2]; k++) {
    for (let j = first[1]; j < first[1] + size[1]; j++) {
      for (let i = first[0]; i < first[0] + size[0]; i++) foreground.push(i + shape[0] * (j + shape[1] * k));
    }
  }
  return caseOf(shape, foreground);
}

/** A case with these foreground voxels, all of class 1 unless labels are given. */
function caseOf(
  shape: Triple,
  voxels: readonly number[],
  values: readonly number[] = voxels.map(() => 1),
): SelectionCase {
  const labels = new Uint8Array(shape[0] * shape[1] * shape[2]);
  for (const [n, voxel] of voxels.entries()) labels[voxel] = values[n];
  return { shape, labels, foreground: Int32Array.from(voxels) };
}

function options(changed: Readonly<Record<string, unknown>> = {}) {
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
    const empty = caseOf(shape, []);
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
    const empty = caseOf(shape, []);
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
    const two = caseOf([200, 1, 1], [50, 51, 52, 150]);
    const settings = options({ ...noRule, jitter: [0, 0] });
    const selector = new PatchSelector([two], cube, settings, new Random(8));
    const starts = draw(selector, 1000).map(({ start }) => start[0]);
    for (const start of [42, 43, 44, 142]) {
      expect(Math.abs(starts.filter((s) => s === start).length - 250)).toBeLessThan(60);
    }
  });

  it('places background patches anywhere in any subject', () => {
    const lesionFree = caseOf([20, 16, 9], []);
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

  it('finishes quickly where the drawn voxel can never be near the center', () => {
    // A lesion in the corner of a volume as large as the patch: the central half-cube never holds it.
    const corner = boxCase(cube, [0, 0, 0], [2, 2, 2]);
    const selector = new PatchSelector([corner], cube, options({ earlyPatches: 0 }), new Random(12));
    expect(draw(selector, 5).map(({ start }) => start)).toEqual(new Array(5).fill([0, 0, 0]));
  });
});

/** Whether so many of `n` are what a probability `p` gives, to within five standard deviations. */
function expectShare(count: number, n: number, p: number): void {
  expect(Math.abs(count - n * p)).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)) + 1e-9);
}

describe('uniform selection', () => {
  it('places patches anywhere in any subject, whether or not there is foreground', () => {
    const cases = [caseOf([20, 16, 9], []), boxCase([18, 16, 16], [0, 0, 0], [1, 1, 1])];
    const draws = draw(new PatchSelector(cases, cube, options({ kind: 'uniform' }), new Random(1)), 2000);
    const free = draws.filter(({ caseIndex }) => caseIndex === 0);
    expect(free).toHaveLength(1000);
    for (const start of [0, 1, 2, 3, 4]) expectShare(free.filter((one) => one.start[0] === start).length, 1000, 1 / 5);
    expect(new Set(free.map(({ start }) => start.slice(1).join()))).toEqual(new Set(['0,-3']));
    const other = draws.filter(({ caseIndex }) => caseIndex === 1);
    for (const start of [0, 1, 2]) expectShare(other.filter((one) => one.start[0] === start).length, 1000, 1 / 3);
  });
});

describe('foreground-share selection', () => {
  const rare = caseOf([200, 1, 1], [50, 51, 52, 53, 54, 55, 56, 150], [1, 1, 1, 1, 1, 1, 1, 2]);

  it('centers every third patch on the foreground, and each class as often as another', () => {
    const draws = draw(new PatchSelector([rare], cube, options({ kind: 'foreground-share' }), new Random(2)), 3000);
    const around = draws.filter((_, n) => n % 3 === 2).map(({ start }) => start[0] + 8);
    expect(around.every((voxel) => rare.labels[voxel] > 0)).toBe(true);
    expectShare(around.filter((voxel) => rare.labels[voxel] === 2).length, 1000, 1 / 2);
    for (const voxel of [50, 53, 56]) expectShare(around.filter((v) => v === voxel).length, 1000, 1 / 14);
    // The others: 185 places, of which 8 have a foreground voxel in their middle.
    const others = draws.filter((_, n) => n % 3 !== 2).map(({ start }) => start[0] + 8);
    expectShare(others.filter((voxel) => rare.labels[voxel] > 0).length, 2000, 8 / 185);
  });

  it.each([0, 0.1, 0.7, 1])('keeps a share of %d to within one patch at any time', (share) => {
    // One voxel in a corner: patches anywhere are at the start 0 in one of 185 * 185 draws.
    const corner = caseOf([200, 200, 1], [0]);
    const selector = new PatchSelector([corner], cube, options({ kind: 'foreground-share', share }), new Random(3));
    let around = 0;
    for (let drawn = 1; drawn <= 200; drawn++) {
      const { start } = selector.next();
      if (start[0] === 0 && start[1] === 0) around++;
      expect(Math.abs(around - share * drawn)).toBeLessThanOrEqual(1);
    }
  });

  it('takes a patch anywhere of a subject without foreground', () => {
    const cases = [caseOf([200, 1, 1], []), rare];
    const draws = draw(
      new PatchSelector(cases, cube, options({ kind: 'foreground-share', share: 1 }), new Random(4)),
      400,
    );
    const free = draws.filter(({ caseIndex }) => caseIndex === 0);
    expect(free).toHaveLength(200);
    expect(new Set(free.map(({ start }) => start[0])).size).toBeGreaterThan(80);
    const other = draws.filter(({ caseIndex }) => caseIndex === 1);
    expect(other.every(({ start }) => rare.labels[start[0] + 8] > 0)).toBe(true);
  });
});

describe('lesion-balanced selection', () => {
  const exact = options({ kind: 'lesion-balanced', jitter: [0, 0] });

  it('draws a small lesion as often as a large one, and the voxels of one alike', () => {
    const large = Array.from({ length: 60 }, (_, n) => 40 + n);
    const one = caseOf([200, 1, 1], [...large, 150]);
    const draws = draw(new PatchSelector([one], cube, exact, new Random(5)), 3000).map(({ start }) => start[0] + 8);
    expectShare(draws.filter((voxel) => voxel === 150).length, 3000, 1 / 2);
    expectShare(draws.filter((voxel) => voxel < 70).length, 3000, 1 / 4);
  });

  it('takes voxels that share an edge for one lesion, and those that share a corner for two', () => {
    const at = (i: number, j: number, k: number): number => i + 64 * (j + 64 * k);
    // The first two touch at an edge, the third at a corner of the second.
    const one = caseOf([64, 64, 64], [at(30, 30, 30), at(31, 31, 30), at(32, 32, 31)]);
    const draws = draw(new PatchSelector([one], cube, exact, new Random(6)), 2000).map(({ start }) => start[0] + 8);
    expectShare(draws.filter((i) => i === 32).length, 2000, 1 / 2);
    expectShare(draws.filter((i) => i === 30).length, 2000, 1 / 4);
  });

  it('passes subjects without a lesion over, but for background patches', () => {
    const cases = [caseOf([200, 1, 1], []), caseOf([200, 1, 1], [150])];
    const around = draw(new PatchSelector(cases, cube, exact, new Random(7)), 50);
    expect(around.every(({ caseIndex, start }) => caseIndex === 1 && start[0] === 142)).toBe(true);
    const mixed = options({ kind: 'lesion-balanced', backgroundShare: 1 });
    const free = draw(new PatchSelector(cases, cube, mixed, new Random(7)), 50).filter(
      ({ caseIndex }) => caseIndex === 0,
    );
    expect(free).toHaveLength(25);
  });
});

describe.each(['uniform', 'foreground-share', 'lesion-balanced'])('%s selection', (kind) => {
  const cases = [
    caseOf([40, 12, 30], []),
    boxCase([40, 30, 20], [1, 2, 3], [6, 6, 6]),
    boxCase([9, 30, 20], [4, 9, 9], [2, 2, 2]),
  ];

  it('goes on from a stored state as if it had never stopped', () => {
    const make = (state?: unknown) =>
      new PatchSelector(
        cases,
        cube,
        options({ kind }),
        new Random(8),
        state === undefined ? undefined : selectorStateSchema.parse(state),
      );
    const whole = draw(make(), 40);
    for (const stop of [0, 1, 3, 7, 20]) {
      const first = make();
      draw(first, stop);
      expect(draw(make(JSON.parse(JSON.stringify(first.state))), 40 - stop)).toEqual(whole.slice(stop));
    }
  });

  it('keeps patches inside, and centers volumes that are smaller', () => {
    for (const { caseIndex, start } of draw(new PatchSelector(cases, cube, options({ kind }), new Random(9)), 200)) {
      start.forEach((first, axis) => {
        const length = cases[caseIndex].shape[axis];
        if (length < 16) expect(first).toBe(-Math.floor((16 - length) / 2));
        else expect(first >= 0 && first + 16 <= length).toBe(true);
      });
    }
  });
});
