import type { AnimaLesions } from './anima-lesions.ts';
import type { LesionCounts } from './lesion-matching.ts';
import type { SurfaceDistances } from './surface-distances.ts';
import type { ThresholdCurve } from './threshold-curve.ts';
import type { VoxelCounts } from './voxel-counts.ts';

/** What is known about a figure besides its value. */
export interface FigureDefinition {
  readonly name: string;
  /** Which way is good; null for a plain count. */
  readonly better: 'higher' | 'lower' | null;
  /** One line for people: the formula, and the unit where there is one. */
  readonly definition: string;
}

/**
 * Every figure of one label in one case, in the order in which tables show them. Formulas: method.md section 8 (Dice 1945,
 * Jaccard 1912, van Rijsbergen's F2; LTPR and LFPR as in the ISBI 2015 challenge, Carass et al. 2017,
 * doi 10.1016/j.neuroimage.2016.12.064); those of the other figures stand where they are computed.
 */
export const FIGURES = [
  { name: 'Dice', better: 'higher', definition: '2 TP / (2 TP + FP + FN)' },
  { name: 'IoU', better: 'higher', definition: 'TP / (TP + FP + FN), the Jaccard index' },
  { name: 'TP', better: null, definition: 'voxels in both prediction and reference' },
  { name: 'FP', better: null, definition: 'voxels in the prediction only' },
  { name: 'FN', better: null, definition: 'voxels in the reference only' },
  { name: 'TN', better: null, definition: 'voxels in neither' },
  { name: 'n_pred', better: null, definition: 'voxels of the prediction, TP + FP' },
  { name: 'n_ref', better: null, definition: 'voxels of the reference, TP + FN' },
  { name: 'PPV', better: 'higher', definition: 'precision, TP / (TP + FP)' },
  { name: 'Sensitivity', better: 'higher', definition: 'recall, TP / (TP + FN)' },
  { name: 'Specificity', better: 'higher', definition: 'TN / (TN + FP)' },
  { name: 'F2', better: 'higher', definition: '5 TP / (5 TP + 4 FN + FP)' },
  {
    name: 'APR',
    better: 'higher',
    definition: 'area under the precision-recall curve of the probabilities, over all voxels',
  },
  { name: 'LTPR', better: 'higher', definition: 'share of reference lesions that the prediction touches' },
  { name: 'LFPR', better: 'lower', definition: 'share of predicted lesions that touch no reference voxel' },
  { name: 'LesionPPV', better: 'higher', definition: 'share of predicted lesions that touch the reference, 1 - LFPR' },
  { name: 'LesionF1', better: 'higher', definition: 'harmonic mean of LTPR and LesionPPV' },
  { name: 'VD', better: 'lower', definition: 'volume difference, |n_pred - n_ref| / n_ref' },
  { name: 'ASSD', better: 'lower', definition: 'average symmetric surface distance, mm' },
  { name: 'HD', better: 'lower', definition: 'Hausdorff distance: the largest surface distance, mm' },
  { name: 'HD95', better: 'lower', definition: 'larger of the directed 95th percentiles of the surface distances, mm' },
  {
    name: 'SensL',
    better: 'higher',
    definition: "share of reference lesions above 3 mm3 that are detected by Anima's rules",
  },
  {
    name: 'PPVL',
    better: 'higher',
    definition: "share of predicted lesions above 3 mm3 that are true by Anima's rules",
  },
  { name: 'F1_score', better: 'higher', definition: 'harmonic mean of SensL and PPVL' },
  { name: 'AUC', better: 'higher', definition: 'area under the ROC curve of the probabilities, over all voxels' },
  { name: 'lesions_pred', better: null, definition: 'lesions (connected components) of the prediction' },
  { name: 'lesions_ref', better: null, definition: 'lesions (connected components) of the reference' },
  { name: 'lesions_pred_anima', better: null, definition: 'predicted lesions that PPVL counts: by faces, above 3 mm3' },
  { name: 'lesions_ref_anima', better: null, definition: 'reference lesions that SensL counts: by faces, above 3 mm3' },
  { name: 'volume_pred', better: null, definition: 'volume of the prediction, mm3' },
  { name: 'volume_ref', better: null, definition: 'volume of the reference, mm3' },
] as const satisfies readonly FigureDefinition[];

export type FigureName = (typeof FIGURES)[number]['name'];

export const FIGURE_NAMES: readonly FigureName[] = FIGURES.map((figure) => figure.name);

/**
 * The figures of one label in one case; null where a figure has no value. Ratios are in 0 … 1, VD in 0 … infinity, distances in mm.
 * APR and AUC are null too where there is no probability map, under every empty policy.
 */
export type Figures = Readonly<Record<FigureName, number | null>>;

/** What was measured of one label in one case. */
export interface CaseMeasures {
  readonly counts: VoxelCounts;
  readonly lesions: LesionCounts;
  readonly anima: AnimaLesions;
  /** Null where a mask is empty. */
  readonly distances: SurfaceDistances | null;
  /** Null where there is no probability map. */
  readonly curve: Pick<ThresholdCurve, 'averagePrecision' | 'rocArea'> | null;
  /** The volume's diagonal in mm, from the center of its first voxel to that of its last: no distance can be larger. */
  readonly diagonal: number;
  /** mm3 */
  readonly voxelVolume: number;
}

/**
 * What stands in place of a figure without a value: nothing (`null`, left out of means and counted beside them), the
 * best value (`one`: 1, or 0 where low is good, as Metrics Reloaded scores two empty masks) or the worst (`zero`: 0, or
 * where low is good 1, and for distances the volume's diagonal).
 */
