import type { TrainConfig } from './config.ts';
import type { RunLog, StepFigures } from './run-log.ts';

/**
 * What a run is doing, as far as its files tell:
 * - `beginning`: it has logged nothing yet;
 * - `running`: it wrote not long ago;
 * - `silent`: it wrote nothing for longer than its steps and validations take: it was stopped or killed, or is stuck;
 * - `finished`: its model is there.
 */
export type RunStage = 'beginning' | 'running' | 'silent' | 'finished';

export interface RunProgress {
  readonly stage: RunStage;
  /** Steps that are logged. */
  readonly step: number;
  /** What the length counts, and how much of it is done; seconds are those of work, pauses left out. */
  readonly unit: 'steps' | 'seconds';
  readonly done: number;
  readonly total: number;
  /** Seconds of work since the run began. */
  readonly seconds: number;
  /** How long a step takes lately, validations shared out among the steps; null before there are two. */
  readonly secondsPerStep: number | null;
  /** Null before that can be said, and of a run that does not go on. */
  readonly secondsLeft: number | null;
}

/** When files of a run were last written, in milliseconds since 1970; null where there is no such file. */
export interface RunTimes {
  readonly log: number | null;
  readonly config: number | null;
  readonly model: number | null;
}

/** Steps over which the rate is taken. */
const RATE_STEPS = 100;
/** Milliseconds that a run may be silent whatever its steps take: it writes every two seconds, if the machine lets it. */
const PATIENCE = 30_000;
/** The same before its first step, for which the network is compiled. */
const FIRST_PATIENCE = 300_000;
/** And so many times its longest step or validation, since others may have come to want the machine. */
const PATIENCE_FACTOR = 3;

/** @param now milliseconds since 1970 */
export function runProgress(
  { steps: length, minutes }: Pick<TrainConfig, 'steps' | 'minutes'>,
  log: RunLog,
  times: RunTimes,
  now: number,
): RunProgress {
  const { steps, validations } = log;
  const step = steps.length;
  const seconds = Math.max(steps.at(-1)?.seconds ?? 0, validations.at(-1)?.seconds ?? 0);
  const total = length ?? 60 * (minutes as number);
  const unit = length === null ? 'seconds' : 'steps';
  const done = Math.min(total, length === null ? seconds : step);
  const stage = stageOf(log, done >= total, times, now);
  const secondsPerStep = rateOf(log);
  const goesOn = stage === 'running' || stage === 'beginning';
  const perUnit = unit === 'seconds' ? 1 : secondsPerStep;
  const secondsLeft = goesOn && step > 0 && perUnit !== null ? (total - done) * perUnit : null;
  return { stage, step, unit, done, total, seconds, secondsPerStep, secondsLeft };
}

function stageOf(log: RunLog, isComplete: boolean, times: RunTimes, now: number): RunStage {
  // The model is written last. That of a run which is being extended is older than its log; the times of a copied run may be in any order.
  if (times.model !== null && (isComplete || times.log === null || times.model >= times.log)) return 'finished';
  const { steps, validations } = log;
  const written = Math.max(times.log ?? 0, times.config ?? 0);
  if (steps.length === 0) return now - written > FIRST_PATIENCE ? 'silent' : 'beginning';
  const longest = Math.max(...stepTimes(steps), ...validations.slice(-5).map((entry) => entry.validationSeconds));
  return now - written > PATIENCE + PATIENCE_FACTOR * 1000 * longest ? 'silent' : 'running';
}

/** Seconds that the latest steps took each, what came between them included. */
function stepTimes(steps: readonly StepFigures[]): number[] {
  return steps.slice(-RATE_STEPS).map(({ seconds, step }) => seconds - (steps[step - 2]?.seconds ?? 0));
}

/** Seconds a step, over the latest steps, and back to the last validation but one where that is longer ago. */
function rateOf({ steps, validations }: RunLog): number | null {
  const last = steps.at(-1);
  if (last === undefined) return null;
  const from = Math.min(last.step - RATE_STEPS, validations.at(-2)?.step ?? Number.POSITIVE_INFINITY);
  const first = steps[Math.max(1, from) - 1] as StepFigures;
  return first.step === last.step ? null : (last.seconds - first.seconds) / (last.step - first.step);
}
