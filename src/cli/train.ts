import { Command, Option } from 'commander';
import { z } from 'zod';
import { loadDataset } from '../dataset/load-dataset.ts';
import { DataError, UsageError } from '../errors.ts';
import { presetNames } from '../network/options.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { NORMALIZATIONS } from '../preprocess/plan.ts';
import { parseTrainConfig } from '../train/config.ts';
import { parsePlan } from '../train/plan-file.ts';
import { CHECKPOINT } from '../train/run-folder.ts';
import { usesOwnFolds } from '../train/split-choice.ts';
import { resumeTraining, type TrainOptions, train } from '../train/train.ts';
import { addComputeOptions, type ComputeOptions, withEngine } from './compute-options.ts';
import { isInterruption, withInterrupt } from './interrupt.ts';
import {
  parseExtent,
  parseInteger,
  parseNames,
  parseNumber,
  parsePositive,
  parseSpacingChoice,
} from './option-values.ts';
import { packageVersion } from './package-version.ts';
import { ProgressDisplay } from './progress.ts';
import { scoreRun } from './score-run.ts';
import { writeProgress } from './write-progress.ts';

interface TrainFlags extends ComputeOptions {
  readonly out: string;
  readonly config?: string;
  readonly plan?: string;
  readonly cache?: string;
  readonly resume?: true;
  readonly quiet?: true;
  readonly json?: true;
  readonly stemStride?: readonly number[];
  readonly normalization?: string;
  readonly augmentation?: string;
  readonly [name: string]: unknown;
}

/** Flags that stand in the configuration under the same name. */
const CONFIG_FLAGS = [
  'preset',
  'modalities',
  'loss',
  'beta',
  'smoothing',
  'patch',
  'spacing',
  'intensity',
  'batch',
  'learningRate',
  'schedule',
  'steps',
  'minutes',
  'fold',
  'folds',
  'splits',
  'validation',
  'leaveOutSite',
  'rater',
  'seed',
] as const;

