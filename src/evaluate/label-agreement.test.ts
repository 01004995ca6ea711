import { describe, expect, it } from 'vitest';
import { agreeOnLabels } from './label-agreement.ts';

describe('agreeOnLabels', () => {
  it('names ten labels at most, since a scan in a mask’s place has thousands', () => {
    const predicted = Array.from({ length: 3000 }, (_, index) => index + 2);
    expect(() => agreeOnLabels([{ predictionFile: 'scan.nii.gz', predicted, present: [1] }])).toThrow(
      'scan.nii.gz holds labels 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2990 more, and the references hold only label 1.',
    );
  });
});
