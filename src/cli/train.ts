import { Command } from 'commander';
import { z } from 'zod';
import { loadDataset } from '../dataset/load-dataset.ts';
import type { Dataset } from '../dataset/subject.ts';
import type { Engine } from '../engine/engine.ts';
import { DataError, UsageError } from '../errors.ts';
import { DataWorkers } from '../node/data-workers.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { loadModel } from '../node/load-model.ts';
import { parseTrainConfig, type TrainConfig } from '../train/config.ts';
import { parsePlan } from '../train/plan-file.ts';
import { CHECKPOINT } from '../train/run-folder.ts';
import { usesOwnFolds } from '../train/split-choice.ts';
import { type Extension, type Run, resumeTraining, type TrainOptions, train } from '../train/train.ts';
import { addComputeOptions, type ComputeOptions, withEngine } from './compute-options.ts';
import { isInterruption, withInterrupt } from './interrupt.ts';
import { parseInteger } from './option-values.ts';
import { packageVersion } from './package-version.ts';
import { ProgressDisplay } from './progress.ts';
import type { Scores } from './score.ts';
import { scoreRun } from './score-run.ts';

import { addTrainingOptions, trainingFlagsGiven, withFlags } from './train-options.ts';
import { writeProgress } from './write-progress.ts';

export interface TrainFlags extends ComputeOptions {
  readonly out: string;
  readonly config?: string;
  readonly plan?: string;
  readonly cache?: string;
  readonly workers: number;
  readonly resume?: true;
  readonly quiet?: true;
  readonly json?: true;
  readonly fold?: number | 'all' | undefined;
  readonly [name: string]: unknown;
}

/** `rarevox train`: trains a network on a dataset and scores it on the subjects that were held out. */
export function trainCommand(): Command {
  const command = new Command('train')
    .description('Train a network on a dataset, and score it on the subjects held out.')
    .argument('<data>', 'a dataset: a folder in a known layout (docs/datasets.md), or a manifest')
    .requiredOption('--out <run>', 'folder of the run: config, log, checkpoints, model.onnx, validation')
    .option('--config <file>', 'JSON with any of these options, under the same names in camel case')
    .option(
      '--resume',
      'continue the run in --out from its last checkpoint, with the options it was started with; --steps or --minutes extend it',
    )
    .option('--json', 'print the validation summary as JSON: null where nothing was held out')
    .option('--quiet', 'no progress');
  addTrainingOptions(command);
  addComputeOptions(command).option(
    '--workers <n>',
    'threads beside it that cut and vary the patches; the outcome is the same with any number',
    parseInteger(0, 64),
    0,
  );
  return command
    .addHelpText(
      'after',
      `
Losses: asymmetric, tversky, dice, generalized-dice, focal, cross-entropy, focal-tversky (docs/method.md).
Architectures: fc-densenet, unet.

Examples:
  $ rarevox train DATA --out RUN --minutes 20 --fold 0
  $ rarevox train DATA --out RUN --preset tiny --stem-stride 1,1,1 --patch 48,64,48 --steps 800 --validation 01,02
  $ rarevox train DATA --out RUN --loss asymmetric+cross-entropy --beta 2 --augmentation standard --fold 0
  $ rarevox train DATA --out CROSS --folds 5 --fold all --steps 2000
  $ rarevox train DATA --out RUN --resume
  $ rarevox train DATA --out RUN --resume --steps 4000`,
    )
    .action((data: string, flags: TrainFlags) => withInterrupt((signal) => runTrain(data, flags, signal)));
}

async function runTrain(data: string, flags: TrainFlags, signal: AbortSignal): Promise<void> {
  const display = new ProgressDisplay(process.stderr, { quiet: flags.quiet === true });
  const out = flags.out.replace(/\/+$/, '');
  try {
    const config = flags.resume === true ? null : parseTrainConfig(await configurationOf(flags));
    const extension = config === null ? extensionOf(flags) : null;
    const dataset = await loadDataset(nodeFileAccess, data);
    if (config !== null && usesOwnFolds(dataset, config)) display.note(`Folds: those of splits_final.json in ${data}`);
    const scores = await withEngine(flags, signal, (engine) =>
      trainAndScore(dataset, out, config ?? extension, { engine, flags, signal, display }),
    );
    if (flags.json === true) process.stdout.write(scores?.json ?? 'null\n');
    else if (scores !== null) process.stdout.write(`${scores.text}\nReport: ${scores.report}\n`);
  } catch (error) {
    display.clear();
    if (isInterruption(error) && (await nodeFileAccess.exists(`${out}/${CHECKPOINT}`))) {
      process.stderr.write(`Interrupted; to continue: rarevox train ${data} --out ${out} --resume\n`);
    }
    throw error;
  } finally {
    display.clear();
  }
}

