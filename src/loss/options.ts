import { z } from 'zod';
import { DataError, UsageError } from '../errors.ts';
import { type AutomaticBeta, automaticBetas, type VoxelCounts } from './automatic-beta.ts';
import type { LossDescription, LossName, LossTerm } from './loss-description.ts';
import { parseLossExpression } from './loss-expression.ts';

const positive = z.number().positive();
const notNegative = z.number().min(0);

/** Parameters of single losses; method section 3 has the formulas. */
export const lossParametersSchema = z.strictObject({
  /** Weights of false positives (alpha) and of false negatives (beta), in this order, for tversky and focal-tversky. */
  tversky: z
    .tuple([notNegative, notNegative])
    .refine(([alpha, beta]) => alpha + beta > 0, 'the weights of false positives and false negatives are both 0')
    .default([0.3, 0.7]),
  /** The exponent of focal-tversky is its inverse. */
  focalTverskyGamma: positive.default(4 / 3),
  /** gamma: the exponent of 1 - p; alpha: the factor of foreground voxels, 1 - alpha being the background's. */
  focal: z.strictObject({ gamma: notNegative.default(2), alpha: z.number().min(0).max(1).default(0.25) }).prefault({}),
  /** Factor of foreground voxels in cross-entropy. */
  foregroundWeight: positive.default(1),
  /** The largest beta that `auto` gives. */
  betaCap: positive.default(3),
  /** Lambda of `auto`: added to the share of the other classes. */
  betaOffset: z.number().min(-1).max(1).default(0),
});

/** The entries of the training configuration that determine the loss. */
export const lossEntries = {
  /** A name or a sum of them: asymmetric, 0.5*dice + cross-entropy. */
  loss: z
    .string()
    .superRefine((text, context) => {
      try {
        parseLossExpression(text);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
      }
    })
    .default('asymmetric'),
  /** Weight of recall over precision in asymmetric, for all classes or one for each; `auto`: from how rare a class is. */
  beta: z.union([positive, z.array(positive).min(1), z.literal('auto')]).default(1.5),
  /** Term in numerator and denominator of asymmetric, tversky, dice and focal-tversky. */
  smoothing: notNegative.default(0),
  lossOptions: lossParametersSchema.prefault({}),
};

export type LossChoices = z.infer<z.ZodObject<typeof lossEntries>>;

/** Whether resolving these choices takes the voxel counts of the training data. */
export function needsVoxelCounts({ loss, beta }: Pick<LossChoices, 'loss' | 'beta'>): boolean {
  return beta === 'auto' && parseLossExpression(loss).some(({ name }) => name === 'asymmetric');
}

/**
 * The loss with every parameter, for data with this many foreground classes.
 * @param counts voxels of the training data by class; null where `needsVoxelCounts` is false
 * @throws UsageError when beta is a list of another length than there are classes
 * @throws DataError when beta is `auto` and the rule gives 0 for a class
 */
export function resolveLoss(choices: LossChoices, classes: number, counts: VoxelCounts | null): LossDescription {
  const automatic = needsVoxelCounts(choices) ? chooseBetas(choices, classes, counts) : null;
  const terms = parseLossExpression(choices.loss).map(({ name, weight }): LossTerm => {
    const { smoothing, lossOptions } = choices;
    const [falsePositiveWeight, falseNegativeWeight] = lossOptions.tversky;
    switch (name) {
      case 'asymmetric': {
        const betas = automatic?.map(({ beta }) => beta) ?? givenBetas(choices.beta, classes);
        return { name, weight, betas, smoothing };
      }
      case 'tversky':
        return { name, weight, falsePositiveWeight, falseNegativeWeight, smoothing };
      case 'dice':
        return { name, weight, smoothing };
      case 'generalized-dice':
        return { name, weight };
      case 'focal':
        return { name, weight, ...lossOptions.focal };
      case 'cross-entropy':
        return { name, weight, foregroundWeight: lossOptions.foregroundWeight };
      case 'focal-tversky': {
        const gamma = lossOptions.focalTverskyGamma;
        return { name, weight, falsePositiveWeight, falseNegativeWeight, smoothing, gamma };
      }
      default:
        return name satisfies never;
    }
  });
  const record = automatic?.map(({ share, uncapped, beta }) => ({
    share,
    uncapped: Number.isFinite(uncapped) ? uncapped : null,
    beta,
  }));
  return { terms, automaticBetas: record ?? null };
}

