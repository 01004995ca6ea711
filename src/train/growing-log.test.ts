import { expect, it } from 'vitest';
import { GrowingLog } from './growing-log.ts';
import { encodeLog, type LogEntry, parseLog } from './run-log.ts';

function step(number: number): LogEntry {
  const figures = { loss: 1 / number, learningRate: 0.1, gradientNorm: 2, seconds: number, dataSeconds: 0 };
  return { kind: 'step', step: number, ...figures, samples: [] };
}

const validation: LogEntry = {
  kind: 'validation',
  step: 2,
  loss: null,
  dice: { '1': 0.5 },
  meanDice: 0.5,
  subjects: { 'sub-ä': { '1': 0.5 } },
  seconds: 3,
  validationSeconds: 1,
};
const text = encodeLog([step(1), step(2), validation, step(3)]);

it('reads a log in pieces cut anywhere as it reads the whole', () => {
  const whole = parseLog(text, null)?.log;
  expect(whole?.steps).toHaveLength(3);
  for (const size of [1, 7, 100, text.length]) {
    const log = new GrowingLog();
    for (let at = 0; at < text.length; at += size) expect(log.add(text.slice(at, at + size))).toBe(true);
    expect({ steps: log.steps, validations: log.validations }).toEqual(whole);
  }
});

it('leaves a line out until its end has come', () => {
  const log = new GrowingLog();
  expect(log.add(text.slice(0, -2))).toBe(true);
  expect(log.steps).toHaveLength(2);
  expect(log.add(text.slice(-2))).toBe(true);
  expect(log.steps.map((entry) => entry.step)).toEqual([1, 2, 3]);
});

it.each([
  ['a damaged line', '{"kind":"step"\n'],
  ['a step left out', encodeLog([step(2)])],
])('tells of %s', (_, wrong) => {
  expect(new GrowingLog().add(wrong)).toBe(false);
});
