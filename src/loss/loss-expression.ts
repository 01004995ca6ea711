import { closestName } from '../closest-name.ts';
import { UsageError } from '../errors.ts';
import type { LossName } from './loss-description.ts';

export const lossNames = [
  'asymmetric',
  'tversky',
  'dice',
  'generalized-dice',
  'focal',
  'cross-entropy',
  'focal-tversky',
] as const satisfies readonly LossName[];

export interface NamedTerm {
  /** Factor of the loss in the sum, > 0. */
  readonly weight: number;
  readonly name: LossName;
}

/** An optional factor with `*`, and a name. */
const TERM = /^(?:(\d+(?:\.\d*)?|\.\d+)\s*\*\s*)?([a-z][\w-]*)$/i;

/**
 * The terms of a loss as the user writes it: a name, or a sum such as `asymmetric + cross-entropy` or `0.5*dice + 2*focal`.
 * @throws UsageError for a name that is none, a name that occurs twice, a factor of 0, or another form
 */
export function parseLossExpression(text: string): readonly NamedTerm[] {
  const terms = text.split('+').map((part) => parseTerm(part.trim(), text));
  for (const [index, { name }] of terms.entries()) {
    if (terms.findIndex((other) => other.name === name) !== index) {
      throw new UsageError(`"${text}" has ${name} twice: give it one factor`);
    }
  }
  return terms;
}

function parseTerm(part: string, text: string): NamedTerm {
  const [, factor, name] = TERM.exec(part) ?? [];
  if (name === undefined) {
    throw new UsageError(
      `"${text}" is not a loss: write a name, or a sum with or without factors such as 0.5*dice + cross-entropy; the losses are ${lossNames.join(', ')}`,
    );
  }
  const known = lossNames.find((other) => other === name);
  if (known === undefined) {
    const meant = closestName(name, lossNames);
    const advice = meant === null ? '' : ` (did you mean ${meant}?)`;
    throw new UsageError(`there is no loss ${name}${advice}; the losses are ${lossNames.join(', ')}`);
  }
  const weight = Number(factor ?? 1);
  if (!(weight > 0 && Number.isFinite(weight)))
    throw new UsageError(`the factor of ${name} in "${text}" must be above 0`);
  return { weight, name: known };
}
