import type { Dataset } from '../dataset/subject.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { parseTrainConfig, type TrainConfig } from '../train/config.ts';
import { train } from '../train/train.ts';
import { DEMO, type DemoSetting } from './demo-predict.ts';
import { packageVersion } from './package-version.ts';
import { repeatableCommand } from './provenance.ts';
import { runPictures } from './run-pictures.ts';
import type { Scores } from './score.ts';
import { scoreRun } from './score-run.ts';

/** What the demo trains, beside its length: a network and a patch for slices of 6 to 7 mm, never halved at the stem. */
const CONFIG = {
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
  validation: [DEMO.subject],
};

export function demoTraining(minutes: number): TrainConfig {
  return parseTrainConfig({ ...CONFIG, minutes });
}

/** Trains on the sample scans but the demo's, segments that one, and scores the mask. */
export async function trainDemo(config: TrainConfig, dataset: Dataset, setting: DemoSetting): Promise<Scores> {
  const { engine, out, signal, display } = setting;
  const files = nodeFileAccess;
  display.note(`Training ${config.preset} on the FLAIR and T1w scans of ${dataset.name}, without ${DEMO.subject}.`);
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
    `Trained for ${config.minutes} minutes on ${run.description.dataset.training.length} patients; ${DEMO.subject} was held out.`,
    'A show of the software: too few scans and too short a training for a model of use.',
  ];
  return scoreRun(
    run,
    dataset.labels,
    { files, engine, predictions: `${out}/predictions`, out, title: 'Demo', notes, signal },
    display,
  );
}
