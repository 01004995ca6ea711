import { DataError } from '../errors.ts';
import { describeGridDifference, spacingOf } from '../volume/affine.ts';
import type { Connectivity } from '../volume/connected-components.ts';
import type { Grid, LabelVolume } from '../volume/volume.ts';
import { type EmptyPolicy, type Figures, figuresOf } from './figures.ts';
import { labelValuesOf, maskOfLabel, unionOf } from './label-values.ts';
import { matchLesions } from './lesion-matching.ts';
import { countVoxels } from './voxel-counts.ts';

export interface EvaluationOptions {
  /** The labels to score, each against everything else. Default: those in the reference or the prediction, or else 1. */
  readonly labels?: readonly number[];
  /** When voxels form one lesion. Default: 18, faces and edges. */
  readonly connectivity?: Connectivity;
  /** What stands in place of a figure without a value, such as the Dice of two empty masks. Default: 'null'. */
  readonly empty?: EmptyPolicy;
}

/** The figures of one case by label. The labels are written as in JSON: `metrics['1'].Dice`. */
export type CaseMetrics = Readonly<Record<string, Figures>>;

/**
 * Scores one prediction against its reference, label by label (figures.ts says what each figure means, and what it is
 * where a mask is empty). Labels beside the given ones count as background.
 *
 * @throws DataError where the two are on different grids
 */
export function evaluateCase(
  prediction: LabelVolume,
  reference: LabelVolume,
  options: EvaluationOptions = {},
): CaseMetrics {
  checkSameGrid('The prediction', prediction, 'the reference', reference);
  const { connectivity = 18, empty = 'null' } = options;
  const labels = options.labels ?? labelsFound(prediction, reference);
  const metrics: Record<string, Figures> = {};
  for (const label of labels) {
    const predicted = maskOfLabel(prediction, label);
    const present = maskOfLabel(reference, label);
    const lesions = matchLesions(predicted, present, reference.shape, connectivity);
    metrics[String(label)] = figuresOf(countVoxels(predicted, present), lesions, empty);
  }
  return metrics;
}

/** The figures of a label that neither the prediction nor the reference of a case with so many voxels holds. */
export function figuresOfAbsentLabel(voxels: number, empty: EmptyPolicy): Figures {
  const lesions = { reference: 0, referenceTouched: 0, predicted: 0, predictedTouching: 0 };
  return figuresOf({ TP: 0, FP: 0, FN: 0, TN: voxels }, lesions, empty);
}

/** @throws DataError naming both files and both geometries where the grids differ by more than float noise */
export function checkSameGrid(predictionName: string, prediction: Grid, referenceName: string, reference: Grid): void {
  const difference = describeGridDifference(prediction, reference);
  if (difference === null) return;
  throw new DataError(
    `${predictionName} and ${referenceName} are not on the same grid: ${difference}; ` +
      `${describeGrid(prediction)} against ${describeGrid(reference)}. ` +
      "Put the prediction on the reference's grid first.",
  );
}

function describeGrid({ shape, affine }: Grid): string {
  const spacing = spacingOf(affine).map((size) => Number(size.toFixed(3)));
  const origin = [affine[3], affine[7], affine[11]].map((at) => Number((at as number).toFixed(2)));
  return `${shape.join('x')} voxels of ${spacing.join('x')} mm from (${origin.join(', ')}) mm`;
}

function labelsFound(prediction: LabelVolume, reference: LabelVolume): number[] {
  const found = unionOf([labelValuesOf(prediction), labelValuesOf(reference)]);
  return found.length === 0 ? [1] : found;
}
