import { describe, expect, it } from 'vitest';
import { jitterRange, selectionOptionNames, selectionOptionsSchema } from './selection-options.ts';

describe('selectionOptionsSchema', () => {
  it('has the defaults of method section 4', () => {
    expect(selectionOptionsSchema.parse({})).toEqual({
      kind: 'curriculum',
      earlyPatches: 1000,
      minimalLesionVoxels: { early: 100, late: 10 },
      minimalCentralVoxels: { early: 50, late: 5 },
      jitter: null,
      maximalDraws: 20,
      backgroundShare: 0,
    });
  });

  it.each([
    ['a share above 1', { backgroundShare: 1.5 }],
    ['no draws', { maximalDraws: 0 }],
    ['a jitter the wrong way round', { jitter: [3, 2] }],
    ['a kind that there is not', { kind: 'curiculum' }],
    ["the curriculum's options under uniform", { kind: 'uniform', earlyPatches: 5 }],
    ['a share of background under foreground-share', { kind: 'foreground-share', backgroundShare: 0.5 }],
    ['a jitter under foreground-share', { kind: 'foreground-share', jitter: [0, 0] }],
    ["foreground-share's share under lesion-balanced", { kind: 'lesion-balanced', share: 0.5 }],
    ["lesion-balanced's neighbor's option under it", { kind: 'lesion-balanced', maximalDraws: 3 }],
    ['an option it does not know', { jitters: [0, 1] }],
  ])('refuses %s', (_, wrong) => {
    expect(selectionOptionsSchema.safeParse(wrong).success).toBe(false);
  });
});

describe('the other kinds', () => {
  it('have their own options alone, with defaults', () => {
    expect(selectionOptionsSchema.parse({ kind: 'uniform' })).toEqual({ kind: 'uniform' });
    expect(selectionOptionsSchema.parse({ kind: 'foreground-share' })).toEqual({
      kind: 'foreground-share',
      share: 1 / 3,
    });
    expect(selectionOptionsSchema.parse({ kind: 'lesion-balanced' })).toEqual({
      kind: 'lesion-balanced',
      jitter: null,
      backgroundShare: 0,
    });
    for (const name of ['kind', 'share', 'jitter', 'earlyPatches']) expect(selectionOptionNames).toContain(name);
  });
});

describe('jitterRange', () => {
  it.each([
    [256, -20, 19],
    [128, -20, 19],
    [96, -15, 14],
    [64, -10, 9],
    [32, -5, 4],
    [8, -1, 0],
    [3, 0, 0],
  ])('scales with a patch of %i voxels to %i … %i', (patch, smallest, largest) => {
    expect(jitterRange(null, patch)).toEqual([smallest, largest]);
  });

  it('leaves a jitter that was asked for as it is', () => {
    expect(jitterRange([-7, 9], 32)).toEqual([-7, 9]);
  });
});
