import { z } from 'zod';
import { DataError } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { ThresholdCurve } from './threshold-curve.ts';

/** The curve of one label in one case. */
export interface CaseCurve {
  readonly subject: string;
  readonly label: number;
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
 * `false_positive_rate` as lists of equal length, by falling threshold. Empty where there is no voxel of the reference.
 */
export function encodeCurves(curves: readonly CaseCurve[]): string {
  const items = curves.map(({ subject, label, curve }) => {
    const { vertices, positives, negatives } = curve;
    return JSON.stringify({
      subject,
      label,
      positives,
      negatives,
      APR: curve.averagePrecision,
      AUC: curve.rocArea,
      threshold: vertices.map(({ threshold }) => threshold),
      precision: vertices.map(({ TP, FP }) => TP / (TP + FP)),
      recall: vertices.map(({ TP }) => TP / positives),
      false_positive_rate: vertices.map(({ FP }) => (negatives === 0 ? null : FP / negatives)),
    });
  });
  return `[\n${items.join(',\n')}\n]\n`;
}

const curvesSchema = z.array(
  z.object({
    subject: z.string(),
    label: z.number(),
    positives: z.number(),
    negatives: z.number(),
    APR: z.number().nullable(),
    AUC: z.number().nullable(),
    threshold: z.array(z.number()),
    recall: z.array(z.number()),
    false_positive_rate: z.array(z.number().nullable()),
  }),
);

/**
 * The curves of a curves.json that `encodeCurves` wrote, with the counts that its rates came from.
 * @throws DataError naming the file
 */
export async function readCurves(files: FileAccess, path: string): Promise<CaseCurve[]> {
  const text = await files.readText(path);
  try {
    return curvesSchema.parse(JSON.parse(text)).map((item) => ({
      subject: item.subject,
      label: item.label,
      curve: {
        positives: item.positives,
        negatives: item.negatives,
        averagePrecision: item.APR,
        rocArea: item.AUC,
        vertices: item.threshold.map((threshold, index) => ({
          threshold,
          TP: Math.round((item.recall[index] ?? 0) * item.positives),
          FP: Math.round((item.false_positive_rate[index] ?? 0) * item.negatives),
        })),
      },
    }));
  } catch (cause) {
    throw new DataError(
      `${path} is no curves.json of \`rarevox evaluate --probabilities\`: score the predictions again.`,
      {
        cause,
      },
    );
  }
}
