import { Command, Option } from 'commander';
import { loadDataset } from '../dataset/load-dataset.ts';
import type { Subject } from '../dataset/subject.ts';
import { DataError, UsageError } from '../errors.ts';
import { baseName } from '../evaluate/subject-key.ts';
import type { Model } from '../model/model-file.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { loadModels } from '../node/load-model.ts';
import { unreportedSequences, unseenViews } from '../predict/coverage.ts';
import { loadForPrediction } from '../predict/ensemble.ts';
import { refuseUnknownModalities } from '../predict/modalities.ts';
import { type PredictionOptions, predictionOptionsSchema, resolvePrediction } from '../predict/options.ts';
import { partOf } from '../predict/part.ts';
import { predictSubjects, type SubjectOutcome } from '../predict/predict-subjects.ts';
import { withoutImageExtension } from '../volume/image-name.ts';
import { addComputeOptions, type ComputeOptions, withEngine } from './compute-options.ts';
import { withInterrupt } from './interrupt.ts';
import {
  collectImage,
  collectPath,
  parseExtent,
  parseInteger,
  parseNames,
  parseNumber,
  parseOneOf,
} from './option-values.ts';
import { packageVersion } from './package-version.ts';
import { writePredictionReport } from './predict-report.ts';
import { ProgressDisplay } from './progress.ts';

export interface PredictFlags extends ComputeOptions, PredictionOptions {
  readonly model: readonly string[];
  readonly out: string;
  readonly image?: Readonly<Record<string, string>>;
  readonly mask?: string;
  readonly modalities?: readonly string[];
  readonly subjects?: readonly string[];
  readonly saveProbabilities?: true;
  readonly saveVoteSpread?: true;
  readonly report?: true;
  readonly overwrite?: true;
  readonly numParts?: number;
  readonly partId?: number;
  readonly json?: true;
  readonly quiet?: true;
}

