import { z } from 'zod';
import type { GraphBuilder, Value } from '../graph/builder.ts';
import { asymmetricSimilarity } from './asymmetric-similarity.ts';
import { crossEntropy } from './cross-entropy.ts';
import { dice } from './dice.ts';
import { focal } from './focal.ts';
import { focalTversky } from './focal-tversky.ts';
import { generalizedDice } from './generalized-dice.ts';
import type { LossInput } from './loss-input.ts';
import { tversky } from './tversky.ts';

const positive = z.number().positive();
const notNegative = z.number().min(0);
const share = z.number().min(0).max(1);

/** Factor of the term in the sum. */
const weight = positive;
const tverskyParameters = {
  falsePositiveWeight: notNegative,
  falseNegativeWeight: notNegative,
  smoothing: notNegative,
};

const lossTermSchema = z.discriminatedUnion('name', [
  /** One beta for each foreground class. */
  z.strictObject({ name: z.literal('asymmetric'), weight, betas: z.array(positive).min(1), smoothing: notNegative }),
  z.strictObject({ name: z.literal('tversky'), weight, ...tverskyParameters }),
  z.strictObject({ name: z.literal('dice'), weight, smoothing: notNegative }),
  z.strictObject({ name: z.literal('generalized-dice'), weight }),
  z.strictObject({ name: z.literal('focal'), weight, gamma: notNegative, alpha: share }),
  z.strictObject({ name: z.literal('cross-entropy'), weight, foregroundWeight: positive }),
  z.strictObject({ name: z.literal('focal-tversky'), weight, ...tverskyParameters, gamma: positive }),
]);

/** One loss of the sum with all its parameters. */
export type LossTerm = z.infer<typeof lossTermSchema>;
export type LossName = LossTerm['name'];

/** A loss with everything resolved, as RUN/config.json keeps it: it determines the function, whatever the defaults become. */
export const lossDescriptionSchema = z.strictObject({
  terms: z.array(lossTermSchema).min(1),
  /**
   * Where beta was chosen automatically, how it came about for each foreground class: its share of the voxels, the rule's
   * beta (null: infinite), and the beta used. Null where the user gave beta or no term has one.
   */
  automaticBetas: z.array(z.strictObject({ share, uncapped: notNegative.nullable(), beta: positive })).nullable(),
});

export type LossDescription = z.infer<typeof lossDescriptionSchema>;

/** The weighted sum of a description's terms, as a function from logits and reference to a scalar. */
export function lossFunction({ terms }: LossDescription): (b: GraphBuilder, input: LossInput) => Value {
  return (b, input) =>
    terms.map((term) => b.scaleBy(lossTerm(b, input, term), term.weight)).reduce((sum, term) => b.add(sum, term));
}

function lossTerm(b: GraphBuilder, input: LossInput, term: LossTerm): Value {
  switch (term.name) {
    case 'asymmetric':
      return asymmetricSimilarity(b, input, term);
    case 'tversky':
      return tversky(b, input, term);
    case 'dice':
      return dice(b, input, term);
    case 'generalized-dice':
      return generalizedDice(b, input);
    case 'focal':
      return focal(b, input, term);
    case 'cross-entropy':
      return crossEntropy(b, input, term);
    case 'focal-tversky':
      return focalTversky(b, input, term);
    default:
      return term satisfies never;
  }
}

/**
 * Whether the loss pushes probabilities down on a batch without foreground. The overlap losses of the foreground alone do
 * not: with smoothing 0 their gradient there is exactly 0, and the smoothing term's share of it falls with the inverse
 * square of the sum of the probabilities, so that it is smallest where most is wrong.
 */
export function teachesBackground({ terms }: LossDescription): boolean {
  return terms.some((term) => {
    switch (term.name) {
      case 'asymmetric':
      case 'tversky':
      case 'dice':
      case 'focal-tversky':
        return false;
      case 'focal':
        return term.alpha < 1;
      case 'generalized-dice':
      case 'cross-entropy':
        return true;
      default:
        return term satisfies never;
    }
  });
}
