import { loadSubject } from '../dataset/load-subject.ts';
import type { Subject } from '../dataset/subject.ts';
import { DataError, throwFaults } from '../errors.ts';
import type { ProgressEvent } from '../progress-event.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import { outputNames } from './output-names.ts';
import { predictLoaded } from './predict.ts';
import type { LoadedModel } from './predict-case.ts';

export interface PredictSubjectsOptions {
  readonly files: FileAccess;
  /** The output folder. */
  readonly out: string;
  readonly saveProbabilities: boolean;
  /** Version of rarevox, for the sidecars. */
  readonly version: string;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ProgressEvent) => void) | undefined;
}

/**
 * Predicts subjects one after the other and writes each one's mask, sidecar and, if asked for, probabilities in the space
 * and with the header of its first image. A subject with a fault leaves no file; the others are predicted all the same.
 *
 * @returns the masks' paths, in the subjects' order
 * @throws DataError at the end, with the faults of all subjects
 */
export async function predictSubjects(
  loaded: LoadedModel,
  subjects: readonly Subject[],
  options: PredictSubjectsOptions,
): Promise<string[]> {
  const { files, out, signal, onEvent } = options;
  const { description } = loaded.model;
  const { modalities } = description.preprocess;
  const masks: string[] = [];
  const faults: string[] = [];
  await files.write(`${out}/dataset_description.json`, datasetDescription(options.version));
  for (const [index, subject] of subjects.entries()) {
    signal?.throwIfAborted();
    try {
      const { images, brainMask, header } = await loadSubject(files, subject, { modalities, needReference: false });
      const label = `Predicting ${subject.id} (${index + 1} of ${subjects.length})`;
      const prediction = await predictLoaded(loaded, images, { brainMask, label, signal, onEvent });
      const names = outputNames(
        subject.id,
        description.labels.map(({ name }) => name),
      );
      if (options.saveProbabilities) {
        for (const [channel, probabilities] of prediction.probabilities.entries()) {
          const bytes = await encodeNifti(probabilities, header, { gzip: true });
          await files.write(`${out}/${names.probabilities[channel]}`, bytes);
        }
      }
      await files.write(`${out}/${names.sidecar}`, sidecar(loaded, subject, options.version));
      await files.write(`${out}/${names.mask}`, await encodeNifti(prediction.mask, header, { gzip: true }));
      masks.push(`${out}/${names.mask}`);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      faults.push(error.message.startsWith(subject.id) ? error.message : `${subject.id}: ${error.message}`);
    }
  }
  throwFaults(faults);
  return masks;
}

function sidecar({ model, settings }: LoadedModel, subject: Subject, version: string): string {
  const { description } = model;
  const sources = description.preprocess.modalities.map((modality) => subject.images[modality]);
  const content = {
    Description: `${description.card.task}, predicted by rarevox ${version}`,
    Sources: sources,
    Model: description.card.name,
    Labels: Object.fromEntries(description.labels.map(({ value, name }) => [name, value])),
    Patch: settings.patch,
    Overlap: settings.overlap,
    Window: settings.window,
    Padding: settings.padding,
    Views: settings.views,
    ...(description.labels.length === 1 ? { Threshold: settings.threshold } : {}),
    PostProcessing: 'none',
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function datasetDescription(version: string): string {
  const content = {
    Name: 'rarevox predictions',
    BIDSVersion: '1.9.0',
    DatasetType: 'derivative',
    GeneratedBy: [{ Name: 'rarevox', Version: version }],
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
