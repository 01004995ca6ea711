import { describe, expect, it } from 'vitest';
import type { RunLog } from './run-log.ts';
import { runProgress } from './run-progress.ts';

/** `count` steps of two seconds each, and a validation of 10 s after each of `validated`. */
function logOf(count: number, validated: readonly number[] = []): RunLog {
  const secondsAt = (step: number): number => 2 * step + 10 * validated.filter((at) => at < step).length;
  return {
    steps: Array.from({ length: count }, (_, index) => ({
      step: index + 1,
      loss: 0.5,
      learningRate: 0.1,
      gradientNorm: 1,
      seconds: secondsAt(index + 1),
      dataSeconds: 0,
    })),
    validations: validated.map((step) => ({
      kind: 'validation',
      step,
      loss: null,
      dice: {},
      meanDice: null,
      subjects: {},
      seconds: secondsAt(step) + 10,
      validationSeconds: 10,
    })),
  };
}

const steps = { steps: 1000, minutes: null };
const written = { log: 1e6, config: 1000, model: null };

describe('the progress of a run', () => {
  it('goes by steps, with the time that validations take shared out among them', () => {
    expect(runProgress(steps, logOf(40), written, 1e6)).toEqual({
      stage: 'running',
      step: 40,
      unit: 'steps',
      done: 40,
      total: 1000,
      seconds: 80,
      secondsPerStep: 2,
      secondsLeft: 960 * 2,
    });
    // From step 200 on: 200 steps, and the validations after 200 and 300.
    const { secondsPerStep, secondsLeft } = runProgress(steps, logOf(400, [100, 200, 300]), written, 1e6);
    expect(secondsPerStep).toBeCloseTo((200 * 2 + 2 * 10) / 200, 12);
    expect(secondsLeft).toBeCloseTo(600 * 2.1, 9);
  });

  it('goes by the clock where the length is in minutes', () => {
    const timed = runProgress({ steps: null, minutes: 2 }, logOf(40), written, 1e6);
    expect(timed).toMatchObject({ unit: 'seconds', done: 80, total: 120, secondsLeft: 40, step: 40 });
    const over = runProgress({ steps: null, minutes: 1 }, logOf(40), written, 1e6);
    expect(over).toMatchObject({ done: 60, total: 60, secondsLeft: 0 });
  });

  it('has nothing to go by before the second step', () => {
    const none = { secondsPerStep: null, secondsLeft: null };
    expect(runProgress(steps, logOf(0), { ...written, log: null }, 2000)).toMatchObject({
      stage: 'beginning',
      ...none,
    });
    expect(runProgress(steps, logOf(1), written, 1e6)).toMatchObject({ stage: 'running', ...none });
  });

  it('is silent once it wrote nothing for half a minute and three of its longest steps or validations', () => {
    const stage = (log: RunLog, seconds: number): string =>
      runProgress(steps, log, written, 1e6 + 1000 * seconds).stage;
    expect([stage(logOf(40), 36), stage(logOf(40), 36.1)]).toEqual(['running', 'silent']);
    // The step after a validation lasted 12 s, this included.
    expect([stage(logOf(40, [20]), 66), stage(logOf(40, [20]), 66.1)]).toEqual(['running', 'silent']);
    const beginning = { ...written, log: null };
    expect(runProgress(steps, logOf(0), beginning, 1000 + 300_000).stage).toBe('beginning');
    expect(runProgress(steps, logOf(0), beginning, 1000 + 300_001).stage).toBe('silent');
    expect(runProgress(steps, logOf(40), written, 1e9).secondsLeft).toBeNull();
  });

  it('is finished by a model that is as new as the log, or by the full length', () => {
    const stage = (log: RunLog, model: number): string => runProgress(steps, log, { ...written, model }, 1e6).stage;
    expect(stage(logOf(40), 1e6)).toBe('finished');
    expect(stage(logOf(40), 1e6 - 1)).toBe('running');
    expect(stage(logOf(1000), 1e6 - 1)).toBe('finished');
    expect(runProgress(steps, logOf(1000), written, 1e6).stage).toBe('running');
  });
});
