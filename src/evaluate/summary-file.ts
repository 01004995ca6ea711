import { z } from 'zod';
import { DataError } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { FIGURE_NAMES, type Figures } from './figures.ts';
import type { EvaluatedCase } from './summary.ts';

const figuresSchema = z.record(z.string(), z.number().nullable());

/** What is needed of summary.json. Figures that this version does not know are passed over. */
const summarySchema = z.object({
  metric_per_case: z.array(
    z.object({
      subject: z.string(),
      prediction_file: z.string(),
      reference_file: z.string(),
      metrics: z.record(z.string().regex(/^\d+$/), figuresSchema),
    }),
  ),
});

/**
 * The scored cases of a summary.json that `encodeSummary` wrote. A figure that it lacks, since an older version wrote it, is
 * null, that is not defined.
 *
 * @throws DataError naming the file
 */
export async function readEvaluatedCases(files: FileAccess, path: string): Promise<EvaluatedCase[]> {
  const text = await files.readText(path);
  try {
    return summarySchema.parse(JSON.parse(text)).metric_per_case.map((item) => ({
      subject: item.subject,
      predictionFile: item.prediction_file,
      referenceFile: item.reference_file,
      metrics: Object.fromEntries(Object.entries(item.metrics).map(([label, of]) => [label, knownFigures(of)])),
    }));
  } catch (cause) {
    throw new DataError(`${path} is not a summary of \`rarevox evaluate\` or \`train\`: score the predictions again.`, {
      cause,
    });
  }
}

function knownFigures(figures: z.infer<typeof figuresSchema>): Figures {
  return Object.fromEntries(FIGURE_NAMES.map((name) => [name, figures[name] ?? null])) as unknown as Figures;
}
