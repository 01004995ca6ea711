import type { z } from 'zod';
import { closestName } from '../closest-name.ts';
import { predictionOptionsSchema } from '../predict/options.ts';
import {
  armSchema,
  baselineSchema,
  claimSchema,
  comparisonSchema,
  type ExperimentFile,
  experimentSchema,
  foldsSchema,
  quickSchema,
} from './config.ts';

/** What in an experiment does not go together, one sentence each. */
export function contradictionsOf({
  arms,
  baselines,
  comparisons,
  claims,
  folds,
  seeds,
  quick,
}: ExperimentFile): string[] {
  const faults: string[] = [];
  const all = [...arms, ...baselines].map((arm) => arm.name);
  for (const twice of new Set(all.filter((one, index) => all.indexOf(one) !== index))) {
    faults.push(`arms: ${twice} is named twice; give each its own name.`);
  }
  for (const [place, chosen] of [['seeds', seeds] as const, ['quick.seeds', quick?.seeds ?? []] as const]) {
    if (new Set(chosen).size < chosen.length) faults.push(`${place}: one is named twice; give each once.`);
  }
  const check = (place: string, named: readonly string[], known: readonly string[]): void => {
    for (const one of named.filter((own) => !known.includes(own))) {
      faults.push(`${place}: there is no arm ${one}; ${advise(one, known, 'the arms are')}`);
    }
  };
  for (const [index, { first, second }] of comparisons.entries()) check(`comparisons.${index}`, [first, second], all);
  for (const [index, { arm, than }] of claims.entries()) check(`claims.${index}`, [arm, ...than], all);
  check(
    'quick.arms',
    quick?.arms ?? [],
    arms.map((arm) => arm.name),
  );
  for (const [place, choice] of [['folds', folds] as const, ['quick.folds', quick?.folds] as const]) {
    if (choice?.by === 'site' && choice.count !== undefined) {
      faults.push(`${place}.count: the sites say how many there are; leave it out with by: site.`);
    }
  }
  return faults;
}

/** One line a fault; for an unknown entry the name that was most likely meant. */
export function describeExperimentFaults(error: z.ZodError): string {
  return error.issues
    .flatMap((issue) => {
      const place = issue.path.join('.');
      if (issue.code !== 'unrecognized_keys') return [`${place === '' ? 'the file' : place}: ${issue.message}.`];
      const known = entriesAt(issue.path);
      return issue.keys.map((key) => {
        const full = place === '' ? key : `${place}.${key}`;
        return `${full}: there is no such entry; ${advise(key, known, 'the entries are')}`;
      });
    })
    .join('\n');
}

function advise(wrong: string, known: readonly string[], otherwise: string): string {
  const meant = closestName(wrong, known);
  return meant === null ? `${otherwise} ${known.join(', ')}.` : `did you mean ${meant}?`;
}

/** The entries that there are at a place of the file. */
function entriesAt(path: readonly PropertyKey[]): readonly string[] {
  const place = path.filter((part) => typeof part === 'string').join('.');
  switch (place) {
    case 'arms':
      return Object.keys(armSchema.shape);
    case 'prediction':
    case 'arms.prediction':
      return Object.keys(predictionOptionsSchema.shape);
    case 'baselines':
      return Object.keys(baselineSchema.shape);
    case 'comparisons':
      return Object.keys(comparisonSchema.shape);
    case 'claims':
      return Object.keys(claimSchema.shape);
    case 'folds':
    case 'quick.folds':
      return Object.keys(foldsSchema.shape);
    case 'quick':
      return Object.keys(quickSchema.shape);
    default:
      return Object.keys(experimentSchema.shape);
  }
}
