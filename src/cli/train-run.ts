import type { Dataset } from '../dataset/subject.ts';
import type { Engine } from '../engine/engine.ts';
import { availableMemory } from '../node/available-memory.ts';
import { DataWorkers } from '../node/data-workers.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { withFolderLock } from '../node/folder-lock.ts';
import { loadModel } from '../node/load-model.ts';
import type { TrainConfig } from '../train/config.ts';
import { type Extension, type Run, resumeTraining, type TrainOptions, train } from '../train/train.ts';
import { packageVersion } from './package-version.ts';
import type { ProgressDisplay } from './progress.ts';
import { provenanceOfProcess, repeatableCommand } from './provenance.ts';
import { runPictures } from './run-pictures.ts';
import type { Scores } from './score.ts';
import { curveOf, scoreRun } from './score-run.ts';

export interface TrainingSetting {
  readonly engine: Engine;
  /** A folder for prepared scans. */
  readonly cache: string | undefined;
  /** Threads that cut patches; 0: the command's own. */
  readonly workers: number;
  readonly signal: AbortSignal;
  readonly display: ProgressDisplay;
}

/**
 * Trains or resumes one run and scores its held-out subjects, while no other process writes to its folder.
 * @param what as for `trainOrResume`
 * @returns null where nothing was held out
 */
export async function trainAndScore(
  dataset: Dataset,
  out: string,
  what: TrainConfig | Extension | null,
  setting: TrainingSetting,
): Promise<Scores | null> {
  const { engine, signal, display } = setting;
  return withFolderLock(out, async () => {
    const run = await trainOrResume(dataset, out, what, setting);
    display.note(`Model: ${run.folder.file('model.onnx')}`);
    await writeTrainingReport(run, dataset);
    return run.validation.length === 0 ? null : scoreValidation(run, dataset, { engine, signal, display });
  });
}

/**
 * Trains or resumes one run on this machine, in a folder that is this process's alone.
 * @param what the configuration of a new run; or how to extend the one in the folder, null to resume it as it is
 */
export async function trainOrResume(
  dataset: Dataset,
  out: string,
  what: TrainConfig | Extension | null,
  { engine, cache, workers, signal, display }: TrainingSetting,
): Promise<Run> {
  const options: TrainOptions = {
    files: nodeFileAccess,
    engine,
    out,
    now: () => performance.now(),
    signal,
    onEvent: (event) => display.show(event),
    onWarning: (message) => display.warn(message),
    cache: cache === undefined ? undefined : { folder: cache, version: packageVersion() },
    availableMemory: availableMemory(),
    clock: Date.now,
    version: packageVersion(),
    command: repeatableCommand(process.argv.slice(2)),
    batchSource: workers === 0 ? undefined : (cases, layout) => DataWorkers.start(workers, cases, layout),
    ...runPictures(dataset.labels),
  };
  return isConfig(what)
    ? train(dataset, what, { ...options, warmStart: await warmStartOf(what) })
    : resumeTraining(dataset, options, what);
}

function isConfig(what: TrainConfig | Extension | null): what is TrainConfig {
  return what !== null && 'preset' in what;
}

/** The report of the training itself: RUN/report.html. */
async function writeTrainingReport({ folder, description, validation }: Run, { labels }: Dataset): Promise<void> {
  // The chart library takes a third of a second to load: only those who draw pay for it.
  const { renderTrainingReport } = await import('../report/training-report.ts');
  const page = renderTrainingReport({
    title: 'Training',
    training: curveOf(await folder.readLog(), labels),
    description,
    notes: [
      validation.length === 0
        ? 'No subject was held out, so nothing is scored.'
        : 'The scores of the held-out subjects are in validation/report.html.',
    ],
    provenance: provenanceOfProcess(),
  });
  await folder.write('report.html', page);
}

function scoreValidation(
  run: Run,
  { labels }: Dataset,
  { engine, signal, display }: Pick<TrainingSetting, 'engine' | 'signal' | 'display'>,
): Promise<Scores> {
  const validation = run.folder.file('validation');
  return scoreRun(
    run,
    labels,
    { files: nodeFileAccess, engine, predictions: validation, out: validation, title: 'Validation', signal },
    display,
  );
}

async function warmStartOf({ warmStart }: TrainConfig): Promise<TrainOptions['warmStart']> {
  return warmStart === null ? undefined : loadModel(warmStart);
}
