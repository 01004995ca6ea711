import { readFileSync } from 'node:fs';
import * as runtime from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { OrtEngine } from '../../src/engine/ort-engine.ts';
import { fiveSteps, type Step } from './five-steps.ts';

/** Written by write-five-steps.mjs. */
const expected = JSON.parse(readFileSync(new URL('five-steps.json', import.meta.url), 'utf8')) as Record<
  string,
  Step[]
>;

/** Another processor adds up in another order: so much may come of it within five steps, relatively. */
const TOLERANCE = 1e-4;

/** Tests that these configurations train as they did when five-steps.json was written. */
export function expectFiveSteps(configurations: Readonly<Record<string, object>>): void {
  describe('five steps of training', () => {
    let engine: Engine;
    beforeAll(() => {
      engine = new OrtEngine(runtime, { threads: 2 });
    });
    afterAll(() => engine.close());

    it.each(Object.entries(configurations))('of %s have the losses and gradients they had', async (name, changed) => {
      const steps = await fiveSteps(engine, changed);
      expect(steps).toHaveLength(5);
      for (const [index, { loss, gradientNorm }] of expected[name].entries()) {
        expect(Math.abs(steps[index].loss / loss - 1), `loss of step ${index + 1}`).toBeLessThan(TOLERANCE);
        const difference = Math.abs(steps[index].gradientNorm / gradientNorm - 1);
        expect(difference, `gradient of step ${index + 1}`).toBeLessThan(TOLERANCE);
      }
    });
  });
}
