import { withRater } from '../dataset/rater.ts';
import type { Dataset, Subject } from '../dataset/subject.ts';
import { DataError, messageOf, throwFaults } from '../errors.ts';
import { caseStatistics } from '../evaluate/case-statistics.ts';
import { patientKey } from '../evaluate/subject-key.ts';
import type { EvaluatedCase } from '../evaluate/summary.ts';
import { readEvaluatedCases } from '../evaluate/summary-file.ts';
import type { ModelDescription } from '../model/model-card.ts';
import { REPORTED_FIGURES, type ReportedFigures } from '../model/reported-figures.ts';
import type { TrainingData } from '../model/training-data.ts';
import { datasetFingerprintSchema } from '../preprocess/fingerprint.ts';
import type { ProgressEvent } from '../progress-event.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { CardFile } from './card-file.ts';
import { digestOfData } from './data-digest.ts';
import { missingModalitiesOf } from './modalities.ts';
import { openReading, readSubjects } from './prepare-subjects.ts';
import type { RunDescription } from './run-description.ts';
import { FINGERPRINT, type RunFolder } from './run-folder.ts';

type Card = ModelDescription['card'];

/** What a model card says beside what every run tells of itself. */
export interface CardCompletion {
  /** The model's name: that of its file. */
  readonly name: string;
  readonly file: CardFile;
  /** Its path, which the places of the summaries in it are relative to. */
  readonly path: string;
  /** What the run was trained on. */
  readonly dataset: Dataset;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ProgressEvent) => void) | undefined;
}

/**
 * A run's model card with what a person wrote of the model, what its data are, and its figures.
 * @throws DataError with all faults: data that the run was not trained on, summaries that can't be read or hold no case
 */
export async function completeCard(
  files: FileAccess,
  card: Card,
  { folder, run }: { readonly folder: RunFolder; readonly run: RunDescription },
  completion: CardCompletion,
): Promise<Card> {
  const { file, path } = completion;
  const dataset = withRater(completion.dataset, run.config.rater);
  const { task, description, authors, intended_use, must_not_be_used_for, limits } = file;
  const faults: string[] = [];
  const collected = async <T>(work: Promise<T>): Promise<T | null> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      faults.push(messageOf(error));
      return null;
    }
  };
  const command = await collected(commandOf(folder, run, file, path));
  const data = await collected(trainingDataOf(files, folder, run, { ...completion, dataset }));
  const reported = await collected(reportedFiguresOf(files, file, path, dataset, run));
  throwFaults(faults);
  return {
    ...card,
    name: completion.name,
    ...(task !== undefined && { task }),
    description,
    ...(authors !== undefined && { authors }),
    intended_use,
    must_not_be_used_for,
    limits,
    data_source: file.sources.map((source) => `${source.name} (${source.license})`).join('; '),
    training: { ...card.training, command: command as string },
    data: data as TrainingData,
    reported: reported as ReportedFigures,
  };
}

async function commandOf(folder: RunFolder, run: RunDescription, file: CardFile, path: string): Promise<string> {
  if (run.command !== undefined && file.command !== undefined) {
    throw new DataError(`${path}: the run in ${folder.path} recorded its command itself: leave command out.`);
  }
  const command = run.command ?? file.command;
  if (command === undefined) {
    throw new DataError(`${path}: the run in ${folder.path} recorded no command: give it as command.`);
  }
  return command;
}

