import { z } from 'zod';
import { sampleRecordSchema } from './recipe.ts';

const finite = z.number();

/** A training step. */
export const stepEntrySchema = z.strictObject({
  kind: z.literal('step'),
  /** Counted from 1. */
  step: z.int().min(1),
  loss: finite,
  learningRate: finite,
  /** Euclidean norm of the gradient before clipping. */
  gradientNorm: finite,
  /** Since the run began, pauses between a kill and a resume left out. */
  seconds: finite,
  /** Of those, how many the step waited for its batch. */
  dataSeconds: finite,
  /** All that was drawn for the step's patches: it suffices to cut them again. */
  samples: z.array(sampleRecordSchema),
});
export type StepEntry = z.infer<typeof stepEntrySchema>;

const diceByLabel = z.record(z.string(), finite.nullable());

/** A validation of the weights as they were after a step, averaged where an average is kept. */
export const validationEntrySchema = z.strictObject({
  kind: z.literal('validation'),
  step: z.int().min(1),
  /** Mean loss of a fixed set of patches of the held-out subjects; null where none of these has any foreground. */
  loss: finite.nullable(),
  /** Mean Dice of the held-out subjects' whole volumes by label, and its mean over the labels; null where there is none. */
  dice: diceByLabel,
  meanDice: finite.nullable(),
  /** The Dice of each subject by label. */
  subjects: z.record(z.string(), diceByLabel),
  /** Since the run began, and how many of those this validation took. */
  seconds: finite,
  validationSeconds: finite,
});
export type ValidationEntry = z.infer<typeof validationEntrySchema>;

/** One line of log.jsonl. */
export const logEntrySchema = z.discriminatedUnion('kind', [stepEntrySchema, validationEntrySchema]);
export type LogEntry = z.infer<typeof logEntrySchema>;

/** The figures of a step: what stays in memory of its entry. */
export type StepFigures = Omit<StepEntry, 'kind' | 'samples'>;

export function figuresOf({ kind: _, samples: __, ...figures }: StepEntry): StepFigures {
  return figures;
}

/** The mean loss of the last 50 steps, of which there is one at least: single patches scatter. */
export function recentLoss(steps: readonly StepFigures[]): number {
  const recent = steps.slice(-50);
  return recent.reduce((sum, { loss }) => sum + loss, 0) / recent.length;
}

/** What a run has logged so far. */
export interface RunLog {
  /** Step n has the index n - 1. */
  readonly steps: readonly StepFigures[];
  readonly validations: readonly ValidationEntry[];
}

/** The last step and the last validation that count; null: all that are whole. */
export interface LogEnd {
  readonly step: number;
  readonly validation: number;
}

/**
 * Reads log.jsonl as it stood at a checkpoint: what a killed run logged later is done again, and dropped, a torn last line
 * among it.
 *
 * @returns the log and its own lines; null when a line is damaged or a step is missing
 */
export function parseLog(text: string, end: LogEnd | null): { readonly log: RunLog; readonly text: string } | null {
  const steps: StepFigures[] = [];
  const validations: ValidationEntry[] = [];
  let kept = '';
  const lines = text.split('\n').filter((line) => line !== '');
  for (const [index, line] of lines.entries()) {
    const entry = parseLine(line);
    if (entry === null) {
      // Behind the last whole line there may be the part of one that a kill left.
      if (index === lines.length - 1) break;
      return null;
    }
    const last = entry.kind === 'step' ? end?.step : end?.validation;
    if (last !== undefined && entry.step > last) continue;
    if (entry.kind === 'validation') {
      validations.push(entry);
    } else {
      if (entry.step !== steps.length + 1) return null;
      steps.push(figuresOf(entry));
    }
    kept += `${line}\n`;
  }
  return end === null || steps.length === end.step ? { log: { steps, validations }, text: kept } : null;
}

export function encodeLog(entries: readonly LogEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

/** One line of log.jsonl; null where it is none. */
export function parseLine(line: string): LogEntry | null {
  try {
    return logEntrySchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
