import { describe, expect, it } from 'vitest';
import { NORMALIZATIONS, normalizationOf, preprocessPlanSchema } from './plan.ts';

describe('preprocessPlanSchema', () => {
  const plan = { version: 1, modalities: ['FLAIR', 'T1w'], spacing: [1, 1, 3], normalization: 'z-score' };

  it('accepts a plan with and without a spacing', () => {
    expect(preprocessPlanSchema.parse(plan)).toEqual(plan);
    expect(preprocessPlanSchema.parse({ ...plan, spacing: null }).spacing).toBeNull();
  });

  it('accepts each normalization, for all modalities or for each of them', () => {
    for (const normalization of NORMALIZATIONS) {
      expect(preprocessPlanSchema.parse({ ...plan, normalization }).normalization).toBe(normalization);
    }
    const mixed = preprocessPlanSchema.parse({ ...plan, normalization: { T1w: 'mean', FLAIR: 'percentile' } });
    expect(normalizationOf(mixed, 'FLAIR')).toBe('percentile');
    expect(normalizationOf(mixed, 'T1w')).toBe('mean');
    expect(normalizationOf(preprocessPlanSchema.parse(plan), 'T1w')).toBe('z-score');
  });

  it.each([
    ['a normalization for one modality of two', { ...plan, normalization: { FLAIR: 'mean' } }],
    [
      'a normalization for a modality that it lacks',
      { ...plan, normalization: { FLAIR: 'mean', T1w: 'mean', T2w: 'mean' } },
    ],
    ['another version', { ...plan, version: 2 }],
    ['no modality', { ...plan, modalities: [] }],
    ['a spacing of 0', { ...plan, spacing: [1, 0, 1] }],
    ['an unknown normalization', { ...plan, normalization: 'minmax' }],
    ['a key it does not know', { ...plan, crop: true }],
  ])('refuses %s', (_, wrong) => {
    expect(preprocessPlanSchema.safeParse(wrong).success).toBe(false);
  });
});
