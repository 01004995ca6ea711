import { Command, InvalidArgumentError, Option } from 'commander';
import { loadDataset } from '../dataset/load-dataset.ts';
import { DataError } from '../errors.ts';
import { encodeCasesTable } from '../evaluate/cases-table.ts';
import { type CaseEvent, evaluateFolders, type FolderEvaluation } from '../evaluate/evaluate-folders.ts';
import { EMPTY_POLICIES, type EmptyPolicy } from '../evaluate/figures.ts';
import { type LabelMapFile, listNifti } from '../evaluate/label-map-files.ts';
import { CONNECTIVITIES } from '../evaluate/lesion-matching.ts';
import { baseName, isNifti, subjectKey } from '../evaluate/subject-key.ts';
import { encodeSummary } from '../evaluate/summary.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { drawCase, type Picture } from '../report/case-pictures.ts';
import type { LabelNames } from '../report/figures-tables.ts';
import { renderFiguresText } from '../report/figures-text.ts';
import { renderReport } from '../report/render-report.ts';
import { describeGridDifference } from '../volume/affine.ts';
import type { Connectivity } from '../volume/connected-components.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { readImage } from '../volume/nifti-read.ts';
import type { ScalarVolume } from '../volume/volume.ts';
import { withInterrupt } from './interrupt.ts';
import { ProgressDisplay } from './progress.ts';

interface EvaluateOptions {
  readonly connectivity: string;
  readonly empty: EmptyPolicy;
  readonly labels?: readonly number[];
  readonly image?: string;
  readonly allowMissing?: true;
  readonly out?: string;
  readonly json?: true;
  readonly quiet?: true;
}

/** More cases than this are not all shown: the report keeps the pictures of those with the lowest Dice. */
const PICTURED_CASES = 24;

/** `rarevox evaluate`: scores predictions against references. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Score predictions against references: two files, or two folders matched by subject.')
    .argument('<predictions>', 'a label map (.nii, .nii.gz), or a folder of them')
    .argument('<references>', 'a label map, a folder of them, or a dataset (BIDS, Decathlon)')
    .addOption(
      new Option('--connectivity <n>', 'when voxels form one lesion: by faces, also edges, also corners')
        .choices(CONNECTIVITIES.map(String))
        .default('18'),
    )
    .addOption(
      new Option('--empty <value>', 'what stands for a figure without a value: nothing, the best or the worst value')
        .choices(EMPTY_POLICIES)
        .default('null'),
    )
    .option('--labels <list>', 'labels to score, such as 1,2 (default: those of the references)', parseLabels)
    .option('--image <path>', "scans for the report's pictures: a file, or a folder (default: the dataset's own)")
    .option('--allow-missing', 'score the subjects that have a prediction, and list those that have none')
    .option('--out <folder>', 'write summary.json, cases.csv and report.html there')
    .option('--json', 'print the summary as JSON')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox evaluate prediction.nii.gz reference.nii.gz
  $ rarevox evaluate PREDICTIONS DATA --allow-missing --out SCORES`,
    )
    .action((predictions: string, references: string, options: EvaluateOptions) =>
      withInterrupt((signal) => evaluate(predictions, references, options, signal)),
    );
}

async function evaluate(
  predictions: string,
  references: string,
  options: EvaluateOptions,
  signal: AbortSignal,
): Promise<void> {
  const files = nodeFileAccess;
  const display = new ProgressDisplay(process.stderr, { quiet: options.quiet === true });
  const dataset = await openReferences(files, references);
  const images = options.image === undefined ? dataset.images : await findImages(files, options.image);
  const pictures = new Map<string, readonly Picture[]>();
  try {
    const evaluation = await evaluateFolders(
      files,
      predictions,
      dataset.references,
      {
        connectivity: Number(options.connectivity) as Connectivity,
        empty: options.empty,
        ...(options.labels === undefined ? {} : { labels: options.labels }),
        ...(options.allowMissing === undefined ? {} : { allowMissing: true }),
        declaredLabels: dataset.labels,
        signal,
      },
      async (event) => {
        if (event.kind === 'progress') display.show(event);
        else if (options.out !== undefined) {
          const image = await readImageFor(files, event, images, display);
          pictures.set(event.subject, drawCase({ ...event, ...(image === null ? {} : { image }) }));
        }
      },
    );
    warnOfUnmatched(evaluation);
    const report = {
      ...evaluation.summary,
      missing_predictions: evaluation.missing,
      extra_predictions: evaluation.extra,
    };
    const json = encodeSummary(report);
    process.stdout.write(options.json === true ? json : renderFiguresText(evaluation.summary, dataset.labelNames));
    if (options.out !== undefined) {
      const out = options.out.replace(/\/+$/, '');
      await files.write(`${out}/summary.json`, json);
      await files.write(`${out}/cases.csv`, encodeCasesTable(evaluation.summary));
      await files.write(`${out}/report.html`, reportOf(evaluation, pictures, dataset.labelNames, options));
      if (options.json !== true) process.stdout.write(`\nReport: ${out}/report.html\n`);
    }
  } finally {
    display.clear();
  }
}

interface References {
  readonly references: string | readonly LabelMapFile[];
  /** Labels that the dataset declares; empty for a plain file or folder. */
  readonly labels: readonly number[];
  readonly labelNames: LabelNames;
  /** The scan to show for each subject. */
  readonly images: ReadonlyMap<string, ScanFile>;
}

interface ScanFile {
  readonly path: string;
  /** Which volume of a 4D file. */
  readonly frame?: number;
}

