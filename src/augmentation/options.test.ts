import { describe, expect, it } from 'vitest';
import { AUGMENTATION_SETS, augmentationOptionsSchema, trainedViews } from './options.ts';

describe('augmentationOptionsSchema', () => {
  it.each(AUGMENTATION_SETS)('knows the set %s by its name, and takes what it gives', (name) => {
    const options = augmentationOptionsSchema.parse(name);
    expect(augmentationOptionsSchema.parse({ base: name })).toEqual(options);
    expect(augmentationOptionsSchema.parse(options)).toEqual(options);
    expect(augmentationOptionsSchema.parse(JSON.parse(JSON.stringify(options)))).toEqual(options);
  });

  it('turns nothing on unless told', () => {
    const { views, anisotropy, ...transforms } = augmentationOptionsSchema.parse({});
    expect(views).toEqual({ kind: 'none', probabilities: null });
    expect(anisotropy).toBe(3);
    for (const { probability } of Object.values(transforms)) expect(probability).toBe(0);
  });

  it('has the numbers of nnU-Net as its standard', () => {
    expect(augmentationOptionsSchema.parse('standard')).toEqual({
      views: { kind: 'mirror', probabilities: null },
      rotation: { probability: 0.2, degrees: [30, 30, 30] },
      scaling: { probability: 0.2, range: [0.7, 1.4] },
      elastic: { probability: 0, amplitude: [0, 6], spacing: 24 },
      anisotropy: 3,
      transplant: { probability: 0 },
      biasField: { probability: 0, order: 3, coefficient: 0.3 },
      noise: { probability: 0.1, deviation: [0, 0.1] },
      blur: { probability: 0.2, channelProbability: 0.5, sigma: [0.5, 1] },
      brightness: { probability: 0.15, range: [0.75, 1.25] },
      contrast: { probability: 0.15, range: [0.75, 1.25] },
      lowResolution: { probability: 0.25, channelProbability: 0.5, scale: [0.5, 1] },
      thickSlices: { probability: 0, channelProbability: 0.5, voxels: [2, 4] },
      gammaInverted: { probability: 0.1, range: [0.7, 1.5] },
      gamma: { probability: 0.3, range: [0.7, 1.5] },
    });
  });

  it('takes single numbers over the base', () => {
    const options = augmentationOptionsSchema.parse({
      base: 'standard',
      gamma: { probability: 0.5 },
      views: { kind: 'flips' },
      anisotropy: 2,
    });
    expect(options).toEqual({
      ...augmentationOptionsSchema.parse('standard'),
      gamma: { probability: 0.5, range: [0.7, 1.5] },
      views: { kind: 'flips', probabilities: null },
      anisotropy: 2,
    });
  });

  it.each([
    ['a set it does not know', 'strong', ['base']],
    ['an option it does not know', { rotations: {} }, []],
    ['an entry it does not know', { rotation: { angle: 3 } }, ['rotation']],
    ['a probability above 1', { noise: { probability: 1.2 } }, ['noise', 'probability']],
    ['a range the wrong way round', { gamma: { range: [1.5, 0.7] } }, ['gamma', 'range']],
    ['a field that could fold', { elastic: { amplitude: [0, 10], spacing: 20 } }, ['elastic']],
    [
      'probabilities that do not add up',
      { views: { kind: 'mirror', probabilities: [0.5, 0.4] } },
      ['views', 'probabilities'],
    ],
    ['too few probabilities', { views: { kind: 'rotation-180', probabilities: [0.5, 0.5] } }, ['views']],
    ['slices of one voxel', { thickSlices: { voxels: [1, 4] } }, ['thickSlices', 'voxels', 0]],
    ['a number', 3, []],
  ])('refuses %s, and says where', (_, wrong, path) => {
    const parsed = augmentationOptionsSchema.safeParse(wrong);
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues[0].path).toEqual(path);
  });
});

describe('trainedViews', () => {
  const viewsOfSet = (options: unknown) =>
    trainedViews(augmentationOptionsSchema.parse(options)).map(({ view, probability }) => [view, probability]);

  it('lists the views that have a chance', () => {
    expect(viewsOfSet('none')).toEqual([['identity', 1]]);
    expect(viewsOfSet('mirror')).toEqual([
      ['identity', 0.5],
      ['flip-i', 0.5],
    ]);
    expect(viewsOfSet('standard')).toEqual(viewsOfSet('mirror'));
    // Not in any plane: (3/4)^3; then 1/4, 3/4 1/4 and (3/4)^2 1/4.
    expect(viewsOfSet('rotation-180')).toEqual([
      ['identity', 0.421875],
      ['flip-ij', 0.25],
      ['flip-ik', 0.1875],
      ['flip-jk', 0.140625],
    ]);
    expect(viewsOfSet({ views: { kind: 'flips' } })).toHaveLength(8);
    expect(viewsOfSet({ views: { kind: 'rotation-180', probabilities: [0.5, 0, 0.5, 0] } })).toEqual([
      ['identity', 0.5],
      ['flip-ik', 0.5],
    ]);
  });
});
