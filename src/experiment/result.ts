import { z } from 'zod';
import { DataError } from '../errors.ts';
import { FIGURE_NAMES, type Figures } from '../evaluate/figures.ts';
import type { FileAccess } from '../volume/file-access.ts';

const counts = z.array(z.number().int().min(0)).readonly();
const figures = z.record(z.string(), z.number().nullable());

/** One held-out subject: its figures, and what its probabilities have at the thresholds of `thinCounts`, each by label. */
const caseSchema = z.strictObject({
  subject: z.string(),
  metrics: z.record(z.string(), figures),
  counted: z.record(z.string(), z.strictObject({ positives: z.number().int().min(0), TP: counts, FP: counts })),
});

/** RESULTS/KEY.json: how the held-out subjects of one run were segmented in one way. Small, to be kept where runs are not. */
const resultSchema = z.strictObject({
  version: z.literal(1),
  key: z.string(),
  run: z.string(),
  /** Of the software that trained and predicted; the key does not depend on it. */
  rarevox: z.string(),
  dataset: z.string(),
  /** The training configuration without what repeats a default. */
  configuration: z.record(z.string(), z.unknown()),
  seed: z.number().int(),
  training: z.array(z.string()),
  heldOut: z.array(z.string()),
  prediction: z.record(z.string(), z.unknown()),
  sequences: z.array(z.string()).nullable(),
  /** Threads that computed: another number sums in another order. */
  threads: z.number().int().min(1),
  /** Held-out subjects that have the sequences. */
  cases: z.array(caseSchema),
});

export type ResultCase = Omit<z.infer<typeof caseSchema>, 'metrics'> & {
  readonly metrics: Readonly<Record<string, Figures>>;
};
export type Result = Omit<z.infer<typeof resultSchema>, 'cases'> & { readonly cases: readonly ResultCase[] };

export function resultPath(folder: string, key: string): string {
  return `${folder}/${key}.json`;
}

/** The bytes of a result's file: one line a case. */
export function encodeResult({ cases, ...rest }: Result): string {
  const head = Object.entries(rest).map(([entry, value]) => `  ${JSON.stringify(entry)}: ${JSON.stringify(value)}`);
  const lines = cases.map((item) => `    ${JSON.stringify(item)}`);
  return `{\n${head.join(',\n')},\n  "cases": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`;
}

/**
 * Reads the result of a key.
 * @returns null where there is none yet
 * @throws DataError where the file is damaged or of another result
 */
export async function readResult(files: FileAccess, folder: string, key: string): Promise<Result | null> {
  const path = resultPath(folder, key);
  if (!(await files.exists(path))) return null;
  const text = await files.readText(path);
  try {
    const result = resultSchema.parse(JSON.parse(text));
    if (result.key !== key) throw new Error(`it is of ${result.key}`);
    return { ...result, cases: result.cases.map((item) => ({ ...item, metrics: known(item.metrics) })) };
  } catch (cause) {
    throw new DataError(`${path} is not the result that its name says: delete it, and it is made again.`, { cause });
  }
}

/** Every figure of this version; null for one that a result of an older version lacks. */
function known(metrics: Readonly<Record<string, z.infer<typeof figures>>>): Record<string, Figures> {
  return Object.fromEntries(
    Object.entries(metrics).map(([label, of]) => [
      label,
      Object.fromEntries(FIGURE_NAMES.map((name) => [name, of[name] ?? null])) as unknown as Figures,
    ]),
  );
}