export interface TrainingSetting {
  readonly engine: Engine;
  readonly flags: TrainFlags;
  readonly signal: AbortSignal;
  readonly display: ProgressDisplay;
}

/**
 * Trains or resumes one run and scores its held-out subjects.
 * @param what the configuration of a new run; or how to extend the one in the folder, null to resume it as it is
 * @returns null where nothing was held out
 */
export async function trainAndScore(
  dataset: Dataset,
  out: string,
  what: TrainConfig | Extension | null,
  { engine, flags, signal, display }: TrainingSetting,
): Promise<Scores | null> {
  const options: TrainOptions = {
    files: nodeFileAccess,
    engine,
    out,
    now: () => performance.now(),
    signal,
    onEvent: (event) => display.show(event),
    onWarning: (message) => display.warn(message),
    cache: flags.cache === undefined ? undefined : { folder: flags.cache, version: packageVersion() },
    batchSource: flags.workers === 0 ? undefined : (cases, layout) => DataWorkers.start(flags.workers, cases, layout),
    onCheckpoint: writeProgress,
  };
  const run = isConfig(what)
    ? await train(dataset, what, { ...options, warmStart: await warmStartOf(what) })
    : await resumeTraining(dataset, options, what);
  display.note(`Model: ${run.folder.file('model.onnx')}`);
  return run.validation.length === 0 ? null : scoreValidation(run, dataset, { engine, signal, display });
}

function isConfig(what: TrainConfig | Extension | null): what is TrainConfig {
  return what !== null && 'preset' in what;
}

function scoreValidation(
  run: Run,
  { labels }: Dataset,
  { engine, signal, display }: Omit<TrainingSetting, 'flags'>,
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

/** The configuration file with the flags on top. */
async function configurationOf(flags: TrainFlags): Promise<Record<string, unknown>> {
  const merged = withFlags(flags.config === undefined ? {} : await readConfiguration(flags.config), flags);
  if (flags.plan !== undefined) Object.assign(merged, await configurationOfPlan(flags.plan, merged));
  return merged;
}

async function readConfiguration(file: string): Promise<Record<string, unknown>> {
  const text = await nodeFileAccess.readText(file);
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    throw new DataError(`${file} is not a JSON object of training options: correct it, or leave --config out.`, {
      cause,
    });
  }
}

/** What --resume may be given beside the run's folder: a new length. */
function extensionOf(flags: TrainFlags): Extension | null {
  const given = trainingFlagsGiven(flags).filter((flag) => flag !== '--steps' && flag !== '--minutes');
  if (given.length > 0) {
    throw new UsageError(`--resume takes the run's own options from its folder: leave ${given.join(', ')} out.`);
  }
  const { steps, minutes } = flags as { readonly steps?: number; readonly minutes?: number };
  if (steps !== undefined && minutes !== undefined) {
    throw new UsageError('Extend the run by steps or by minutes, not both.');
  }
  if (steps !== undefined) return { steps };
  return minutes === undefined ? null : { minutes };
}

/** What a plan decides, as entries of the configuration, which nothing else may decide as well. */
async function configurationOfPlan(
  file: string,
  given: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const twice = ['modalities', 'spacing', 'intensity'].filter((name) => given[name] !== undefined);
  if (twice.length > 0) {
    throw new UsageError(`--plan decides ${twice.join(' and ')} too: change the plan, or leave one of the two out.`);
  }
  const plan = parsePlan(await nodeFileAccess.readText(file), file);
  return { modalities: plan.modalities, spacing: plan.spacing, intensity: plan.normalization };
}