export type EmptyPolicy = 'null' | 'one' | 'zero';

export const EMPTY_POLICIES: readonly EmptyPolicy[] = ['null', 'one', 'zero'];

/**
 * Which figures have no value, by what is empty:
 *
 * - both empty: all but the counts, the volumes and Specificity, since there is nothing to find and nothing was found;
 * - reference empty, prediction not (a false alarm): Sensitivity, LTPR, SensL, APR and AUC (nothing to find) and VD (division by 0).
 *   Dice, IoU, F2, PPV, LesionPPV, LesionF1, PPVL and F1_score are 0 and LFPR is 1, by their formulas. The distance to nothing is
 *   infinite; the volume's diagonal stands for it;
 * - prediction empty, reference not (a missed case): none. PPV, LesionPPV, PPVL and LFPR would be 0/0, and distances infinite; left
 *   out, a mean would get better with every case that is missed, so a missed case has the worst value in each: 0, 0, 0 and 1, and the
 *   volume's diagonal, as in BraTS;
 * - no lesion of the reference is above Anima's minimal volume: SensL, and if none of the prediction is either, PPVL and F1_score;
 * - the reference fills the whole volume: Specificity and AUC.
 *
 * @param figures before or after a policy was applied
 */
export function undefinedFigures(figures: Figures): readonly FigureName[] {
  const names: FigureName[] = [];
  const noReference = figures.n_ref === 0;
  if (figures.TN === 0 && figures.FP === 0) names.push('Specificity', 'AUC');
  if (figures.lesions_ref_anima === 0) names.push('SensL');
  if (figures.lesions_ref_anima === 0 && figures.lesions_pred_anima === 0) names.push('PPVL', 'F1_score');
  if (!noReference) return names;
  names.push('Sensitivity', 'LTPR', 'VD', 'APR', 'AUC');
  if (figures.n_pred === 0) {
    names.push('Dice', 'IoU', 'PPV', 'F2', 'LFPR', 'LesionPPV', 'LesionF1', 'ASSD', 'HD', 'HD95');
  }
  return names;
}

/**
 * All figures from what was measured of one label in one case, with `empty` applied where `undefinedFigures` says that there is
 * no value. The VD of a false alarm stays null under every policy: it is infinite, and neither best nor a finite worst.
 */
export function figuresOf(measures: CaseMeasures, empty: EmptyPolicy): Figures {
  const { counts, lesions, anima, distances, curve, diagonal, voxelVolume } = measures;
  const { TP, FP, FN, TN } = counts;
  const predicted = TP + FP;
  const present = TP + FN;
  // Where a denominator is 0 the figure is either replaced below or that of a missed case, whose numerators are 0 too.
  const lesionPpv = ratio(lesions.predictedTouching, lesions.predicted);
  const ltpr = ratio(lesions.referenceTouched, lesions.reference);
  const ppvl = ratio(anima.predictedDetected, anima.predicted);
  const sensL = ratio(anima.referenceDetected, anima.reference);
  const figures: Record<FigureName, number | null> = {
    Dice: ratio(2 * TP, 2 * TP + FP + FN),
    IoU: ratio(TP, TP + FP + FN),
    TP,
    FP,
    FN,
    TN,
    n_pred: predicted,
    n_ref: present,
    PPV: ratio(TP, predicted),
    Sensitivity: ratio(TP, present),
    Specificity: ratio(TN, TN + FP),
    F2: ratio(5 * TP, 5 * TP + 4 * FN + FP),
    APR: curve?.averagePrecision ?? null,
    LTPR: ltpr,
    LFPR: 1 - lesionPpv,
    LesionPPV: lesionPpv,
    LesionF1: ratio(2 * ltpr * lesionPpv, ltpr + lesionPpv),
    VD: ratio(Math.abs(predicted - present), present),
    ASSD: distances?.assd ?? diagonal,
    HD: distances?.hd ?? diagonal,
    HD95: distances?.hd95 ?? diagonal,
    SensL: sensL,
    PPVL: ppvl,
    F1_score: ratio(2 * sensL * ppvl, sensL + ppvl),
    AUC: curve?.rocArea ?? null,
    lesions_pred: lesions.predicted,
    lesions_ref: lesions.reference,
    lesions_pred_anima: anima.predicted,
    lesions_ref_anima: anima.reference,
    volume_pred: predicted * voxelVolume,
    volume_ref: present * voxelVolume,
  };
  for (const name of undefinedFigures(figures)) figures[name] = emptyValue(name, empty, measures);
  return figures;
}

/** Dice of one label in one case; null where both masks are empty. */
export function diceOf({ TP, FP, FN }: Pick<VoxelCounts, 'TP' | 'FP' | 'FN'>): number | null {
  return TP + FP + FN === 0 ? null : ratio(2 * TP, 2 * TP + FP + FN);
}

function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}

function emptyValue(name: FigureName, empty: EmptyPolicy, { counts, curve, diagonal }: CaseMeasures): number | null {
  if (empty === 'null' || (name === 'VD' && counts.FP > 0)) return null;
  if ((name === 'APR' || name === 'AUC') && curve === null) return null;
  if (name === 'ASSD' || name === 'HD' || name === 'HD95') return empty === 'one' ? 0 : diagonal;
  const lowIsGood = name === 'VD' || name === 'LFPR';
  return (empty === 'one') === lowIsGood ? 0 : 1;
}