/** `rarevox predict`: segments scans with a trained model. */
export function predictCommand(): Command {
  const command = new Command('predict')
    .description('Segment scans with a trained model: a whole dataset, or one scan given by its images.')
    .argument('[data]', 'a dataset: a folder in a known layout (docs/datasets.md), or a manifest')
    .requiredOption(
      '--model <model>',
      'a run folder of `rarevox train`, a model.onnx, a name of `rarevox models`, or a folder with the runs fold-0, fold-1, …; several are an ensemble',
      collectPath,
    )
    .requiredOption('--out <folder>', 'folder for the masks')
    .option(
      '--image <modality=file>',
      'an image of one scan (or a DICOM folder); once for each modality of the model, or for those that there are where it was trained with --modality-dropout',
      collectImage,
    )
    .option('--mask <file>', 'brain mask of that scan (default: where the first image is not 0)')
    .option(
      '--modalities <list>',
      'only these sequences of each scan, such as FLAIR (default: all that the model takes)',
      parseNames,
    )
    .option('--subjects <ids>', 'only these subjects of the dataset', parseNames)
    .option(
      '--overlap <share>',
      "share of a patch that the next one covers again (default: the model's, 0.5)",
      parseNumber(0, 0.95),
    )
    .addOption(
      new Option(
        '--window <kind>',
        "weight of a vote by its place in the patch (default: the model's, spline)",
      ).choices(['spline', 'gaussian', 'uniform']),
    )
    .addOption(
      new Option(
        '--padding <kind>',
        "fit: tiles spread over the brain's box; half: reflect half a patch around it",
      ).choices(['fit', 'half']),
    )
    .option(
      '--views <n>',
      "flipped views whose votes are averaged: 1, 2, 4 or 8 (default: the model's)",
      parseOneOf(1, 2, 4, 8),
    )
    .option('--patch <i,j,k>', "voxels of a patch (default: the model's)", parseExtent)
    .option('--threshold <p>', "least probability of a lesion voxel (default: the model's, 0.5)", parseNumber(0, 1))
    .option(
      '--hysteresis <p>',
      'least probability of a voxel that is connected to one above the threshold',
      parseNumber(0, 1),
    )
    .option(
      '--fill-holes',
      "give background that is enclosed on all sides the label around it (default: the model's, no)",
    )
    .option('--no-fill-holes', 'leave holes, whatever the model says')
    .option('--lesion-threshold <mm3>', "remove lesions smaller than this (default: the model's, 0)", parseNumber(0))
    .option(
      '--connectivity <n>',
      "when voxels form one lesion: 6 by faces, 18 also edges, 26 also corners (default: the model's, 18)",
      parseOneOf(6, 18, 26),
    )
    .option('--save-probabilities', 'write the probability of each class too')
    .option(
      '--save-vote-spread',
      'write the standard deviation of the votes on each voxel too: how inconsistent they are',
    )
    .option('--report', 'write report.html too: pictures with the outlines, the lesions, and the settings')
    .option('--overwrite', 'predict again what is there already, from the same scans, models and settings')
    .option('--num-parts <n>', 'split the subjects into so many parts, for as many jobs …', parseInteger(1))
    .option('--part-id <i>', '… and predict this one only, counted from 0', parseInteger(0))
    .option('--json', 'print the paths of the masks as JSON, and which subjects were predicted, skipped, or failed')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox predict --model RUN --out DIR --image FLAIR=flair.nii.gz --image T1w=t1.nii.gz
  $ rarevox predict --model model.onnx --out DIR DATA --views 4 --save-probabilities --report
  $ rarevox predict --model RUN-A --model RUN-B --out DIR DATA          the mean of two models
  $ rarevox predict --model FOLDS --out DIR DATA                        the mean of FOLDS/fold-0, FOLDS/fold-1, …
  $ rarevox predict --model RUN --out DIR DATA --hysteresis 0.3 --fill-holes --lesion-threshold 3
  $ rarevox predict --model RUN --out DIR DATA --num-parts 4 --part-id 0   the first of four jobs`,
    );
  return addComputeOptions(command).action((data: string | undefined, flags: PredictFlags) =>
    withInterrupt((signal) => runPredict(data, flags, signal)),
  );
}

/** What `rarevox predict` does: predicts a dataset, or the scan that the flags name, and prints the paths of the masks. */
export async function runPredict(data: string | undefined, flags: PredictFlags, signal: AbortSignal): Promise<void> {
  const display = new ProgressDisplay(process.stderr, { quiet: flags.quiet === true });
  try {
    const subjects = ownPart(withModalities(await subjectsOf(data, flags), flags), flags);
    const models = (await Promise.all(flags.model.map(loadModels))).flat();
    const descriptions = models.map(({ description }) => description);
    const settings = resolvePrediction(descriptions, optionsOf(flags));
    const { modalities } = (models[0] as Model).description.preprocess;
    refuseUnknownModalities(modalities, [...Object.keys(flags.image ?? {}), ...(flags.modalities ?? [])]);
    const warnings = [...unseenViews(descriptions, settings), ...unreportedSequences(descriptions, subjects)];
    for (const warning of warnings) display.warn(warning);
    const outcomes: SubjectOutcome[] = [];
    let report: string | null = null;
    const writeReport = async (): Promise<void> => {
      if (flags.report !== true || outcomes.every(({ mask }) => mask === null)) return;
      display.note('Drawing the report');
      report = await writePredictionReport(subjects, outcomes, {
        files: nodeFileAccess,
        out: flags.out.replace(/\/+$/, ''),
        // Jobs that share a folder each write their own.
        name: flags.partId === undefined ? 'report.html' : `report_part-${flags.partId}.html`,
        labels: (models[0] as Model).description.labels.map(({ name }) => name),
        note: (text) => display.note(text),
        signal,
      });
    };
    try {
      await withEngine(flags, { signal, display }, async (engine) =>
        predictSubjects(await loadForPrediction(engine, models, settings), subjects, {
          files: nodeFileAccess,
          out: flags.out.replace(/\/+$/, ''),
          saveProbabilities: flags.saveProbabilities === true,
          saveVoteSpread: flags.saveVoteSpread === true,
          overwrite: flags.overwrite === true,
          version: packageVersion(),
          signal,
          onEvent: (event) => display.show(event),
          onOutcome: (outcome) => outcomes.push(outcome),
          onWarning: (message) => display.warn(message),
        }),
      ).catch(async (error: unknown) => {
        // The subjects without a fault are there; the report names the others.
        if (error instanceof DataError) await writeReport();
        throw error;
      });
      await writeReport();
    } finally {
      printOutcomes(outcomes, report, flags, display);
    }
  } finally {
    display.clear();
  }
}

/** The options of the prediction itself among the flags. */
function optionsOf(flags: PredictFlags): PredictionOptions {
  const names = Object.keys(predictionOptionsSchema.shape) as (keyof PredictionOptions)[];
  return Object.fromEntries(names.map((name) => [name, flags[name]]));
}

function ownPart(subjects: readonly Subject[], { numParts: count, partId: index }: PredictFlags): readonly Subject[] {
  if (count === undefined && index === undefined) return subjects;
  if (count === undefined || index === undefined) throw new UsageError('--num-parts and --part-id go together.');
  return partOf(subjects, { index, count });
}

/** The masks that are there on stdout, and in words what became of the subjects; also where the run ends early. */
function printOutcomes(
  outcomes: readonly SubjectOutcome[],
  report: string | null,
  { json }: PredictFlags,
  display: ProgressDisplay,
): void {
  const masks = outcomes.flatMap(({ mask }) => (mask === null ? [] : [mask]));
  const of = (kind: SubjectOutcome['kind']): string[] => outcomes.flatMap((one) => (one.kind === kind ? [one.id] : []));
  const [predicted, skipped, failed] = [of('predicted'), of('skipped'), of('failed')];
  if (json === true) {
    const result = { masks, predicted, skipped, failed, ...(report !== null && { report }) };
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  } else for (const mask of masks) process.stdout.write(`${mask}\n`);
  // What became of a single scan is told by its mask, or its fault.
  const list = (words: string, ids: readonly string[]): void => {
    if (ids.length > 0 && (outcomes.length > 1 || ids === skipped)) display.note(`${words}: ${ids.join(', ')}`);
  };
  list('Predicted', predicted);
  list('Skipped, since they are there from the same scans, models and settings', skipped);
  list('Failed', failed);
  if (report !== null) display.note(`Report: ${report}`);
}

/** Subjects with the sequences that were asked for alone; those that have none of them lack all, which is a fault of theirs. */
function withModalities(subjects: readonly Subject[], { modalities, image }: PredictFlags): readonly Subject[] {
  if (modalities === undefined) return subjects;
  if (image !== undefined) {
    throw new UsageError('--modalities goes with a dataset; of one scan give the images that count.');
  }
  return subjects.map((subject) => {
    const kept = Object.entries(subject.images).filter(([modality]) => modalities.includes(modality));
    return { ...subject, images: Object.fromEntries(kept) };
  });
}

async function subjectsOf(data: string | undefined, flags: PredictFlags): Promise<readonly Subject[]> {
  if ((data === undefined) === (flags.image === undefined)) {
    throw new UsageError('Give either a dataset folder, or the images of one scan by --image MODALITY=FILE.');
  }
  if (data === undefined) {
    const images = flags.image as Readonly<Record<string, string>>;
    const id = baseName(withoutImageExtension(Object.values(images)[0]));
    return [{ id, group: id, images, split: 'test', ...(flags.mask !== undefined && { brainMask: flags.mask }) }];
  }
  if (flags.mask !== undefined) throw new UsageError('--mask goes with --image; a dataset brings its own brain masks.');
  const { subjects } = await loadDataset(nodeFileAccess, data);
  const wanted = flags.subjects;
  if (wanted === undefined) return subjects;
  const chosen = subjects.filter(({ id }) => wanted.some((name) => name === id || `sub-${name}` === id));
  const unknown = wanted.filter((name) => !subjects.some(({ id }) => name === id || `sub-${name}` === id));
  if (unknown.length > 0) throw new UsageError(`The dataset has no subject ${unknown.join(', ')}.`);
  return chosen;
}
