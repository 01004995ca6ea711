import { expect, it } from 'vitest';
import { bestValidation } from './best-validation.ts';

it('is the first of the highest mean Dice, past those without one', () => {
  const validations = [null, 0.4, 0.7, Number.NaN, 0.7, 0.6].map((mean, index) => ({ step: 10 * index, mean }));
  expect(bestValidation(validations)).toEqual({ step: 20, mean: 0.7 });
  expect(bestValidation([{ step: 1, mean: null }])).toBeNull();
  expect(bestValidation([])).toBeNull();
});
