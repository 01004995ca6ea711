import { describe, expect, it } from 'vitest';
import { parsePlan } from './plan-file.ts';

const plan = { version: 1, modalities: ['FLAIR', 'T1w'], spacing: [1, 1, 3], normalization: 'z-score' };
const read = (changed: object): unknown => parsePlan(JSON.stringify({ ...plan, ...changed }), 'PLAN/plan.json');

describe('parsePlan', () => {
  it('reads a plan that was edited', () => {
    expect(read({})).toEqual(plan);
    expect(read({ spacing: null, normalization: { FLAIR: 'percentile', T1w: 'mean' } })).toEqual({
      ...plan,
      spacing: null,
      normalization: { FLAIR: 'percentile', T1w: 'mean' },
    });
  });

  it('says where the text is no JSON', () => {
    expect(() => parsePlan('{"version": 1,}', 'PLAN/plan.json')).toThrow(
      /^PLAN\/plan.json is not JSON: .*rarevox plan/,
    );
  });

  it('names all wrong entries, each with what it takes', () => {
    const message = (changed: object): string => {
      try {
        read(changed);
        return 'no error';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(message({ spacing: [1, -1, 1], normalization: 'minmax', version: 2 })).toBe(
      'PLAN/plan.json is not a valid plan:\n' +
        'version: this software knows version 1.\n' +
        'spacing.1: a spacing is a number of mm above 0.\n' +
        'normalization: give one of z-score, mean, percentile, mode, or an object with one of them for each modality.',
    );
    expect(message({ spacing: '1,1,1' })).toContain('spacing: give the mm along x, y, z, or null for the own spacing');
    expect(message({ spacing: [1, 1] })).toContain('spacing: give the mm along x, y, z, or null for the own spacing');
    expect(message({ normalisation: 'mean' })).toContain(
      'normalisation: there is no such option; did you mean normalization?',
    );
    expect(message({ normalization: { FLAIR: 'mean', T2w: 'mean' } })).toBe(
      'PLAN/plan.json is not a valid plan:\n' +
        'normalization: it lacks the modality T1w.\n' +
        'normalization: it names T2w, which is none of the modalities FLAIR, T1w.',
    );
    expect(message({ modalities: [] })).toContain('modalities: ');
  });
});
