import type { LesionCounts } from './lesion-matching.ts';
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
 * doi 10.1016/j.neuroimage.2016.12.064).
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
  { name: 'LTPR', better: 'higher', definition: 'share of reference lesions that the prediction touches' },
  { name: 'LFPR', better: 'lower', definition: 'share of predicted lesions that touch no reference voxel' },
  { name: 'LesionPPV', better: 'higher', definition: 'share of predicted lesions that touch the reference, 1 - LFPR' },
  { name: 'LesionF1', better: 'higher', definition: 'harmonic mean of LTPR and LesionPPV' },
  { name: 'VD', better: 'lower', definition: 'volume difference, |n_pred - n_ref| / n_ref' },
  { name: 'lesions_pred', better: null, definition: 'lesions (connected components) of the prediction' },
  { name: 'lesions_ref', better: null, definition: 'lesions (connected components) of the reference' },
] as const satisfies readonly FigureDefinition[];

export type FigureName = (typeof FIGURES)[number]['name'];

export const FIGURE_NAMES: readonly FigureName[] = FIGURES.map((figure) => figure.name);

/** The figures of one label in one case; null where a figure has no value. Ratios are in 0 … 1, VD in 0 … infinity. */
export type Figures = Readonly<Record<FigureName, number | null>>;

/**
 * What stands in place of a figure without a value: nothing (`null`, left out of means and counted beside them), the
 * best value (`one`: 1, or 0 where low is good, as Metrics Reloaded scores two empty masks) or the worst (`zero`: 0, or
 * 1 where low is good).
 */
export type EmptyPolicy = 'null' | 'one' | 'zero';

export const EMPTY_POLICIES: readonly EmptyPolicy[] = ['null', 'one', 'zero'];

/**
 * Which figures have no value, by what is empty:
 *
 * - both empty: all but the counts and Specificity, since there is nothing to find and nothing was found;
 * - reference empty, prediction not (a false alarm): Sensitivity and LTPR (nothing to find) and VD (division by 0).
 *   Dice, IoU, F2, PPV, LesionPPV and LesionF1 are 0 and LFPR is 1, by their formulas;
 * - prediction empty, reference not (a missed case): none. PPV, LesionPPV and LFPR would be 0/0; left out, a mean would
 *   get better with every case that is missed, so a missed case has the worst value in each: 0, 0 and 1;
 * - the reference fills the whole volume: Specificity.
 */
export function undefinedFigures(counts: VoxelCounts): readonly FigureName[] {
  const undefinedNames: FigureName[] = [];
  if (counts.TN + counts.FP === 0) undefinedNames.push('Specificity');
  if (counts.TP + counts.FN > 0) return undefinedNames;
  undefinedNames.push('Sensitivity', 'LTPR', 'VD');
  if (counts.FP === 0) undefinedNames.push('Dice', 'IoU', 'PPV', 'F2', 'LFPR', 'LesionPPV', 'LesionF1');
  return undefinedNames;
}

/**
 * All figures from the counts of one label in one case, with `empty` applied where `undefinedFigures` says that there is
 * no value. The VD of a false alarm stays null under every policy: it is infinite, and neither best nor a finite worst.
 */
export function figuresOf(counts: VoxelCounts, lesions: LesionCounts, empty: EmptyPolicy): Figures {
  const { TP, FP, FN, TN } = counts;
  const predicted = TP + FP;
  const present = TP + FN;
  // Where a denominator is 0 the figure is either replaced below or that of a missed case, whose numerators are 0 too.
  const lesionPpv = ratio(lesions.predictedTouching, lesions.predicted);
  const ltpr = ratio(lesions.referenceTouched, lesions.reference);
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
    LTPR: ltpr,
    LFPR: 1 - lesionPpv,
    LesionPPV: lesionPpv,
    LesionF1: ratio(2 * ltpr * lesionPpv, ltpr + lesionPpv),
    VD: ratio(Math.abs(predicted - present), present),
    lesions_pred: lesions.predicted,
    lesions_ref: lesions.reference,
  };
  for (const name of undefinedFigures(counts)) figures[name] = emptyValue(name, empty, predicted);
  return figures;
}

/** Dice of one label in one case; null where both masks are empty. */
export function diceOf({ TP, FP, FN }: Pick<VoxelCounts, 'TP' | 'FP' | 'FN'>): number | null {
  return TP + FP + FN === 0 ? null : ratio(2 * TP, 2 * TP + FP + FN);
}

function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}

function emptyValue(name: FigureName, empty: EmptyPolicy, predicted: number): number | null {
  if (empty === 'null' || (name === 'VD' && predicted > 0)) return null;
  const lowIsGood = name === 'VD' || name === 'LFPR';
  return (empty === 'one') === lowIsGood ? 0 : 1;
}
