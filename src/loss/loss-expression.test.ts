import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { lossNames, parseLossExpression } from './loss-expression.ts';

describe('parseLossExpression', () => {
  it.each([
    ['asymmetric + cross-entropy', { asymmetric: 1, 'cross-entropy': 1 }],
    ['0.5*dice + 2*focal', { dice: 0.5, focal: 2 }],
    ['  .25 *generalized-dice+3. * focal-tversky ', { 'generalized-dice': 0.25, 'focal-tversky': 3 }],
    ...lossNames.map((name): [string, Record<string, number>] => [name, { [name]: 1 }]),
  ])('reads "%s"', (text, expected) => {
    const terms = parseLossExpression(text);
    expect(Object.fromEntries(terms.map(({ name, weight }) => [name, weight]))).toEqual(expected);
    expect(terms).toHaveLength(Object.keys(expected).length);
  });

  it.each([
    [
      'dise',
      /^there is no loss dise \(did you mean dice\?\); the losses are asymmetric, tversky, dice, .*focal-tversky$/,
    ],
    ['dice + Cross_Entropy', /no loss Cross_Entropy \(did you mean cross-entropy\?\)/],
    ['hausdorff', /^there is no loss hausdorff; the losses are asymmetric/],
    ['dice + focal + dice', /dice twice/],
    ['0*dice', /the factor of dice in "0\*dice" must be above 0/],
    ['', /^"" is not a loss: write a name, or a sum/],
    ['dice +', /^"dice \+" is not a loss/],
    ['-1*dice', /is not a loss/],
    ['dice*2', /is not a loss/],
    ['dice - focal', /is not a loss/],
    ['1e3*dice', /is not a loss/],
  ])('refuses "%s"', (text, message) => {
    expect(() => parseLossExpression(text)).toThrow(UsageError);
    expect(() => parseLossExpression(text)).toThrow(message);
  });
});
