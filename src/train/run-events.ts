import type { Label } from '../dataset/subject.ts';
import { encodeEventFile, type StepEvents, thinSteps } from './event-file.ts';
import type { RunLog } from './run-log.ts';

/**
 * A run's log as a TensorBoard event file.
 * @param now milliseconds since 1970, at the log's end
 */
export function eventsOf({ steps, validations }: RunLog, labels: readonly Label[], now: number): Uint8Array {
  const seconds = Math.max(steps.at(-1)?.seconds ?? 0, validations.at(-1)?.seconds ?? 0);
  const began = now / 1000 - seconds;
  const ofSteps = thinSteps(steps).map(
    (entry): StepEvents => ({
      step: entry.step,
      wallTime: began + entry.seconds,
      scalars: {
        'loss/training': entry.loss,
        'optimizer/learning rate': entry.learningRate,
        'optimizer/gradient norm': entry.gradientNorm,
      },
    }),
  );
  const ofValidations = validations.map(({ step, seconds: at, loss, meanDice, dice }): StepEvents => {
    const scalars: Record<string, number> = {};
    if (loss !== null) scalars['loss/validation'] = loss;
    if (meanDice !== null) scalars['dice/mean'] = meanDice;
    for (const { value, name } of labels) {
      const score = dice[String(value)] ?? null;
      if (score !== null) scalars[`dice/${name}`] = score;
    }
    return { step, wallTime: began + at, scalars };
  });
  return encodeEventFile(began, [...ofSteps, ...ofValidations]);
}
