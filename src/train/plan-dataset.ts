import type { Dataset, Subject } from '../dataset/subject.ts';
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
 * of them. Subjects that lack some of the modalities are measured too, with a warning, since a plan decides nothing about them.
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
  const read = await readSubjects(
    candidates,
    { modalities, labels: dataset.labels, kept: [] },
    openReading(options, 'allowed'),
  );
  warnOfMissing(
    read.map(({ subject }) => subject),
    modalities,
    options.onWarning,
  );
  const subjects = read.map(({ fingerprint }) => fingerprint);
  return {
    plan: choosePlan(subjects, choices),
    fingerprint: fingerprintDataset(dataset.name, dataset.labels, subjects),
  };
}

function warnOfMissing(
  subjects: readonly Subject[],
  modalities: readonly string[],
  onWarning: ReadingOptions['onWarning'],
): void {
  const lacking = modalities.flatMap((modality) => {
    const ids = subjects.filter(({ images }) => images[modality] === undefined).map(({ id }) => id);
    const listed = ids.length > 8 ? [...ids.slice(0, 8), `${ids.length - 8} more`] : ids;
    return ids.length === 0 ? [] : [`${modality} (${listed.join(', ')})`];
  });
  if (lacking.length === 0) return;
  onWarning?.(
    `Some subjects lack ${lacking.join(', ')}: training refuses them unless it has --modality-dropout, or --modalities leaves these out.`,
  );
}
