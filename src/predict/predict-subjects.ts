import { loadSubject } from '../dataset/load-subject.ts';
import type { Subject } from '../dataset/subject.ts';
import { DataError, throwFaults } from '../errors.ts';
import { isWholeHead, measureBrain, wholeHeadWarning } from '../preprocess/brain.ts';
import type { PreparedCase } from '../preprocess/prepare.ts';
import type { ProgressEvent } from '../progress-event.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { NiftiHeader } from '../volume/nifti-header.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import type { ScalarVolume } from '../volume/volume.ts';
import type { Ensemble } from './ensemble.ts';
import { outputNames } from './output-names.ts';
import { type Prediction, predictPrepared, prepareForAll } from './predict.ts';
import { sidecar } from './sidecar.ts';

export interface PredictSubjectsOptions {
  readonly files: FileAccess;
  /** The output folder. */
  readonly out: string;
  readonly saveProbabilities: boolean;
  readonly saveVoteSpread?: boolean | undefined;
  /** Version of rarevox, for the sidecars. */
  readonly version: string;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ProgressEvent) => void) | undefined;
  /** Called for each scan without a brain mask that seems to be a whole head. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Predicts subjects one after the other and writes each one's mask, sidecar and, if asked for, probabilities in the space
 * and with the header of its first image. A subject with a fault leaves no file; the others are predicted all the same.
 * A fault of the engine or the disk, which no other subject would escape, ends the work.
 *
 * @returns the masks' paths, in the subjects' order
 * @throws DataError at the end, with the faults of all subjects
 */
export async function predictSubjects(
  ensemble: Ensemble,
  subjects: readonly Subject[],
  options: PredictSubjectsOptions,
): Promise<string[]> {
  try {
    return await predictEach(ensemble, subjects, options);
  } finally {
    await ensemble.release().catch(() => undefined);
  }
}

async function predictEach(
  ensemble: Ensemble,
  subjects: readonly Subject[],
  options: PredictSubjectsOptions,
): Promise<string[]> {
  const { files, out, saveVoteSpread: voteSpread, signal, onEvent } = options;
  const masks: string[] = [];
  const faults: string[] = [];
  for (const [index, subject] of subjects.entries()) {
    signal?.throwIfAborted();
    const scan = await prepareSubject(files, subject, ensemble).catch((error: unknown): null => {
      if (!(error instanceof DataError)) throw error;
      faults.push(withName(error.message, subject.id));
      return null;
    });
    if (scan === null) continue;
    if (subject.brainMask === undefined) warnOfHead(subject.id, scan.prepared[0] as PreparedCase, options);
    try {
      const label = `Predicting ${subject.id} (${index + 1} of ${subjects.length})`;
      const prediction = await predictPrepared(ensemble, scan.prepared, { label, voteSpread, signal, onEvent });
      const output = await encodeOutput(ensemble, subject, prediction, scan.header, options);
      if (masks.length === 0) {
        await files.write(`${out}/dataset_description.json`, datasetDescription(options.version));
      }
      await writeAll(files, output);
      masks.push(output.at(-1)?.path as string);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw new DataError([...faults, withName(error.message, subject.id)].join('\n'), { cause: error });
    }
  }
  throwFaults(faults);
  return masks;
}

async function prepareSubject(
  files: FileAccess,
  subject: Subject,
  ensemble: Ensemble,
): Promise<{ readonly prepared: readonly PreparedCase[]; readonly header: NiftiHeader | null }> {
  const { modalities } = ensemble;
  const { images, brainMask, header } = await loadSubject(files, subject, { modalities, needReference: false });
  const byModality = Object.fromEntries(modalities.map((modality, index) => [modality, images[index] as ScalarVolume]));
  return { prepared: prepareForAll(ensemble, byModality, brainMask), header };
}

function warnOfHead(
  id: string,
  { source, sourceBrain }: PreparedCase,
  { onWarning }: Pick<PredictSubjectsOptions, 'onWarning'>,
): void {
  const size = measureBrain(sourceBrain, source);
  const warning = isWholeHead(size) ? wholeHeadWarning([{ name: id, milliliters: size.milliliters }]) : null;
  if (warning !== null) onWarning?.(warning);
}

interface OutputFile {
  readonly path: string;
  readonly content: Uint8Array | string;
}

/** All files of a subject, the mask last: where it is, the others are. */
async function encodeOutput(
  ensemble: Ensemble,
  subject: Subject,
  { mask, probabilities, voteSpread }: Prediction,
  header: NiftiHeader | null,
  { out, saveProbabilities, version }: PredictSubjectsOptions,
): Promise<OutputFile[]> {
  const names = outputNames(
    subject.id,
    ensemble.labels.map(({ name }) => name),
  );
  const output: OutputFile[] = [];
  const addMaps = async (paths: readonly string[], maps: readonly ScalarVolume[]): Promise<void> => {
    for (const [index, map] of maps.entries()) {
      output.push({ path: `${out}/${paths[index]}`, content: await encodeNifti(map, header, { gzip: true }) });
    }
  };
  if (saveProbabilities) await addMaps(names.probabilities, probabilities);
  if (voteSpread !== null) await addMaps(names.voteSpread, voteSpread);
  output.push({ path: `${out}/${names.sidecar}`, content: sidecar(ensemble, subject, version) });
  output.push({ path: `${out}/${names.mask}`, content: await encodeNifti(mask, header, { gzip: true }) });
  return output;
}

/** Writes all of a subject's files or none. */
async function writeAll(files: FileAccess, output: readonly OutputFile[]): Promise<void> {
  for (const [index, { path, content }] of output.entries()) {
    try {
      await files.write(path, content);
    } catch (error) {
      for (const written of output.slice(0, index)) await files.remove(written.path).catch(() => undefined);
      throw error;
    }
  }
}

/** Each line of a message with the subject's name before it, unless the line has it. */
function withName(message: string, id: string): string {
  const lines = message.split('\n').map((line) => (line.includes(id) ? line : `${id}: ${line}`));
  return lines.join('\n');
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
