import type { Figures } from './figures.ts';
import { pearsonCorrelation } from './volume-agreement.ts';

/** One rater's part of the score, 0 … 1, or lower where the volumes correlate negatively. */
export interface RaterScore {
  readonly score: number | null;
  /** Scans that have a value of every figure; the others are left out of the score. */
  readonly n: number;
  readonly n_undefined: number;
  /** Means over the scans, and the correlation over them. */
  readonly Dice: number | null;
  readonly PPV: number | null;
  readonly LFPR: number | null;
  readonly LTPR: number | null;
  readonly Corr: number | null;
}

/**
 * The score of the ISBI 2015 challenge against one rater (Carass et al., NeuroImage 2017;148:77-102, doi 10.1016/j.neuroimage.2016.12.064):
 * DSC/8 + PPV/8 + (1 - LFPR)/4 + LTPR/4 + Corr/4, each the mean over the scans, and Corr the correlation of the volumes over them. Null
 * where Corr has no value: for fewer than two scans, or volumes that do not vary.
 *
 * @param scans the figures of the lesions in each scan
 */
export function isbiScore(scans: readonly Figures[]): RaterScore {
  const scored = scans.filter(({ Dice, PPV, LFPR, LTPR }) => [Dice, PPV, LFPR, LTPR].every((value) => value !== null));
  const n = scored.length;
  const meanOf = (name: 'Dice' | 'PPV' | 'LFPR' | 'LTPR'): number =>
    scored.reduce((sum, of) => sum + (of[name] ?? 0), 0) / n;
  const counts = { n, n_undefined: scans.length - n };
  if (n === 0) return { score: null, ...counts, Dice: null, PPV: null, LFPR: null, LTPR: null, Corr: null };
  const [Dice, PPV, LFPR, LTPR] = [meanOf('Dice'), meanOf('PPV'), meanOf('LFPR'), meanOf('LTPR')];
  const volumes = (name: 'volume_pred' | 'volume_ref'): number[] => scored.map((of) => of[name] ?? 0);
  const Corr = pearsonCorrelation(volumes('volume_pred'), volumes('volume_ref'));
  const score = Corr === null ? null : Dice / 8 + PPV / 8 + (1 - LFPR) / 4 + LTPR / 4 + Corr / 4;
  return { score, ...counts, Dice, PPV, LFPR, LTPR, Corr };
}

/**
 * The challenge's scale, on which a perfect segmentation has 100 and the second rater, scored against the first, has 90; linear in
 * between and beyond. The published scores and their parts (method.md section 9) lie on such a line through 100.
 *
 * @param score mean over the raters of `isbiScore`, and so `secondRater`
 * @returns null where the second rater is perfect: there is no scale then
 */
export function onIsbiScale(score: number, secondRater: number): number | null {
  return secondRater >= 1 ? null : 100 - (10 * (1 - score)) / (1 - secondRater);
}
