import type { z } from 'zod';
import { augmentationOptionNames } from '../augmentation/options.ts';
import { closestName } from '../closest-name.ts';
import { lossParametersSchema } from '../loss/options.ts';
import { networkOverridesSchema } from '../network/options.ts';
import { selectionOptionNames } from '../patch/selection-options.ts';

/**
 * The faults of a training configuration, one a line: the entry, what is wrong, and for an unknown one the name that was
 * most likely meant, or else all names.
 *
 * @param names the entries of the configuration itself
 */
export function describeConfigFaults(error: z.ZodError, names: readonly string[]): string {
  const lines = error.issues.flatMap((issue) => {
    const place = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [`${place === '' ? 'configuration' : place}: ${issue.message}.`];
    const known = namesAt(place, names);
    const prefix = place === '' ? '' : `${place}.`;
    return issue.keys.map((key) => {
      if (known.includes(key)) return `${prefix}${key}: it does not go with the kind that is chosen`;
      const meant = closestName(key, known);
      const advice = meant === null ? `the options are ${known.join(', ')}` : `did you mean ${prefix}${meant}?`;
      return `${prefix}${key}: there is no such option; ${advice}`;
    });
  });
  return lines.join('\n');
}

function namesAt(place: string, names: readonly string[]): readonly string[] {
  switch (place) {
    case 'network':
      return Object.keys(networkOverridesSchema.shape);
    case 'selection':
      return selectionOptionNames;
    case 'lossOptions':
      return Object.keys(lossParametersSchema.shape);
    case 'augmentation':
      return augmentationOptionNames;
    default:
      return names;
  }
}
