import { DataError, UsageError } from '../errors.ts';
import type { Ensemble } from './ensemble.ts';

/**
 * Refuses a scan that lacks modalities which the models can't do without.
 *
 * @param images what the scan has, by modality
 * @throws DataError
 */
export function requireModalities(
  { modalities, missingModalities }: Pick<Ensemble, 'modalities' | 'missingModalities'>,
  images: Readonly<Record<string, unknown>>,
): void {
  const wanted = modalities.join(', ');
  const missing = modalities.filter((modality) => images[modality] === undefined);
  if (missing.length > 0 && missingModalities === 'refused') {
    throw new DataError(
      `The model needs the modalities ${wanted}: ${missing.join(', ')} is missing. ` +
        'It was not trained to do without (modalityDropout).',
    );
  }
  if (missing.length === modalities.length) {
    throw new DataError(`The model takes the modalities ${wanted}: give at least one of them.`);
  }
}

/**
 * An image that the models would not look at is a mistake, such as a misspelled modality.
 *
 * @param wanted the modalities that the models take
 * @throws UsageError
 */
export function refuseUnknownModalities(wanted: readonly string[], given: readonly string[]): void {
  const unknown = given.filter((modality) => !wanted.includes(modality));
  if (unknown.length > 0) {
    throw new UsageError(`The model takes ${wanted.join(', ')}, and not ${unknown.join(', ')}.`);
  }
}
