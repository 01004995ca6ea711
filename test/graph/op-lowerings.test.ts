import { describe, expect, it } from 'vitest';
import { caseProgram } from './case-program.ts';
import { interpret } from './interpreter.ts';
import { opCases } from './op-cases.ts';
import { relativeDifference } from './relative-difference.ts';
import { runForms, runProgram } from './run-program.ts';

describe.each(runForms)('lowered in the $form form, optimized: $optimize', (form) => {
  it.each(opCases)('$kind and its gradient are those of the definition: $about', async (opCase) => {
    const { program, feeds } = caseProgram(opCase);
    const expected = interpret(program, feeds);
    const found = await runProgram(program, feeds, form);
    for (const [name, values] of Object.entries(expected)) {
      // float32 has 24 bits; the sums here have up to some 500 terms.
      expect(relativeDifference(found[name] as Float32Array, values), name).toBeLessThan(1e-5);
    }
  });
});
