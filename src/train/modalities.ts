import type { Dataset } from '../dataset/subject.ts';
import { UsageError } from '../errors.ts';
import type { TrainConfig } from './config.ts';

/** Whether subjects may lack sequences: where training hides some of them anyway. */
export function missingModalitiesOf({ modalityDropout }: Pick<TrainConfig, 'modalityDropout'>): 'refused' | 'allowed' {
  return modalityDropout > 0 ? 'allowed' : 'refused';
}

/**
 * The sequences to train on: those asked for, or all that the dataset names.
 * @throws UsageError for one that the dataset lacks
 */
export function modalitiesOf(dataset: Dataset, config: Pick<TrainConfig, 'modalities'>): string[] {
  const unknown = (config.modalities ?? []).filter((modality) => !dataset.modalities.includes(modality));
  if (unknown.length > 0) {
    throw new UsageError(
      `The dataset ${dataset.name} has no modality ${unknown.join(', ')}; it has ${dataset.modalities.join(', ')}.`,
    );
  }
  return [...(config.modalities ?? dataset.modalities)];
}
