import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { loadDataset } from '../dataset/load-dataset.ts';
import { UsageError } from '../errors.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { addComputeOptions, type ComputeOptions, withEngine } from './compute-options.ts';
import { type DemoSetting, openDemoModel, predictDemo } from './demo-predict.ts';
import { demoTraining, trainDemo } from './demo-train.ts';
import { freeFolder } from './free-folder.ts';
import { withInterrupt } from './interrupt.ts';
import { parsePositive } from './option-values.ts';
import { ProgressDisplay } from './progress.ts';
import type { Scores } from './score.ts';

/** The scans that come with the package, two folders above this file in the sources as in the installed package. */
const SAMPLES = fileURLToPath(new URL('../../samples/ms', import.meta.url));

const DEFAULT_MINUTES = 2.5;

interface DemoFlags extends ComputeOptions {
  readonly out: string;
  readonly train?: true;
  readonly minutes?: number;
  readonly quiet?: true;
}

/** `rarevox demo`: segments a sample scan with a shipped model that never saw its patient, or trains one first, and scores it. */
export function demoCommand(): Command {
  const command = new Command('demo')
    .description('Segment a sample scan with a model that never saw its patient, score it, and report.')
    .option(
      '--out <folder>',
      'folder for all of it; where it holds something, the next free of NAME-2, NAME-3, …',
      'demo',
    )
    .option(
      '--train',
      'train a small network on the other sample scans first, instead of taking a model that comes along',
    )
    .option('--minutes <m>', `length of that training (default: ${DEFAULT_MINUTES})`, parsePositive)
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox demo
  $ rarevox demo --train
  $ rarevox demo --train --minutes 1 --out try`,
    );
  return addComputeOptions(command).action((flags: DemoFlags) => withInterrupt((signal) => runDemo(flags, signal)));
}

async function runDemo(flags: DemoFlags, signal: AbortSignal): Promise<void> {
  const files = nodeFileAccess;
  const display = new ProgressDisplay(process.stderr, { quiet: flags.quiet === true });
  const work = await workOf(flags);
  try {
    const wanted = flags.out.replace(/\/+$/, '');
    const out = await freeFolder(files, wanted);
    if (out !== wanted) display.note(`${wanted} holds something already: this demo goes into ${out}.`);
    await withEngine(flags, { signal, display }, async (engine) => {
      const { text, report } = await work({ engine, out, signal, display });
      const model = flags.train === true ? `Model:  ${out}/run/model.onnx\n` : '';
      process.stdout.write(`${text}\n${model}Masks:  ${out}/predictions\nReport: ${report}\n`);
    });
  } finally {
    display.clear();
  }
}

/** What the demo does, with the faults that show before anything is computed thrown. */
async function workOf({ train, minutes }: DemoFlags): Promise<(setting: DemoSetting) => Promise<Scores>> {
  const dataset = await loadDataset(nodeFileAccess, SAMPLES);
  if (train === true) {
    const config = demoTraining(minutes ?? DEFAULT_MINUTES);
    return (setting) => trainDemo(config, dataset, setting);
  }
  if (minutes !== undefined) throw new UsageError('--minutes is the length of a training: it goes with --train.');
  const model = await openDemoModel();
  return (setting) => predictDemo(model, dataset, setting);
}