/** `rarevox train`: trains a network on a dataset and scores it on the subjects that were held out. */
export function trainCommand(): Command {
  const command = new Command('train')
    .description('Train a network on a dataset, and score it on the subjects held out.')
    .argument('<data>', 'a dataset: a folder in a known layout (docs/datasets.md), or a manifest')
    .requiredOption('--out <run>', 'folder of the run: config, log, checkpoints, model.onnx, validation')
    .option('--config <file>', 'JSON with any of these options, under the same names in camel case')
    .addOption(new Option('--preset <name>', 'size of the network').choices(presetNames).default(undefined, 'compact'))
    .option(
      '--stem-stride <i,j,k>',
      'stride of the first convolution, 1 along axes that are coarse already (default: 2,2,2)',
      parseExtent,
    )
    .addOption(
      new Option('--normalization <kind>', 'normalization in the network (default: instance; batch for paper)').choices(
        ['batch', 'instance', 'group'],
      ),
    )
    .option('--modalities <list>', 'sequences to train on, such as FLAIR,T1w (default: all)', parseNames)
    .addOption(new Option('--loss <kind>', 'loss to minimize (default: asymmetric)').choices(['asymmetric', 'dice']))
    .option('--beta <b>', 'weight of recall over precision in the asymmetric loss (default: 1.5)', parsePositive)
    .option('--smoothing <s>', "term in the loss's numerator and denominator (default: 0)", parseNumber(0))
    .option('--patch <i,j,k>', "voxels of a patch (default: the preset's)", parseExtent)
    .option(
      '--spacing <x,y,z>',
      "voxel size in mm to resample to, `auto`, or `own` for each scan's own (default: auto)",
      parseSpacingChoice,
    )
    .addOption(
      new Option('--intensity <kind>', 'intensity normalization within the brain (default: z-score)').choices([
        ...NORMALIZATIONS,
      ]),
    )
    .addOption(
      new Option('--augmentation <kind>', 'how patches are turned (default: mirror; rotation-180 for paper)').choices([
        'rotation-180',
        'mirror',
        'none',
      ]),
    )
    .option('--batch <n>', 'patches in a step (default: 1)', parseInteger(1))
    .option('--learning-rate <r>', "Adam's learning rate (default: 0.001)", parsePositive)
    .addOption(
      new Option('--schedule <kind>', 'how the learning rate falls (default: polynomial)').choices([
        'polynomial',
        'step',
        'constant',
      ]),
    )
    .option('--steps <n>', 'length of the run (default: 1000)', parseInteger(1))
    .option('--minutes <m>', 'length of the run by the clock, instead of steps', parsePositive)
    .option('--fold <k>', 'hold out this fold, counted from 0, for validation', parseInteger(0))
    .option('--folds <n>', "number of folds (default: those of the dataset's splits_final.json, or 5)", parseInteger(2))
    .option('--splits <file>', 'take the folds from a file like splits_final.json of nnU-Net')
    .option('--validation <ids>', 'hold out these subjects instead', parseNames)
    .option('--leave-out-site <name>', 'hold out the subjects of a site instead')
    .option('--rater <name>', "whose masks, in a dataset with several raters: mask2 (default: the layout's)")
    .option('--seed <s>', 'seed of everything that is drawn (default: 0)', parseInteger(0))
    .option('--plan <file>', 'the preprocessing that `rarevox plan` chose: modalities, spacing and intensity')
    .option('--cache <folder>', 'keep the prepared scans there, for other runs on the same data')
    .option('--resume', 'continue the run in --out from its last checkpoint, with the options it was started with')
    .option('--json', 'print the validation summary as JSON: null where nothing was held out')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox train DATA --out RUN --minutes 20 --fold 0
  $ rarevox train DATA --out RUN --preset tiny --stem-stride 1,1,1 --patch 48,64,48 --steps 800 --validation 01,02
  $ rarevox train DATA --out RUN --resume`,
    );
  return addComputeOptions(command).action((data: string, flags: TrainFlags) =>
    withInterrupt((signal) => runTrain(data, flags, signal)),
  );
}

async function runTrain(data: string, flags: TrainFlags, signal: AbortSignal): Promise<void> {
  const display = new ProgressDisplay(process.stderr, { quiet: flags.quiet === true });
  const out = flags.out.replace(/\/+$/, '');
  try {
    const config = flags.resume === true ? null : parseTrainConfig(await configurationOf(flags));
    if (config === null) refuseConfiguration(flags);
    const dataset = await loadDataset(nodeFileAccess, data);
    if (config !== null && usesOwnFolds(dataset, config)) display.note(`Folds: those of splits_final.json in ${data}`);
    await withEngine(flags, signal, async (engine) => {
      const options: TrainOptions = {
        files: nodeFileAccess,
        engine,
        out,
        now: () => performance.now(),
        signal,
        onEvent: (event) => display.show(event),
        onWarning: (message) => display.warn(message),
        cache: flags.cache === undefined ? undefined : { folder: flags.cache, version: packageVersion() },
        onCheckpoint: writeProgress,
      };
      const run = config === null ? await resumeTraining(dataset, options) : await train(dataset, config, options);
      display.note(`Model: ${run.folder.file('model.onnx')}`);
      if (run.validation.length === 0) {
        if (flags.json === true) process.stdout.write('null\n');
        return;
      }
      const validation = run.folder.file('validation');
      const { json, text, report } = await scoreRun(
        run,
        dataset.labels,
        { files: nodeFileAccess, engine, predictions: validation, out: validation, title: 'Validation', signal },
        display,
      );
      process.stdout.write(flags.json === true ? json : `${text}\nReport: ${report}\n`);
    });
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

/** The configuration file with the flags on top. */
async function configurationOf(flags: TrainFlags): Promise<Record<string, unknown>> {
  const { stemStride, normalization, augmentation, ...fromFile } =
    flags.config === undefined ? {} : await readConfiguration(flags.config);
  const fromFlags = Object.fromEntries(
    CONFIG_FLAGS.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]),
  );
  const network = {
    ...(fromFile.network as object | undefined),
    ...definedOnly({
      stemStride: flags.stemStride ?? stemStride,
      normalization: flags.normalization ?? normalization,
    }),
  };
  const selection = {
    ...(fromFile.selection as object | undefined),
    ...definedOnly({ augmentation: flags.augmentation ?? augmentation }),
  };
  const merged: Record<string, unknown> = { ...fromFile, ...fromFlags };
  if (flags.plan !== undefined) Object.assign(merged, await configurationOfPlan(flags.plan, merged));
  return { ...merged, ...(merged.spacing === 'own' && { spacing: null }), network, selection };
}

function definedOnly(entries: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
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

function refuseConfiguration(flags: TrainFlags): void {
  const given = [...CONFIG_FLAGS, 'stemStride', 'normalization', 'augmentation', 'config', 'plan'].filter(
    (name) => flags[name] !== undefined,
  );
  if (given.length > 0) {
    const names = given.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
    throw new UsageError(`--resume takes the run's own options from its folder: leave ${names.join(', ')} out.`);
  }
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
