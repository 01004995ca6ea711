import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { augmentationOptionsSchema } from '../src/augmentation/options.ts';
import { encodeLog } from '../src/train/run-log.ts';
import { type FoldChanges, foldDescription, HELD_OUT } from './fold-runs.ts';

/** Begins a run's folder on the disk, with what a watcher reads of it. */
export function beginRun(folder: string, fold: number, changes: FoldChanges = {}): void {
  const config = { augmentation: augmentationOptionsSchema.parse('none'), ...changes.config };
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/config.json`, JSON.stringify(foldDescription(fold, { ...changes, config })));
}

/** Loss and seconds of a step of a made-up run. */
export const lossAt = (step: number): number => 1 / (1 + step / 10);
export const secondsAt = (step: number): number => step / 2;

/** The log's lines of steps, both ends included. */
export function stepLines(from: number, to: number): string {
  const lines: string[] = [];
  for (let step = from; step <= to; step++) {
    const figures = { step, loss: lossAt(step), learningRate: 0.001, gradientNorm: 1, dataSeconds: 0 };
    lines.push(encodeLog([{ kind: 'step', ...figures, seconds: secondsAt(step), samples: [] }]));
  }
  return lines.join('');
}

/** The log's line of a validation, in which each held-out subject's Dice is 0.1 above that of the one before it. */
export function validationLine(step: number, fold: number, dice: number): string {
  const scores = (HELD_OUT[fold] as string[]).map((id, index) => [id, { '1': dice + 0.1 * index }] as const);
  const mean = dice + (0.1 * (scores.length - 1)) / 2;
  return encodeLog([
    {
      kind: 'validation',
      step,
      loss: lossAt(step),
      dice: { '1': mean },
      meanDice: mean,
      subjects: Object.fromEntries(scores),
      seconds: secondsAt(step),
      validationSeconds: 1,
    },
  ]);
}

export function log(folder: string, lines: string): void {
  appendFileSync(`${folder}/log.jsonl`, lines);
}