function chooseBetas(
  { lossOptions }: LossChoices,
  classes: number,
  counts: VoxelCounts | null,
): readonly AutomaticBeta[] {
  if (counts === null || counts.foreground.length !== classes) {
    throw new RangeError(`resolveLoss: beta auto needs the voxel counts of ${classes} foreground classes`);
  }
  const betas = automaticBetas(counts, { offset: lossOptions.betaOffset, cap: lossOptions.betaCap });
  const common = betas.findIndex(({ beta }) => beta === 0);
  if (common === -1) return betas;
  const percent = Number((100 * (betas[common] as AutomaticBeta).share).toPrecision(3));
  throw new DataError(
    `beta auto is 0 for foreground class ${common + 1}, which has ${percent} % of the counted voxels (lossOptions.betaOffset is ${lossOptions.betaOffset}): give beta as a number, or one for each class.`,
  );
}

function givenBetas(beta: LossChoices['beta'], classes: number): number[] {
  if (beta === 'auto') throw new RangeError('resolveLoss: beta auto is chosen from the voxel counts');
  if (!Array.isArray(beta)) return Array.from({ length: classes }, () => beta);
  if (beta.length === classes) return beta;
  throw new UsageError(`beta has ${beta.length} values for ${classes} foreground classes: give one, or one for each.`);
}

/** Which losses each option acts on. */
const users: Readonly<Record<string, readonly LossName[]>> = {
  beta: ['asymmetric'],
  smoothing: ['asymmetric', 'tversky', 'dice', 'focal-tversky'],
  'lossOptions.tversky': ['tversky', 'focal-tversky'],
  'lossOptions.focalTverskyGamma': ['focal-tversky'],
  'lossOptions.focal': ['focal'],
  'lossOptions.foregroundWeight': ['cross-entropy'],
  'lossOptions.betaCap': ['asymmetric'],
  'lossOptions.betaOffset': ['asymmetric'],
};

/** The loss's options that a raw configuration gives itself: `beta`, `smoothing` and `lossOptions.` with an entry's name. */
export function givenLossOptions(input: unknown): ReadonlySet<string> {
  const names = Object.keys(users);
  return new Set(
    names.filter((name) => {
      const value = name.split('.').reduce<unknown>((part, key) => {
        return typeof part === 'object' && part !== null ? (part as Record<string, unknown>)[key] : undefined;
      }, input);
      return value !== undefined;
    }),
  );
}

/**
 * Refuses options that would be ignored: those that no term of the loss uses, and those of `auto` beside a given beta.
 * @param given the options that the user gave, named as by `givenLossOptions`
 * @throws UsageError that names all of them
 */
export function refuseUnusedLossOptions(choices: LossChoices, given: ReadonlySet<string>): void {
  const present = new Set(parseLossExpression(choices.loss).map(({ name }) => name));
  const faults = [...given].flatMap((option) => {
    const losses = users[option];
    if (losses === undefined) throw new RangeError(`refuseUnusedLossOptions: ${option} is no option of the loss`);
    if (!losses.some((name) => present.has(name))) {
      return [`${option} acts on ${listed(losses)}, and the loss is ${choices.loss}: leave it out.`];
    }
    const ofAuto = option === 'lossOptions.betaCap' || option === 'lossOptions.betaOffset';
    return ofAuto && choices.beta !== 'auto' ? [`${option} acts on beta auto, and beta is given: leave it out.`] : [];
  });
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
}

function listed(names: readonly string[]): string {
  return names.length === 1 ? (names[0] as string) : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
