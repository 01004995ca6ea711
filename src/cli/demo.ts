import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { loadDataset } from '../dataset/load-dataset.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { parseTrainConfig } from '../train/config.ts';
import { train } from '../train/train.ts';
import { addComputeOptions, type ComputeOptions, withEngine } from './compute-options.ts';
import { freeFolder } from './free-folder.ts';
import { withInterrupt } from './interrupt.ts';
import { parsePositive } from './option-values.ts';
import { packageVersion } from './package-version.ts';
import { ProgressDisplay } from './progress.ts';
import { repeatableCommand } from './provenance.ts';
import { runPictures } from './run-pictures.ts';
import { scoreRun } from './score-run.ts';

/** The scans that come with the package, two folders above this file in the sources as in the installed package. */
const SAMPLES = fileURLToPath(new URL('../../samples/ms', import.meta.url));

/** What the demo trains, beside its length: a network and a patch for slices of 6 to 7 mm, never halved at the stem. */
const DEMO_CONFIG = {
  preset: 'tiny',
  network: {
    stemStride: [2, 2, 1],
    pooling: [
      [2, 2, 1],
      [2, 2, 1],
      [2, 2, 2],
    ],
  },
  patch: [96, 96, 16],
  spacing: null,
  // The curriculum's counts are meant for voxels of 1 mm3; the samples' voxels are 5 to 6 mm3.
  selection: { minimalCentralVoxels: { early: 10, late: 5 } },
  validation: ['sub-tabriz09'],
};

const DEFAULT_MINUTES = 2.5;

interface DemoFlags extends ComputeOptions {
  readonly out: string;
  readonly minutes: number;
  readonly quiet?: true;
}

/** `rarevox demo`: trains on the sample scans, segments one that was held out, scores it and writes a report. */
export function demoCommand(): Command {
  const command = new Command('demo')
    .description('Train a small network on the sample scans, segment a scan that it never saw, score it, and report.')
    .option(
      '--out <folder>',
      'folder for all of it; where it holds something, the next free of NAME-2, NAME-3, …',
      'demo',
    )
    .option('--minutes <m>', 'length of the training', parsePositive, DEFAULT_MINUTES)
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox demo
  $ rarevox demo --minutes 1 --out try`,
    );
  return addComputeOptions(command).action((flags: DemoFlags) => withInterrupt((signal) => runDemo(flags, signal)));
}

async function runDemo(flags: DemoFlags, signal: AbortSignal): Promise<void> {
  const files = nodeFileAccess;
  const display = new ProgressDisplay(process.stderr, { quiet: flags.quiet === true });
  const config = parseTrainConfig({ ...DEMO_CONFIG, minutes: flags.minutes });
  try {
    const wanted = flags.out.replace(/\/+$/, '');
    const out = await freeFolder(files, wanted);
    if (out !== wanted) display.note(`${wanted} holds something already: this demo goes into ${out}.`);
    const dataset = await loadDataset(files, SAMPLES);
    const heldOut = DEMO_CONFIG.validation.join(', ');
    display.note(`Training ${config.preset} on the FLAIR and T1w scans in ${SAMPLES}, without ${heldOut}.`);
    await withEngine(flags, { signal, display }, async (engine) => {
      const run = await train(dataset, config, {
        files,
        engine,
        out: `${out}/run`,
        now: () => performance.now(),
        signal,
        onEvent: (event) => display.show(event),
        clock: Date.now,
        version: packageVersion(),
        command: repeatableCommand(process.argv.slice(2)),
        ...runPictures(dataset.labels),
      });
      const notes = [
        `Trained for ${flags.minutes} minutes on ${run.description.dataset.training.length} patients; ${heldOut} was held out.`,
        'A show of the software: too few scans and too short a training for a model of use.',
      ];
      const predictions = `${out}/predictions`;
      const { text, report } = await scoreRun(
        run,
        dataset.labels,
        { files, engine, predictions, out, title: 'Demo', notes, signal },
        display,
      );
      process.stdout.write(
        `${text}\nModel:  ${run.folder.file('model.onnx')}\nMasks:  ${predictions}\nReport: ${report}\n`,
      );
    });
  } finally {
    display.clear();
  }
}
