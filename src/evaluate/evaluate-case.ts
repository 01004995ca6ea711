import { DataError } from '../errors.ts';
import { describeGridDifference, spacingOf, voxelVolumeOf } from '../volume/affine.ts';
import type { Connectivity } from '../volume/connected-components.ts';
import { type Grid, type LabelVolume, type ScalarVolume, voxelCount } from '../volume/volume.ts';
import { animaLesions } from './anima-lesions.ts';
import { type CaseMeasures, type EmptyPolicy, type Figures, figuresOf } from './figures.ts';
import { labelValuesOf, maskOfLabel, unionOf } from './label-values.ts';
import { type MatchedLesion, type MatchedLesions, matchLesions } from './lesion-matching.ts';
import type { LesionVolume, LesionVolumes } from './lesion-sizes.ts';
import { maskPairOf } from './mask-pair.ts';
import { surfaceDistances } from './surface-distances.ts';
import { checkProbabilities, type ThresholdCurve, thresholdCurve } from './threshold-curve.ts';
import { countVoxels } from './voxel-counts.ts';

export interface EvaluationOptions {
  /** The labels to score, each against everything else. Default: those in the reference or the prediction, or else 1. */
  readonly labels?: readonly number[];
  /** When voxels form one lesion. Default: 18, faces and edges. */
  readonly connectivity?: Connectivity;
  /** What stands in place of a figure without a value, such as the Dice of two empty masks. Default: 'null'. */
  readonly empty?: EmptyPolicy;
  /** The probability map of each label, by its number as text, on the reference's grid: for APR and AUC. */
  readonly probabilities?: Readonly<Record<string, ScalarVolume>>;
}

/** The figures of one case by label. The labels are written as in JSON: `metrics['1'].Dice`. */
export type CaseMetrics = Readonly<Record<string, Figures>>;

/** What a case says beside its figures, by label. */
export interface CaseDetails {
  readonly lesions: LesionVolumes;
  /** Null where there is no probability map. */
  readonly curve: ThresholdCurve | null;
}

/**
 * Scores one prediction against its reference, label by label (figures.ts says what each figure means, and what it is
 * where a mask is empty). Labels beside the given ones count as background.
 *
 * @throws DataError where the two, or a probability map, are on different grids, or where probabilities leave 0 … 1
 */
export function evaluateCase(
  prediction: LabelVolume,
  reference: LabelVolume,
  options: EvaluationOptions = {},
): CaseMetrics {
  return evaluateInDetail(prediction, reference, options).metrics;
}

/** `evaluateCase`, and what it found on the way. */
export function evaluateInDetail(
  prediction: LabelVolume,
  reference: LabelVolume,
  options: EvaluationOptions = {},
): { metrics: CaseMetrics; details: Readonly<Record<string, CaseDetails>> } {
  checkSameGrid('The prediction', prediction, 'the reference', reference);
  for (const [label, volume] of Object.entries(options.probabilities ?? {})) {
    checkSameGrid(`The probability map of label ${label}`, volume, 'the reference', reference);
    checkProbabilities(volume.data, `The probability map of label ${label}`);
  }
  const { empty = 'null' } = options;
  const labels = options.labels ?? labelsFound(prediction, reference);
  const metrics: Record<string, Figures> = {};
  const details: Record<string, CaseDetails> = {};
  for (const label of labels) {
    const measures = measureCase(prediction, reference, label, options);
    metrics[String(label)] = figuresOf(measures, empty);
    const { lesions, curve, voxelVolume } = measures;
    const volumesOf = (found: readonly MatchedLesion[]): LesionVolume[] =>
      found.map(({ voxels, touched }) => ({ volume: voxels * voxelVolume, touched }));
    details[String(label)] = {
      lesions: {
        reference: volumesOf(lesions.referenceLesions),
        predicted: volumesOf(lesions.predictedLesions),
      },
      curve,
    };
  }
  return { metrics, details };
}

/** The figures of a label that neither the prediction nor the reference of a case on this grid holds. */
export function figuresOfAbsentLabel(grid: Grid, hasProbabilities: boolean, empty: EmptyPolicy): Figures {
  const none = { reference: 0, predicted: 0 };
  const measures: CaseMeasures = {
    counts: { TP: 0, FP: 0, FN: 0, TN: voxelCount(grid.shape) },
    lesions: { ...none, referenceTouched: 0, predictedTouching: 0 },
    anima: { ...none, referenceDetected: 0, predictedDetected: 0 },
    distances: null,
    curve: hasProbabilities ? { averagePrecision: null, rocArea: null } : null,
    diagonal: diagonalOf(grid),
    voxelVolume: voxelVolumeOf(grid.affine),
  };
  return figuresOf(measures, empty);
}

/** Measures one label of a prediction against its reference on the same grid. */
function measureCase(
  prediction: LabelVolume,
  reference: LabelVolume,
  label: number,
  { connectivity = 18, probabilities }: EvaluationOptions,
): CaseMeasures & { readonly lesions: MatchedLesions; readonly curve: ThresholdCurve | null } {
  const voxelVolume = voxelVolumeOf(reference.affine);
  const masks = maskPairOf(prediction, reference, label);
  const inBox = countVoxels(masks.prediction, masks.reference);
  const probability = probabilities?.[String(label)];
  return {
    counts: { ...inBox, TN: inBox.TN + voxelCount(reference.shape) - masks.reference.length },
    lesions: matchLesions(masks.prediction, masks.reference, masks.shape, connectivity),
    anima: animaLesions(masks.prediction, masks.reference, masks.shape, voxelVolume),
    distances: surfaceDistances(masks.prediction, masks.reference, masks.shape, spacingOf(reference.affine)),
    curve: probability === undefined ? null : thresholdCurve(probability.data, maskOfLabel(reference, label)),
    diagonal: diagonalOf(reference),
    voxelVolume,
  };
}

function diagonalOf({ shape, affine }: Grid): number {
  return Math.hypot(...spacingOf(affine).map((size, axis) => size * ((shape[axis] as number) - 1)));
}

/** @throws DataError naming both files and both geometries where the grids differ by more than float noise */
export function checkSameGrid(predictionName: string, prediction: Grid, referenceName: string, reference: Grid): void {
  const difference = describeGridDifference(prediction, reference);
  if (difference === null) return;
  throw new DataError(
    `${predictionName} and ${referenceName} are not on the same grid: ${difference}; ` +
      `${describeGrid(prediction)} against ${describeGrid(reference)}. ` +
      "Put the prediction on the reference's grid first, or let it be resampled (--resample).",
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
