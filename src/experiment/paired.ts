import { bootstrapMean } from '../evaluate/bootstrap.ts';
import type { FigureName } from '../evaluate/figures.ts';
import { holmCorrection } from '../evaluate/holm-correction.ts';
import { signedRankTest } from '../evaluate/signed-rank-test.ts';
import type { EvaluatedCase } from '../evaluate/summary.ts';
import { meanOf } from '../mean.ts';
import { Random } from '../random.ts';
import type { Claim } from './config.ts';
import { type ArmOutcome, casesOf, type Outcome, sharedCells } from './outcome.ts';

/** Two arms on one figure, over the subjects, folds and seeds that both have. */
export interface PairedDifference {
  readonly first: string;
  readonly second: string;
  readonly figure: FigureName;
  /** Subjects in which both have a value. */
  readonly n: number;
  /** First less second; null without a subject. */
  readonly difference: number | null;
  /** The bootstrap interval of it over patients, 95 %; null for fewer than two patients. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** Wilcoxon's signed-rank test, paired by patient, two-sided; null where no pair differs. */
  readonly p: number | null;
}

export interface PlannedComparison extends PairedDifference {
  /** Corrected by Holm over all comparisons that the experiment plans. */
  readonly holm: number | null;
}

/** `confirmed`: the interval lies on the expected side of 0; `not confirmed`: on the other one; else `undecided`. */
export type Verdict = 'confirmed' | 'not confirmed' | 'undecided';

export interface JudgedClaim {
  readonly claim: Claim;
  readonly verdict: Verdict;
  readonly differences: readonly PairedDifference[];
}

/** The comparisons that the experiment plans. */
export function plannedComparisons(outcome: Outcome): PlannedComparison[] {
  const pairs = outcome.plan.experiment.comparisons.map((planned) => pairedDifference(outcome, planned));
  const corrected = holmCorrection(pairs.map(({ p }) => p));
  return pairs.map((pair, index) => ({ ...pair, holm: corrected[index] as number | null }));
}

/**
 * Judges each claim by the intervals of its paired differences. It speaks of several other arms only as a whole: all must bear it
 * out for `confirmed`, and one that contradicts it is enough for `not confirmed`.
 */
export function judgedClaims(outcome: Outcome): JudgedClaim[] {
  return outcome.plan.experiment.claims.map((claim) => {
    const differences = claim.than.map((second) =>
      pairedDifference(outcome, { first: claim.arm, second, figure: claim.figure }),
    );
    const verdicts = differences.map((difference) => verdictOf(difference, claim.expected));
    const isContradicted = verdicts.includes('not confirmed');
    const isOpen = verdicts.includes('undecided');
    return { claim, verdict: isContradicted ? 'not confirmed' : isOpen ? 'undecided' : 'confirmed', differences };
  });
}

/** What an interval says of an expectation. One that touches 0 decides nothing. */
export function verdictOf(
  { lower, upper }: Pick<PairedDifference, 'lower' | 'upper'>,
  expected: Claim['expected'],
): Verdict {
  if (lower === null || upper === null) return 'undecided';
  if (lower > 0) return expected === 'higher' ? 'confirmed' : 'not confirmed';
  if (upper < 0) return expected === 'lower' ? 'confirmed' : 'not confirmed';
  return 'undecided';
}

/** Of several classes, a subject's value is the mean over them. */
function pairedDifference(
  { arms, patients }: Outcome,
  { first, second, figure }: Pick<PairedDifference, 'first' | 'second' | 'figure'>,
): PairedDifference {
  const pair = [first, second].map((name) => arms.find((arm) => arm.name === name)).filter((arm) => arm !== undefined);
  const shared = sharedCells(pair as readonly ArmOutcome[]);
  const [a, b] = [first, second].map(
    (name) => new Map(casesOf(shared.get(name) ?? []).map((item) => [item.subject, figureOf(item, figure)])),
  ) as [Map<string, number | null>, Map<string, number | null>];
  const subjects = [...a.keys()].filter(
    (subject) => (a.get(subject) ?? null) !== null && (b.get(subject) ?? null) !== null,
  );
  const valuesOf = (values: ReadonlyMap<string, number | null>): number[] =>
    subjects.map((subject) => values.get(subject) as number);
  const [left, right] = [valuesOf(a), valuesOf(b)];
  const groups = subjects.map((subject) => patients[subject] ?? subject);
  const { mean, lower, upper } = bootstrapMean(
    left.map((value, index) => value - (right[index] as number)),
    { groups, random: new Random(0, 'paired', figure, first, second) },
  );
  return {
    first,
    second,
    figure,
    n: subjects.length,
    difference: mean,
    lower,
    upper,
    p: signedRankTest(left, right, groups).p,
  };
}

function figureOf({ metrics }: EvaluatedCase, figure: FigureName): number | null {
  return meanOf(Object.values(metrics).map((figures) => figures[figure]));
}
