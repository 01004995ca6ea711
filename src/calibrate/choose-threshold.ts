import { UsageError } from '../errors.ts';
import type { OperatingRule } from '../model/operating-point.ts';
import { missRateThreshold } from './miss-rate.ts';
import type { SubjectProbabilities } from './subject-probabilities.ts';
import { fBetaThreshold, precisionThreshold, recallThreshold } from './target.ts';

/**
 * The threshold that a rule asks for, exact over all thresholds. It is always one of the subjects' probabilities, or 1.
 *
 * @throws DataError where no threshold does what the rule asks for, or there are too few subjects; UsageError without subjects
 */
export function chooseThreshold(subjects: readonly SubjectProbabilities[], rule: OperatingRule): number {
  if (subjects.length === 0) throw new UsageError('A threshold is chosen from one subject at least.');
  switch (rule.kind) {
    case 'miss-rate':
      return missRateThreshold(subjects, rule.alpha);
    case 'recall':
      return recallThreshold(subjects, rule.target);
    case 'precision':
      return precisionThreshold(subjects, rule.target);
    case 'f-beta':
      return fBetaThreshold(subjects, rule.beta);
  }
}
