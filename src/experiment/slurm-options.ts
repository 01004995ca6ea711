import { z } from 'zod';

/** A long option of `sbatch`, with its value where it takes one. */
export const sbatchOptionSchema = z
  .string()
  .regex(/^--[a-z][a-z-]*(=[^\n]*)?$/, 'it takes a long option of sbatch, such as --account=lab');

/** What the jobs of an experiment ask of Slurm; the names and the forms of the values are those of `sbatch`. */
export const slurmOptionsSchema = z.strictObject({
  partition: z
    .string()
    .regex(/^[^\s"'\\]+$/, 'it takes the name of a partition')
    .optional(),
  /** Of one run, before it is requeued. */
  time: z
    .string()
    .regex(
      /^(\d+(:\d+){0,2}|\d+-\d+(:\d+){0,2})$/,
      'it takes minutes, hours:minutes:seconds or days-hours:minutes:seconds',
    )
    .optional(),
  /** Of one run. */
  cpusPerTask: z.int().min(1),
  /** Of one run: megabytes, or a number with K, M, G or T. */
  memory: z
    .string()
    .regex(/^\d+[KMGT]?$/i, 'it takes megabytes, or a number with K, M, G or T, such as 8G')
    .optional(),
  /** Runs at a time; as many as Slurm gives without it. */
  arrayLimit: z.int().min(1).optional(),
  /** Further options of `sbatch`, after all others: of one that is given twice Slurm takes the last. */
  extra: z.array(sbatchOptionSchema).readonly().default([]),
});

export type SlurmOptions = z.infer<typeof slurmOptionsSchema>;
