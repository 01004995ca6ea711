import { Command } from 'commander';
import { z } from 'zod';
import { loadDataset } from '../dataset/load-dataset.ts';
import type { Device } from '../engine/engine.ts';
import { DataError, UsageError } from '../errors.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { parseTrainConfig } from '../train/config.ts';
import { parsePlan } from '../train/plan-file.ts';
import { RUN_DESCRIPTION, readRunDescription } from '../train/run-description.ts';
import { CHECKPOINT, RunFolder } from '../train/run-folder.ts';
import { usesOwnFolds } from '../train/split-choice.ts';
import type { Extension } from '../train/train.ts';
import { addComputeOptions, type ComputeOptions, withEngine } from './compute-options.ts';
import { Interruption, withInterrupt } from './interrupt.ts';
import { parseInteger } from './option-values.ts';
import { ProgressDisplay } from './progress.ts';
import { type FoldsRequest, holdsFolds, trainFolds } from './train-folds.ts';
import { addTrainingOptions, trainingFlagsGiven, withFlags } from './train-options.ts';
import { trainAndScore } from './train-run.ts';

interface TrainFlags extends ComputeOptions {
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
  // No workers by default: the command's own thread cuts patches while the compute process works, so that steps did not wait for
  // data with any number of workers (docs/performance.md), and workers take a second copy of the prepared scans.
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
  $ rarevox train DATA --out RUN --fold 0 --device webgpu
  $ rarevox train DATA --out RUN --resume
  $ rarevox train DATA --out RUN --resume --steps 4000`,
    )
    .action((data: string, flags: TrainFlags) => withInterrupt((signal) => runTrain(data, flags, signal)));
}

async function runTrain(data: string, flags: TrainFlags, signal: AbortSignal): Promise<void> {
  const display = new ProgressDisplay(process.stderr, { quiet: flags.quiet === true });
  const out = flags.out.replace(/\/+$/, '');
  try {
    const isResumed = flags.resume === true;
    const isAll = flags.fold === 'all' || (isResumed && (await holdsFolds(out)));
    const extension = isResumed ? extensionOf(flags) : null;
    const configuration = isResumed ? null : await configurationOf(isAll ? { ...flags, fold: undefined } : flags);
    const config = configuration === null || isAll ? null : parseTrainConfig(configuration);
    const dataset = await loadDataset(nodeFileAccess, data);
    if (config !== null && usesOwnFolds(dataset, config)) display.note(`Folds: those of splits_final.json in ${data}`);
    const { cache, workers } = flags;
    const device = flags.device ?? (isResumed ? await deviceOfRun(out, isAll) : undefined);
    await withEngine({ ...flags, device }, { signal, display }, async (engine) => {
      const setting = { engine, cache, workers, signal, display };
      if (isAll) {
        const request: FoldsRequest =
          configuration === null ? { kind: 'resume', extension } : { kind: 'new', configuration };
        const { json, text } = await trainFolds(dataset, out, request, setting);
        process.stdout.write(flags.json === true ? json : text);
        return;
      }
      const scores = await trainAndScore(dataset, out, config ?? extension, setting);
      if (flags.json === true) process.stdout.write(scores?.json ?? 'null\n');
      else if (scores !== null) process.stdout.write(`${scores.text}\nReport: ${scores.report}\n`);
    });
  } catch (error) {
    display.clear();
    const isBegun = (await nodeFileAccess.exists(`${out}/${CHECKPOINT}`)) || (await holdsFolds(out));
    if (error instanceof Interruption && isBegun) {
      process.stderr.write(`Interrupted; to continue: rarevox train ${data} --out ${out} --resume\n`);
    }
    throw error;
  } finally {
    display.clear();
  }
}

/** The device that a run, or the first of its folds, was started on; undefined where there is no run. */
async function deviceOfRun(out: string, isAll: boolean): Promise<Device | undefined> {
  const folder = new RunFolder(nodeFileAccess, isAll ? `${out}/fold-0` : out);
  return (await folder.has(RUN_DESCRIPTION)) ? (await readRunDescription(folder)).device : undefined;
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
  const given = trainingFlagsGiven(flags).filter(
    (flag) => flag !== '--steps' && flag !== '--minutes' && !(flag === '--fold' && flags.fold === 'all'),
  );
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
