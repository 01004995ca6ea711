import { describe, expect, it } from 'vitest';
import { encodeLog, type LogEntry, parseLog } from './run-log.ts';

function step(number: number): LogEntry {
  const samples = [{ subject: 'sub-01', caseIndex: 0, start: [1, 2, 3] as [number, number, number], augmentation: {} }];
  const figures = { loss: 0.5, learningRate: 0.001, gradientNorm: 2, seconds: number, dataSeconds: 0 };
  return { kind: 'step', step: number, ...figures, samples };
}

function validation(number: number): LogEntry {
  const scores = { loss: 0.4, dice: { 1: 0.7 }, meanDice: 0.7, subjects: { 'sub-09': { 1: 0.7 } } };
  return { kind: 'validation', step: number, ...scores, seconds: number, validationSeconds: 1 };
}

const whole = encodeLog([step(1), step(2), validation(2), step(3), step(4), validation(4)]);

describe('parseLog', () => {
  it('reads what was written, the samples left out', () => {
    const parsed = parseLog(whole, null);
    expect(parsed?.text).toBe(whole);
    expect(parsed?.log.steps.map((entry) => entry.step)).toEqual([1, 2, 3, 4]);
    expect(parsed?.log.steps[0]).not.toHaveProperty('samples');
    expect(parsed?.log.validations).toEqual([validation(2), validation(4)]);
  });

  it('drops what came after a checkpoint, and a validation that the checkpoint does not know of', () => {
    expect(parseLog(whole, { step: 3, validation: 2 })?.text).toBe(
      encodeLog([step(1), step(2), validation(2), step(3)]),
    );
    expect(parseLog(whole, { step: 4, validation: 2 })?.text).toBe(
      encodeLog([step(1), step(2), validation(2), step(3), step(4)]),
    );
    expect(parseLog(whole, { step: 0, validation: 0 })?.text).toBe('');
  });

  it('passes over a line that a kill tore off at any place', () => {
    const first = encodeLog([step(1), step(2), validation(2)]);
    const last = encodeLog([step(3)]);
    for (let length = 0; length < last.length - 1; length++) {
      expect(parseLog(first + last.slice(0, length), { step: 2, validation: 2 })?.text, `${length} bytes`).toBe(first);
    }
  });

  it('is null for a log that lacks a step, repeats one, or has a damaged line before its end', () => {
    expect(parseLog(encodeLog([step(1), step(2)]), { step: 3, validation: 0 })).toBeNull();
    expect(parseLog(encodeLog([step(1), step(3)]), { step: 3, validation: 0 })).toBeNull();
    expect(parseLog(encodeLog([step(1), step(1)]), { step: 1, validation: 0 })).toBeNull();
    expect(parseLog(`{"kind":"step"}\n${encodeLog([step(1)])}`, { step: 1, validation: 0 })).toBeNull();
    expect(parseLog('', { step: 1, validation: 0 })).toBeNull();
    expect(parseLog('', { step: 0, validation: 0 })).toEqual({ log: { steps: [], validations: [] }, text: '' });
  });
});
