import { z } from 'zod';
import { trainedViews } from '../augmentation/options.ts';
import type { ModelDescription } from '../model/model-card.ts';
import { viewsOf } from '../patch/view.ts';
import type { TrainConfig } from './config.ts';
import { missingModalitiesOf } from './modalities.ts';
import type { RunDescription } from './run-description.ts';

/**
 * What the model file says of a run.
 * @param rarevox the version that writes it
 */
export function describeModel(run: RunDescription, rarevox?: string): ModelDescription {
  return {
    version: 2,
    network: run.network,
    preprocess: run.preprocess,
    missingModalities: missingModalitiesOf(run.config),
    labels: run.labels,
    patch: run.patch,
    prediction: {
      overlap: 0.5,
      window: 'spline',
      padding: 'fit',
      views: viewCountOf(run.config),
      threshold: 0.5,
    },
    card: {
      name: `${run.dataset.name} (${run.config.preset})`,
      task: `segmentation of ${run.labels.map(({ name }) => name).join(', ')} in ${run.preprocess.modalities.join(', ')}`,
      created_by: 'rarevox train',
      ...(rarevox !== undefined && { rarevox_version: rarevox }),
      intended_use: 'Research only. Not a medical device: not for diagnosis or treatment.',
      training: {
        dataset: run.dataset.name,
        subjects: run.dataset.training,
        held_out: run.dataset.validation,
        config: z.json().parse(run.config),
      },
      references: [
        'Hashemi et al. 2019, Asymmetric Loss Functions and Deep Densely-Connected Networks for Highly-Imbalanced Medical Image Segmentation: Application to Multiple Sclerosis Lesion Detection, IEEE Access 7:1721-1735, doi 10.1109/ACCESS.2018.2886371',
      ],
    },
  };
}

/** The most views that a prediction may average, of which training showed the network every one. */
function viewCountOf({ augmentation }: TrainConfig): 1 | 2 | 4 | 8 {
  const shown = new Set(trainedViews(augmentation).map(({ view }) => view));
  const counts = [8, 4, 2, 1] as const;
  return counts.find((count) => viewsOf(count).every(({ name }) => shown.has(name))) ?? 1;
}
