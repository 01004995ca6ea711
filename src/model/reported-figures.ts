import { z } from 'zod';

/** The figures that a card reports, in this order; `docs/method.md` defines them. */
export const REPORTED_FIGURES = ['Dice', 'PPV', 'Sensitivity', 'F2', 'APR', 'LTPR', 'LFPR', 'LesionF1'] as const;

const figureSchema = z.strictObject({
  mean: z.number(),
  /** The 95 % bootstrap interval of the mean over patients; null where it was not asked for, or a single patient makes none. */
  interval: z.tuple([z.number(), z.number()]).nullable(),
  /** Cases that have a value. */
  n: z.number().int().min(1),
});

/** Figures of one set of cases. */
const resultSchema = z.strictObject({
  /** The method that these figures are of, where it is one that the model is compared with. */
  baseline: z.string().min(1).optional(),
  /** What of each scan was given to it. */
  sequences: z.array(z.string()).min(1),
  /** What else tells it from the others, such as the site that was left out. */
  note: z.string().optional(),
  cases: z.number().int().min(1),
  /** By the label's name. */
  figures: z.record(z.string(), z.partialRecord(z.enum(REPORTED_FIGURES), figureSchema)),
});

/** How good a model is, on patients that were held out, and how much that is worth. */
export const reportedFiguresSchema = z.strictObject({
  /** Which model predicted which patients. */
  method: z.string().min(1),
  /** What was chosen by looking at the very cases that are reported; that nothing was is said too. */
  selection: z.string().min(1),
  results: z.array(resultSchema).min(1),
});

export type ReportedFigures = z.infer<typeof reportedFiguresSchema>;