/** A dataset's references where the folder is one, else the path as it stands. */
async function openReferences(files: FileAccess, path: string): Promise<References> {
  if (isNifti(path) || !(await isDataset(files, path))) {
    return { references: path, labels: [], labelNames: {}, images: new Map() };
  }
  const dataset = await loadDataset(files, path);
  const references: LabelMapFile[] = [];
  const images = new Map<string, ScanFile>();
  for (const subject of dataset.subjects) {
    if (subject.reference === undefined) continue;
    const key = subjectKey(subject.reference);
    references.push({ subject: key, path: subject.reference });
    const modality = subject.images.FLAIR === undefined ? Object.keys(subject.images)[0] : 'FLAIR';
    if (modality === undefined) continue;
    const frame = subject.frames?.[modality];
    images.set(key, { path: subject.images[modality] as string, ...(frame === undefined ? {} : { frame }) });
  }
  return {
    references,
    labels: dataset.labels.map((label) => label.value),
    labelNames: Object.fromEntries(dataset.labels.map((label) => [String(label.value), label.name])),
    images,
  };
}

/** Whether a folder is a dataset with references of its own; a folder of BIDS derivatives is a plain folder of maps. */
async function isDataset(files: FileAccess, folder: string): Promise<boolean> {
  if (await files.exists(`${folder}/dataset.json`)) return true;
  const description = `${folder}/dataset_description.json`;
  if (!(await files.exists(description))) return false;
  return !/"DatasetType"\s*:\s*"derivative"/.test(await files.readText(description));
}

/** Scans by subject: one file for whichever subject there is (under the key ''), or the files of a folder, FLAIR first. */
async function findImages(files: FileAccess, path: string): Promise<ReadonlyMap<string, ScanFile>> {
  if (isNifti(path)) return new Map([['', { path }]]);
  if (await isDataset(files, path)) return (await openReferences(files, path)).images;
  const images = new Map<string, ScanFile>();
  for (const file of await listNifti(files, path)) {
    if (/_(mask|dseg|probseg)\.nii(\.gz)?$/i.test(file)) continue;
    // nnU-Net's names of images end in the number of the channel.
    const key = subjectKey(file).replace(/_\d{4}$/, '');
    const earlier = images.get(key);
    if (earlier === undefined || (isFlair(file) && !isFlair(earlier.path))) images.set(key, { path: file });
  }
  if (images.size === 0) throw new DataError(`${path} holds no scans (NIfTI images) for pictures.`);
  return images;
}

function isFlair(path: string): boolean {
  return /FLAIR/i.test(baseName(path));
}

/** The scan of a case, or null with a note: a report without a picture is better than none. */
async function readImageFor(
  files: FileAccess,
  event: CaseEvent,
  images: ReadonlyMap<string, ScanFile>,
  display: ProgressDisplay,
): Promise<ScalarVolume | null> {
  const scan = images.get(event.subject) ?? images.get('');
  if (scan === undefined) {
    if (images.size > 0) display.note(`${event.subject} has no scan; its pictures show the outlines alone.`);
    return null;
  }
  try {
    const { volume } = await readImage(files, scan.path, scan.frame === undefined ? {} : { frame: scan.frame });
    const difference = describeGridDifference(volume, event.reference);
    if (difference === null) return volume;
    display.note(
      `${scan.path} is not on the grid of ${event.referenceFile} (${difference}); its pictures show the outlines alone.`,
    );
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    display.note(`${error.message} The pictures of ${event.subject} show the outlines alone.`);
  }
  return null;
}

/** Said even with --quiet: scores of a part must never pass for scores of the whole. */
function warnOfUnmatched({ missing, extra, cases }: FolderEvaluation): void {
  if (missing.length > 0) {
    const total = cases.length + missing.length;
    process.stderr.write(
      `Not scored, no prediction: ${missing.join(', ')} (${missing.length} of ${total} references).\n`,
    );
  }
  if (extra.length > 0) process.stderr.write(`Not scored, no reference: ${extra.join(', ')}.\n`);
}

function reportOf(
  evaluation: FolderEvaluation,
  pictures: ReadonlyMap<string, readonly Picture[]>,
  labelNames: LabelNames,
  options: EvaluateOptions,
): string {
  const { cases, summary, labels, missing, extra } = evaluation;
  const lowestDice = (metrics: (typeof cases)[number]['metrics']): number =>
    Math.min(...labels.map((label) => metrics[String(label)]?.Dice ?? 1));
  const ranked = [...cases].sort((a, b) => lowestDice(a.metrics) - lowestDice(b.metrics));
  const pictured = new Set(ranked.slice(0, PICTURED_CASES).map((item) => item.subject));
  const notes = [`Lesions are components of ${options.connectivity}-connected voxels.`];
  if (options.empty !== 'null') {
    const which = options.empty === 'one' ? 'best' : 'worst';
    notes.push(`Figures without a value count with the ${which} value (--empty ${options.empty}).`);
  }
  if (missing.length > 0) notes.push(`Not scored, since there is no prediction: ${missing.join(', ')}.`);
  if (extra.length > 0) notes.push(`Not scored, since there is no reference: ${extra.join(', ')}.`);
  if (pictured.size < cases.length) notes.push(`Pictures of the ${pictured.size} cases with the lowest Dice.`);
  return renderReport({
    title: 'Evaluation',
    summary,
    cases: cases.map((item) => ({
      name: item.subject,
      figures: item.metrics,
      pictures: pictured.has(item.subject) ? (pictures.get(item.subject) ?? []) : [],
    })),
    notes,
    labelNames,
  });
}

function parseLabels(text: string): readonly number[] {
  const labels = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!labels.every((label) => Number.isInteger(label) && label > 0)) {
    throw new InvalidArgumentError('It takes whole numbers above 0 with commas between them, such as 1,2.');
  }
  return [...new Set(labels)].sort((a, b) => a - b);
}