async function trainingDataOf(
  files: FileAccess,
  folder: RunFolder,
  run: RunDescription,
  { file: { sources }, dataset, signal, onEvent }: CardCompletion,
): Promise<TrainingData> {
  const byId = new Map(dataset.subjects.map((subject) => [subject.id, subject]));
  const missing = run.dataset.training.filter((id) => !byId.has(id));
  if (missing.length > 0) {
    throw new DataError(
      `The dataset ${dataset.name} lacks subjects that ${folder.path} was trained on: ${missing.join(', ')}. Name the dataset of the run.`,
    );
  }
  const subjects = run.dataset.training.map((id) => byId.get(id) as Subject);
  const { modalities } = run.preprocess;
  const { subjects: measured } = await folder.readJson(FINGERPRINT, datasetFingerprintSchema);
  const reading = openReading({ files, signal, onEvent }, missingModalitiesOf(run.config));
  const read = await readSubjects(subjects, { modalities, labels: run.labels, kept: [] }, reading);
  const before = new Map(measured.map((one) => [one.id, JSON.stringify(one)]));
  const changed = read.flatMap(({ fingerprint }) =>
    before.get(fingerprint.id) === JSON.stringify(fingerprint) ? [] : [fingerprint.id],
  );
  if (changed.length > 0) {
    throw new DataError(
      `The scans of ${changed.join(', ')} in the dataset ${dataset.name} are not those that ${folder.path} was trained on (${FINGERPRINT} tells): name the dataset of the run, as it was.`,
    );
  }
  const along = (choose: (...values: number[]) => number): [number, number, number] => [
    choose(...measured.map(({ spacing }) => spacing[0])),
    choose(...measured.map(({ spacing }) => spacing[1])),
    choose(...measured.map(({ spacing }) => spacing[2])),
  ];
  const sites = subjects.flatMap(({ site }) => site ?? []);
  const patientsOf = (of: readonly Subject[]): number => new Set(of.map(({ group }) => group)).size;
  const sets = new Map<string, number>();
  for (const { images } of subjects) {
    const set = modalities.filter((modality) => images[modality] !== undefined).join();
    sets.set(set, (sets.get(set) ?? 0) + 1);
  }
  return {
    digest: await digestOfData(files, subjects, modalities, run.labels),
    patients: patientsOf(subjects),
    scans: subjects.length,
    sites: [...new Set(sites)]
      .sort()
      .map((name) => ({ name, patients: patientsOf(subjects.filter(({ site }) => site === name)) })),
    sequences: [...sets].map(([set, scans]) => ({ sequences: set.split(','), scans })),
    spacing: { least: along(Math.min), greatest: along(Math.max) },
    sources: [...sources],
  };
}

async function reportedFiguresOf(
  files: FileAccess,
  { reported: { method, selection, results } }: CardFile,
  path: string,
  { subjects }: Dataset,
  { labels, preprocess }: RunDescription,
): Promise<ReportedFigures> {
  const known = Object.fromEntries(subjects.map(({ id, group }) => [id, group]));
  const names = new Map(labels.map(({ value, name }) => [String(value), name]));
  const faults: string[] = [];
  const read: ReportedFigures['results'] = [];
  for (const { baseline, sequences, summary, subjects: chosen, note, intervals } of results) {
    const place = summary.startsWith('/') ? summary : `${path.replace(/[^/]*$/, '')}${summary}`;
    const foreign = sequences.filter((sequence) => !preprocess.modalities.includes(sequence));
    if (foreign.length > 0) faults.push(`${path}: the model takes no ${foreign.join(', ')}.`);
    try {
      const cases = await casesOf(files, place, chosen);
      const patients = Object.fromEntries(cases.map(({ subject }) => [subject, known[subject] ?? patientKey(subject)]));
      const { statistics } = caseStatistics(cases, { patients });
      const figures = Object.entries(statistics).map(([label, of]) => {
        const entries = REPORTED_FIGURES.flatMap((name) => {
          const { mean, lower, upper, n } = of[name];
          if (mean === null) return [];
          const interval: [number, number] | null =
            !intervals || lower === null || upper === null ? null : [lower, upper];
          return [[name, { mean, interval, n }] as const];
        });
        return [names.get(label) ?? label, Object.fromEntries(entries)] as const;
      });
      read.push({
        ...(baseline !== undefined && { baseline }),
        sequences,
        ...(note !== undefined && { note }),
        cases: cases.length,
        figures: Object.fromEntries(figures),
      });
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      faults.push(messageOf(error));
    }
  }
  throwFaults(faults);
  return { method, selection, results: read };
}

/** The cases of a summary, or those of some subjects. */
async function casesOf(
  files: FileAccess,
  summary: string,
  chosen: readonly string[] | undefined,
): Promise<EvaluatedCase[]> {
  const cases = await readEvaluatedCases(files, summary);
  if (cases.length === 0) throw new DataError(`${summary} holds no case: score some predictions.`);
  if (chosen === undefined) return cases;
  const bySubject = new Map(cases.map((item) => [item.subject, item]));
  const missing = chosen.filter((subject) => !bySubject.has(subject));
  if (missing.length > 0)
    throw new DataError(`${summary} has no scores of ${missing.join(', ')}: correct the subjects.`);
  return chosen.map((subject) => bySubject.get(subject) as EvaluatedCase);
}
