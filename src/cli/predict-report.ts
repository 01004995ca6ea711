import { z } from 'zod';
import type { Subject } from '../dataset/subject.ts';
import { DataError } from '../errors.ts';
import { decodeLesions } from '../predict/lesions-table.ts';
import { outputNames } from '../predict/output-names.ts';
import type { SubjectOutcome } from '../predict/predict-subjects.ts';
import { drawCase, type Picture } from '../report/case-pictures.ts';
import { type PredictedCase, renderPrediction } from '../report/prediction-report.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { withoutImageExtension } from '../volume/image-name.ts';
import { readImage, readLabels } from '../volume/read-image.ts';
import type { ScalarVolume } from '../volume/volume.ts';
import { provenanceOfProcess } from './provenance.ts';

export interface PredictionReportOptions {
  readonly files: FileAccess;
  /** The output folder of the prediction. */
  readonly out: string;
  /** Name of the report's file in it. */
  readonly name: string;
  /** Names of the foreground classes. */
  readonly labels: readonly string[];
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** More cases than this are not all pictured. */
const PICTURED_CASES = 24;

const sidecarSchema = z.looseObject({ Modalities: z.array(z.string()), BrainMask: z.boolean() });

/**
 * Writes the report of a prediction from the files that it left, those of earlier runs too: masks, tables of lesions, sidecars,
 * probability maps where there are some, and the scans.
 * @returns its path
 */
export async function writePredictionReport(
  subjects: readonly Subject[],
  outcomes: readonly SubjectOutcome[],
  options: PredictionReportOptions,
): Promise<string> {
  const { files, out, name, signal } = options;
  const masks = new Map(outcomes.flatMap(({ id, mask }) => (mask === null ? [] : [[id, mask] as const])));
  const cases: PredictedCase[] = [];
  let settings: Readonly<Record<string, unknown>> = {};
  let hasProbabilities = false;
  for (const subject of subjects) {
    const mask = masks.get(subject.id);
    if (mask === undefined) continue;
    signal.throwIfAborted();
    const sidecar = sidecarSchema.parse(JSON.parse(await files.readText(`${withoutImageExtension(mask)}.json`)));
    const { Description: _, Sources: __, SourcesSHA256: ___, Modalities, BrainMask, Frames: ____, ...rest } = sidecar;
    settings = rest;
    const names = outputNames(subject.id, options.labels);
    const drawn =
      cases.length < PICTURED_CASES
        ? await picturesOf(subject, mask, Modalities, names.probabilities, options)
        : { pictures: [], hasProbabilities: false };
    hasProbabilities ||= drawn.hasProbabilities;
    cases.push({
      name: subject.id,
      mask,
      lesions: decodeLesions(await files.readText(`${out}/${names.lesions}`)),
      remark: `${Modalities.join(', ')}; ${BrainMask ? 'with a brain mask' : 'without a brain mask'}`,
      pictures: drawn.pictures,
    });
  }
  const failed = outcomes.filter(({ kind }) => kind === 'failed').map(({ id }) => id);
  const open = subjects.filter(({ id }) => outcomes.every((outcome) => outcome.id !== id)).map(({ id }) => id);
  const notes = [
    ...(open.length > 0 ? [`Not predicted, since the work ended before: ${open.join(', ')}.`] : []),
    ...(failed.length > 0 ? [`Not predicted, since there was a fault: ${failed.join(', ')}.`] : []),
    ...(cases.length > PICTURED_CASES ? [`Pictures of the first ${PICTURED_CASES} of ${cases.length} cases.`] : []),
  ];
  const path = `${out}/${name}`;
  const provenance = provenanceOfProcess();
  await files.write(
    path,
    renderPrediction({ title: 'Prediction', cases, settings, hasProbabilities, notes, provenance }),
  );
  return path;
}

async function picturesOf(
  { id, images, frames }: Subject,
  mask: string,
  modalities: readonly string[],
  probabilities: readonly string[],
  { files, out, note }: PredictionReportOptions,
): Promise<{ pictures: readonly Picture[]; hasProbabilities: boolean }> {
  const prediction = (await readLabels(files, mask)).volume;
  const maps: ScalarVolume[] = [];
  for (const map of probabilities) {
    if (await files.exists(`${out}/${map}`)) maps.push((await readImage(files, `${out}/${map}`)).volume);
  }
  const modality = modalities.includes('FLAIR') ? 'FLAIR' : (modalities[0] as string);
  const frame = frames?.[modality];
  try {
    const image = (await readImage(files, images[modality] as string, frame === undefined ? {} : { frame })).volume;
    return { pictures: drawCase({ image, prediction, probabilities: maps }), hasProbabilities: maps.length > 0 };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    note(`${error.message} The pictures of ${id} show the outlines alone.`);
    return { pictures: drawCase({ prediction, probabilities: maps }), hasProbabilities: maps.length > 0 };
  }
}
