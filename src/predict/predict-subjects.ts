import { loadSubject } from '../dataset/load-subject.ts';
import type { Subject } from '../dataset/subject.ts';
import { DataError, throwFaults } from '../errors.ts';
import { isWholeHead, measureBrain, wholeHeadWarning } from '../preprocess/brain.ts';
import type { PreparedCase } from '../preprocess/prepare.ts';
import type { ProgressEvent } from '../progress-event.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { NiftiHeader } from '../volume/nifti-header.ts';
import type { ScalarVolume } from '../volume/volume.ts';
import type { Ensemble } from './ensemble.ts';
import { joinLesions } from './lesions-table.ts';
import { predictPrepared, prepareForAll } from './predict.ts';
import { type OutputOptions, SubjectOutput } from './subject-output.ts';

/** What became of a subject. */
export interface SubjectOutcome {
  readonly id: string;
  /** `skipped`: it was predicted before, from the same scans by the same models and settings. */
  readonly kind: 'predicted' | 'skipped' | 'failed';
  /** Path of its mask; null where it failed. */
  readonly mask: string | null;
}

export interface PredictSubjectsOptions extends OutputOptions {
  /** Whether subjects that are finished are predicted again. */
  readonly overwrite?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ProgressEvent) => void) | undefined;
  /** Called for each subject once it is done with. */
  readonly onOutcome?: ((outcome: SubjectOutcome) => void) | undefined;
  /** Called for each scan without a brain mask that seems to be a whole head. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Predicts subjects one after the other and writes each one's mask, table of lesions, sidecar and, if asked for,
 * probabilities and vote spread, the maps in the space and with the header of its first image; at the end the table of all
 * lesions in the output folder, of earlier runs' subjects too.
 *
 * A subject that is finished is skipped: its files are there, and its sidecar is the one that would be written, by the
 * content of models and scans, the settings and the version. Otherwise all its files are made anew. A subject with a fault
 * leaves what was there before; the others are predicted all the same. A fault of the engine or the disk, which no other
 * subject would escape, ends the work.
 *
 * @returns the paths of the masks that are there, predicted or skipped, in the subjects' order
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
  const { files, out, signal, onOutcome } = options;
  const masks: string[] = [];
  const faults: string[] = [];
  let isDescribed = false;
  for (const [index, subject] of subjects.entries()) {
    signal?.throwIfAborted();
    const { id } = subject;
    const output = await SubjectOutput.of(ensemble, subject, options);
    if (options.overwrite !== true && (await output.isFinished())) {
      masks.push(output.mask);
      onOutcome?.({ id, kind: 'skipped', mask: output.mask });
      continue;
    }
    const scan = await prepareSubject(files, subject, ensemble).catch((error: unknown): null => {
      if (!(error instanceof DataError)) throw error;
      faults.push(withName(error.message, id));
      onOutcome?.({ id, kind: 'failed', mask: null });
      return null;
    });
    if (scan === null) continue;
    if (subject.brainMask === undefined) warnOfHead(id, scan.prepared[0] as PreparedCase, options);
    try {
      const label = `Predicting ${id} (${index + 1} of ${subjects.length})`;
      const { saveVoteSpread: voteSpread, onEvent } = options;
      const prediction = await predictPrepared(ensemble, scan.prepared, { label, voteSpread, signal, onEvent });
      if (!isDescribed) await files.write(`${out}/dataset_description.json`, datasetDescription(options.version));
      isDescribed = true;
      await output.write(prediction, scan.header);
      masks.push(output.mask);
      onOutcome?.({ id, kind: 'predicted', mask: output.mask });
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      onOutcome?.({ id, kind: 'failed', mask: null });
      throw new DataError([...faults, withName(error.message, id)].join('\n'), { cause: error });
    }
  }
  if (masks.length > 0) await joinLesions(files, out);
  throwFaults(faults);
  return masks;
}

async function prepareSubject(
  files: FileAccess,
  subject: Subject,
  ensemble: Ensemble,
): Promise<{ readonly prepared: readonly PreparedCase[]; readonly header: NiftiHeader | null }> {
  const { modalities, missingModalities: missing } = ensemble;
  const loaded = await loadSubject(files, subject, { modalities, missing, needReference: false });
  const { images, brainMask, header } = loaded;
  const byModality: Record<string, ScalarVolume> = {};
  for (const [index, modality] of modalities.entries()) {
    const image = images[index] ?? null;
    if (image !== null) byModality[modality] = image;
  }
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
