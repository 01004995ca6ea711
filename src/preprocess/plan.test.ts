import { describe, expect, it } from 'vitest';
import { preprocessPlanSchema } from './plan.ts';

describe('preprocessPlanSchema', () => {
  const plan = { version: 1, modalities: ['FLAIR', 'T1w'], spacing: [1, 1, 3], normalization: 'z-score' };

  it('accepts a plan with and without a spacing', () => {
    expect(preprocessPlanSchema.parse(plan)).toEqual(plan);
    expect(preprocessPlanSchema.parse({ ...plan, spacing: null }).spacing).toBeNull();
  });

  it.each([
    ['another version', { ...plan, version: 2 }],
    ['no modality', { ...plan, modalities: [] }],
    ['a spacing of 0', { ...plan, spacing: [1, 0, 1] }],
    ['an unknown normalization', { ...plan, normalization: 'minmax' }],
    ['a key it does not know', { ...plan, crop: true }],
  ])('refuses %s', (_, wrong) => {
    expect(preprocessPlanSchema.safeParse(wrong).success).toBe(false);
  });
});
