import { z } from 'zod';

const count = z.number().int().min(1);
const millimeters = z.tuple([z.number(), z.number(), z.number()]);

/** Where scans came from: one entry for each data set that a model was trained on. */
export const dataSourceSchema = z.strictObject({
  name: z.string().min(1),
  license: z.string().min(1),
  citation: z.string().min(1),
});

/** The scans that a model was trained on; those held out are not among them. */
export const trainingDataSchema = z.strictObject({
  /** `sha256:` and the digest of the scans' content (`digestOfData`), which names no file. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  patients: count,
  scans: count,
  /** Patients by site, where the dataset names sites; otherwise empty. */
  sites: z.array(z.strictObject({ name: z.string(), patients: count })),
  /** Scans by the sequences that they have. */
  sequences: z.array(z.strictObject({ sequences: z.array(z.string()).min(1), scans: count })).min(1),
  /** The smallest and the largest voxel size along x, y, z in mm, before any resampling. */
  spacing: z.strictObject({ least: millimeters, greatest: millimeters }),
  sources: z.array(dataSourceSchema).min(1),
});

export type TrainingData = z.infer<typeof trainingDataSchema>;
