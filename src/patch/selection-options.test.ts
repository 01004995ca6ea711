import { describe, expect, it } from 'vitest';
import { jitterRange, selectionOptionsSchema, trainedViews } from './selection-options.ts';

describe('selectionOptionsSchema', () => {
  it('has the defaults of method section 4', () => {
    expect(selectionOptionsSchema.parse({})).toEqual({
      earlyPatches: 1000,
      minimalLesionVoxels: { early: 100, late: 10 },
      minimalCentralVoxels: { early: 50, late: 5 },
      jitter: null,
      maximalDraws: 20,
      backgroundShare: 0,
      augmentation: 'rotation-180',
      rotationProbabilities: [0.421875, 0.25, 0.1875, 0.140625],
    });
  });

  it.each([
    ['a share above 1', { backgroundShare: 1.5 }],
    ['no draws', { maximalDraws: 0 }],
    ['a jitter the wrong way round', { jitter: [3, 2] }],
    ['probabilities that do not add up', { rotationProbabilities: [0.5, 0.5, 0.5, 0] }],
    ['an option it does not know', { jitters: [0, 1] }],
  ])('refuses %s', (_, wrong) => {
    expect(selectionOptionsSchema.safeParse(wrong).success).toBe(false);
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

describe('trainedViews', () => {
  const rotationProbabilities = selectionOptionsSchema.parse({}).rotationProbabilities;

  it('lists the views that have a chance', () => {
    const names = (augmentation: 'rotation-180' | 'mirror' | 'none') =>
      trainedViews({ augmentation, rotationProbabilities }).map(({ view }) => view);
    expect(names('rotation-180')).toEqual(['identity', 'flip-ij', 'flip-ik', 'flip-jk']);
    expect(names('mirror')).toEqual(['identity', 'flip-i']);
    expect(names('none')).toEqual(['identity']);
    const views = trainedViews({ augmentation: 'rotation-180', rotationProbabilities: [0.5, 0, 0.5, 0] });
    expect(views.map(({ view }) => view)).toEqual(['identity', 'flip-ik']);
  });
});
