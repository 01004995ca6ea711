import { z } from 'zod';
import { DataError } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { ThresholdCounts } from './threshold-counts.ts';
import type { ThresholdCurve } from './threshold-curve.ts';

/** What the probabilities of one label in one case give at some thresholds. */
export interface CaseCounts {
  readonly subject: string;
  readonly label: number;
  readonly counts: ThresholdCounts;
}

/** The curve of one label in one case. */
export interface CaseCurve extends CaseCounts {
  readonly curve: ThresholdCurve;
}

/** More vertices than this are not told apart in a picture. */
const MAX_VERTICES = 512;

/** The curve with every n-th vertex and the last, so that no more than 513 remain. Its areas are those of all vertices. */
export function thinCurve(curve: ThresholdCurve): ThresholdCurve {
  const { vertices } = curve;
  const step = Math.ceil(vertices.length / MAX_VERTICES);
  return { ...curve, vertices: vertices.filter((_, index) => index % step === 0 || index === vertices.length - 1) };
}

/**
 * `curves.json`: for every case and label with a probability map, `threshold`, `precision`, `recall` (the true positive rate) and
 * `false_positive_rate` as lists of equal length, by falling threshold. Empty where there is no voxel of the reference. `counted` has `TP` and
 * `FP` at the thresholds of `COUNT_THRESHOLDS`, the same for every case.
 */
export function encodeCurves(curves: readonly CaseCurve[]): string {
  const items = curves.map(({ subject, label, curve, counts: { TP, FP } }) => {
    const { vertices, positives, negatives } = curve;
    return JSON.stringify({
      subject,
      label,
      positives,
      negatives,
      APR: curve.averagePrecision,
      AUC: curve.rocArea,
      threshold: vertices.map(({ threshold }) => threshold),
      precision: vertices.map((at) => at.TP / (at.TP + at.FP)),
      recall: vertices.map((at) => at.TP / positives),
      false_positive_rate: vertices.map((at) => (negatives === 0 ? null : at.FP / negatives)),
      counted: { TP, FP },
    });
  });
  return `[\n${items.join(',\n')}\n]\n`;
}

const countsSchema = z.array(
  z.object({
    subject: z.string(),
    label: z.number(),
    positives: z.number(),
    counted: z.object({ TP: z.array(z.number()), FP: z.array(z.number()) }).optional(),
  }),
);

/**
 * The counts in a curves.json that `encodeCurves` wrote; none of what an older version wrote.
 * @throws DataError naming the file
 */
export async function readCounts(files: FileAccess, path: string): Promise<CaseCounts[]> {
  const text = await files.readText(path);
  try {
    return countsSchema.parse(JSON.parse(text)).flatMap(({ subject, label, positives, counted }) => {
      return counted === undefined ? [] : [{ subject, label, counts: { positives, ...counted } }];
    });
  } catch (cause) {
    throw new DataError(
      `${path} is no curves.json of \`rarevox evaluate --probabilities\`: score the predictions again.`,
      {
        cause,
      },
    );
  }
}
