import { InvalidArgumentError } from 'commander';
import type { Triple } from '../volume/volume.ts';

/*
 * Parsers of option values, for commander's `.option(flags, description, parser)`. A value that they refuse ends the
 * program with status 2; commander puts the option and the value before the reason.
 */

/** `96,96,96` as three whole numbers of at least 1, along i, j, k. */
export function parseExtent(text: string): Triple {
  return parseTriple(
    text,
    (number) => Number.isInteger(number) && number >= 1,
    'whole numbers of at least 1',
    '96,96,96',
  );
}

/** `1,1,3` as three positive numbers along i, j, k, such as a spacing in mm. */
export function parseSpacing(text: string): Triple {
  return parseTriple(text, (number) => number > 0, 'positive numbers', '1,1,3');
}

/** The same, or `auto` for a spacing from the data, or `own` for the own one of each scan. */
export function parseSpacingChoice(text: string): Triple | 'auto' | 'own' {
  return text === 'auto' || text === 'own' ? text : parseSpacing(text);
}

/** A whole number of at least `least` and at most `most`. */
export function parseInteger(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = numberOf(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`It takes a whole number ${range}.`);
  };
}

/** A number from `least` to `most`, both included. */
export function parseNumber(least: number, most = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const number = numberOf(text);
    if (Number.isFinite(number) && number >= least && number <= most) return number;
    const range = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`It takes a number ${range}.`);
  };
}

/** One of a few numbers. */
export function parseOneOf(...numbers: readonly number[]): (text: string) => number {
  return (text) => {
    const number = numberOf(text);
    if (numbers.includes(number)) return number;
    throw new InvalidArgumentError(`It takes ${numbers.slice(0, -1).join(', ')} or ${numbers.at(-1)}.`);
  };
}

/** A number above 0, such as a duration in minutes. */
export function parsePositive(text: string): number {
  const number = numberOf(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('It takes a number above 0.');
}

/** `FLAIR,T1w` as a list of different, non-empty names. */
export function parseNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('It takes names with commas between them, such as FLAIR,T1w.');
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new InvalidArgumentError(`${twice} is named twice.`);
  return names;
}

/**
 * Collects `--image FLAIR=a.nii.gz --image T1w=b.nii.gz` into a record from modality to path; commander passes what
 * was collected so far. The path may hold further `=` signs.
 */
export function collectImage(
  text: string,
  soFar: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  const modality = text.slice(0, Math.max(at, 0)).trim();
  const path = text.slice(at + 1);
  if (modality === '' || path === '') {
    throw new InvalidArgumentError('It takes the modality and the file, such as FLAIR=flair.nii.gz.');
  }
  if (soFar !== undefined && Object.hasOwn(soFar, modality)) {
    throw new InvalidArgumentError(`${modality} is given twice (${soFar[modality]} and ${path}).`);
  }
  return { ...soFar, [modality]: path };
}

/** Collects `--model a --model b` into a list; commander passes what was collected so far. */
export function collectPath(text: string, soFar: readonly string[] | undefined): readonly string[] {
  if (text === '') throw new InvalidArgumentError('It takes a path.');
  return [...(soFar ?? []), text];
}

function parseTriple(text: string, accept: (number: number) => boolean, what: string, example: string): Triple {
  const numbers = text.split(',').map(numberOf);
  if (numbers.length !== 3 || !numbers.every((number) => Number.isFinite(number) && accept(number))) {
    throw new InvalidArgumentError(`It takes three ${what} along i, j and k, such as ${example}.`);
  }
  return numbers as unknown as Triple;
}

/** NaN for anything that is not wholly a number; `Number('')` would be 0. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
