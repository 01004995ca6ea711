import { Command } from 'commander';
import { DataError } from '../errors.ts';
import type { PlannedResult, PlannedRun } from '../experiment/plan.ts';
import { encodeResult, readResult, resultPath } from '../experiment/result.ts';
import { removeProbabilities, scoreHeldOut } from '../experiment/score-held-out.ts';
import { identityOf, runConfig } from '../experiment/training.ts';
import type { Model } from '../model/model-file.ts';
import type { ChildEngine } from '../node/child-engine.ts';
import { nodeFileAccess as files } from '../node/file-access.ts';
import { withFolderLock } from '../node/folder-lock.ts';
import { loadModel } from '../node/load-model.ts';
import { CHECKPOINT, MODEL } from '../train/run-folder.ts';
import { withEngine } from './compute-options.ts';
import {
  addExperimentOptions,
  type ExperimentFlags,
  type OpenedExperiment,
  openExperiment,
} from './experiment-options.ts';
import { withInterrupt } from './interrupt.ts';
import { packageVersion } from './package-version.ts';
import { ProgressDisplay } from './progress.ts';
import { trainOrResume } from './train-run.ts';

interface RunFlags extends ExperimentFlags {
  readonly run: string;
}

/** `rarevox experiment-run`: one run of an experiment, as executors call it. */
export function experimentRunCommand(): Command {
  const command = new Command('experiment-run')
    .description('Do one run of an experiment: train or go on, predict, score, and write the results. For executors.')
    .argument('<config>', 'the experiment')
    .requiredOption('--run <key>', 'key of the run');
  return addExperimentOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox experiment-run experiments/paper-losses.yaml --run 9a35b79a21d31465 --data DATA --out LOSSES`,
    )
    .action((config: string, flags: RunFlags) => withInterrupt((signal) => runOne(config, flags, signal)));
}

async function runOne(config: string, flags: RunFlags, signal: AbortSignal): Promise<void> {
  // An executor that is gone can't be told what becomes of the run, and may have a successor.
  const abandon = (): void => process.exit(1);
  process.on('disconnect', abandon);
  const display = new ProgressDisplay(process.stderr, { quiet: flags.quiet === true });
  try {
    const opened = await openExperiment(config, flags);
    const run = opened.plan.runs.find(({ key }) => key === flags.run);
    if (run === undefined) {
      throw new DataError(
        `${config} has no run ${flags.run} with these data: they, or the experiment, were changed; plan it again.`,
      );
    }
    await withFolderLock(`${opened.runs}/${run.key}`, async () => {
      const missing = await missingResults(run, opened.results);
      if (missing.length === 0) return;
      await withEngine(flags, { signal, display }, async (engine) => {
        const model = await modelOf(run, opened, { engine, signal, display });
        for (const result of missing) await score(model, run, result, opened, flags, { engine, signal, display });
      });
    });
  } finally {
    display.clear();
    process.off('disconnect', abandon);
    if (process.connected) process.disconnect();
  }
}

interface Setting {
  readonly engine: ChildEngine;
  readonly signal: AbortSignal;
  readonly display: ProgressDisplay;
}

/** The results of a run that are not there yet. */
export async function missingResults(run: PlannedRun, folder: string): Promise<PlannedResult[]> {
  const missing: PlannedResult[] = [];
  for (const result of run.results) if ((await readResult(files, folder, result.key)) === null) missing.push(result);
  return missing;
}

/** The model of a run: trained before, gone on with, or trained now. */
async function modelOf(run: PlannedRun, { plan, runs }: OpenedExperiment, setting: Setting): Promise<Model> {
  const folder = `${runs}/${run.key}`;
  if (await files.exists(`${folder}/${MODEL}`)) return loadModel(folder);
  const isBegun = await files.exists(`${folder}/${CHECKPOINT}`);
  const heldOut = run.fold.split.validation.map(({ id }) => id);
  const what = isBegun ? null : runConfig(run.training, run.seed, heldOut);
  const { model } = await trainOrResume(plan.dataset, folder, what, { ...setting, cache: `${runs}/cache`, workers: 0 });
  return model;
}

async function score(
  model: Model,
  run: PlannedRun,
  result: PlannedResult,
  { plan, runs, results }: OpenedExperiment,
  { threads }: RunFlags,
  { engine, signal, display }: Setting,
): Promise<void> {
  const { labels } = plan.dataset;
  const { training, validation } = run.fold.split;
  const masks = `${runs}/${run.key}/predictions/${result.key}`;
  const version = packageVersion();
  const onEvent = (event: Parameters<ProgressDisplay['show']>[0]): void => display.show(event);
  const cases = await scoreHeldOut(model, validation, result, {
    files,
    engine,
    labels,
    out: masks,
    version,
    signal,
    onEvent,
  });
  const content = encodeResult({
    version: 1,
    key: result.key,
    run: run.key,
    rarevox: version,
    dataset: plan.dataset.name,
    configuration: identityOf(run.training),
    seed: run.seed,
    training: training.map(({ id }) => id),
    heldOut: validation.map(({ id }) => id),
    prediction: result.prediction,
    sequences: result.sequences === null ? null : [...result.sequences],
    threads,
    cases,
  });
  await files.write(resultPath(results, result.key), content);
  await removeProbabilities(files, masks, validation, labels);
}
