import { DataError } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import {
  type EvaluationListener,
  evaluateFiles,
  evaluateFolders,
  type FolderEvaluationOptions,
} from './evaluate-folders.ts';
import { isbiScore, onIsbiScale, type RaterScore } from './isbi-score.ts';
import type { LabelMapFile } from './label-map-files.ts';
import { matchSubjects } from './match-subjects.ts';
import type { EvaluatedCase, Summary } from './summary.ts';

/** The ISBI 2015 score against several raters. */
export type IsbiSummary = NonNullable<Summary['isbi']>;

/**
 * Scores predictions against every rater as in ISBI 2015, and the second of two raters against the first, for the scale.
 *
 * @param raters the label maps of each rater, in the order of their names
 * @param options of which `labels` must name one label, where the references hold several
 * @throws DataError as `evaluateFolders`, and where there is more than one label
 */
export async function scoreAgainstRaters(
  files: FileAccess,
  predictions: string,
  raters: ReadonlyMap<string, readonly LabelMapFile[]>,
  options: FolderEvaluationOptions = {},
  onEvent?: EvaluationListener,
): Promise<IsbiSummary> {
  const scores: Record<string, RaterScore> = {};
  for (const [rater, references] of raters) {
    scores[rater] = scoreOf((await evaluateFolders(files, predictions, references, options, onEvent)).cases);
  }
  const each = Object.values(scores).map(({ score }) => score);
  const defined = each.filter((score) => score !== null);
  const mean = defined.length === each.length && each.length > 0 ? sumOf(defined) / each.length : null;
  const second = raters.size === 2 ? await scoreSecondRater(files, raters, options) : null;
  const scaled = mean === null || second?.score == null ? null : onIsbiScale(mean, second.score);
  return { raters: scores, score: mean, second_rater: second, scaled_score: scaled };
}

async function scoreSecondRater(
  files: FileAccess,
  raters: ReadonlyMap<string, readonly LabelMapFile[]>,
  options: FolderEvaluationOptions,
): Promise<RaterScore> {
  const [first, second] = [...raters.values()] as [readonly LabelMapFile[], readonly LabelMapFile[]];
  const { pairs } = matchSubjects(second, first);
  return scoreOf((await evaluateFiles(files, pairs, options)).cases);
}

function scoreOf(cases: readonly EvaluatedCase[]): RaterScore {
  const figures = cases.map(({ subject, metrics }) => {
    const labels = Object.keys(metrics);
    if (labels.length !== 1) {
      throw new DataError(
        `${subject} has the labels ${labels.join(', ')}, and the ISBI score is that of one: name it (--labels).`,
      );
    }
    return metrics[labels[0]];
  });
  return isbiScore(figures);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
