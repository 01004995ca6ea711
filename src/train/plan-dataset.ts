import type { Dataset } from '../dataset/subject.ts';
import { DataError } from '../errors.ts';
import { choosePlan } from '../preprocess/choose-plan.ts';
import { type DatasetFingerprint, fingerprintDataset } from '../preprocess/fingerprint.ts';
import type { PreprocessPlan } from '../preprocess/plan.ts';
import type { TrainConfig } from './config.ts';
import { modalitiesOf } from './modalities.ts';
import { checkPlan } from './plan-file.ts';
import { openReading, type ReadingOptions, readSubjects } from './prepare-subjects.ts';

/**
 * Measures all subjects of a dataset that can be trained on, and chooses the plan for them: what training would do with all
 * of them.
 *
 * @throws DataError with every fault of the data; UsageError for modalities that it lacks
 */
export async function planDataset(
  dataset: Dataset,
  config: Pick<TrainConfig, 'modalities' | 'spacing' | 'intensity'>,
  options: ReadingOptions,
): Promise<{ readonly plan: PreprocessPlan; readonly fingerprint: DatasetFingerprint }> {
  const modalities = modalitiesOf(dataset, config);
  const choices = { modalities, spacing: config.spacing, normalization: config.intensity };
  checkPlan({ version: 1, ...choices, spacing: null }, 'The preprocessing that the options ask for');
  const candidates = dataset.subjects.filter(({ split }) => split === 'training');
  if (candidates.length === 0) {
    throw new DataError(
      `The dataset ${dataset.name} has no subject to train on: it needs images with a reference mask.`,
    );
  }
  const read = await readSubjects(candidates, { modalities, labels: dataset.labels, kept: [] }, openReading(options));
  const subjects = read.map(({ fingerprint }) => fingerprint);
  return {
    plan: choosePlan(subjects, choices),
    fingerprint: fingerprintDataset(dataset.name, dataset.labels, subjects),
  };
}
