import type { Dataset, Subject } from '../src/dataset/subject.ts';
import type { Engine } from '../src/engine/engine.ts';
import { type Checkpoint, decodeCheckpoint } from '../src/train/checkpoint.ts';
import { parseTrainConfig, type TrainConfig } from '../src/train/config.ts';
import { logEntrySchema, type StepEntry, type ValidationEntry } from '../src/train/run-log.ts';
import { type RunState, runStateSchema } from '../src/train/run-state.ts';
import type { TrainOptions } from '../src/train/train.ts';
import { encodeNifti } from '../src/volume/nifti-write.ts';
import { MemoryFileAccess } from './memory-file-access.ts';
import { makeScan, type ScanOptions, tinyConfig } from './synthetic-scan.ts';

/*
 * Training runs on made-up scans, with all files in memory. The run's folder is `run`.
 */

export const LATEST = 'run/checkpoint_latest.safetensors';
export const BEST = 'run/checkpoint_best.safetensors';
export const FINAL = 'run/checkpoint_final.safetensors';
export const MODEL = 'run/model.onnx';

/** A dataset of subjects `sub-01`, `sub-02` … and its files. */
export interface MemoryDataset {
  readonly dataset: Dataset;
  readonly data: MemoryFileAccess;
}

/** @param count of subjects */
export async function makeDataset(count: number, options: ScanOptions = {}): Promise<MemoryDataset> {
  const data = new MemoryFileAccess();
  const subjects: Subject[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const { grid, images, reference } = makeScan(seed, options);
    const id = `sub-0${seed}`;
    for (const [modality, values] of Object.entries(images)) {
      const volume = { kind: 'scalar', ...grid, data: values } as const;
      data.set(`${id}_${modality}.nii`, await encodeNifti(volume, null, { gzip: false }));
    }
    const volume = { kind: 'label', ...grid, data: reference } as const;
    data.set(`${id}_mask.nii`, await encodeNifti(volume, null, { gzip: false }));
    const paths = Object.keys(images).map((modality) => [modality, `${id}_${modality}.nii`] as const);
    subjects.push({
      id,
      group: id,
      images: Object.fromEntries(paths),
      reference: `${id}_mask.nii`,
      split: 'training',
    });
  }
  const { classes = 1, modalities = ['FLAIR', 'T1w'] } = options;
  const labels = Array.from({ length: classes }, (_, index) => ({
    value: index + 1,
    name: index === 0 ? 'lesion' : `part ${index + 1}`,
  }));
  return { dataset: { name: 'Made up', layout: 'bids', modalities: [...modalities], labels, subjects }, data };
}

/** The dataset's files and room for a run. */
export function freshFiles({ data }: MemoryDataset): MemoryFileAccess {
  const files = new MemoryFileAccess();
  for (const [path, content] of data.files) files.set(path, content);
  return files;
}

export function runOptions(engine: Engine, files: MemoryFileAccess, changed: Partial<TrainOptions> = {}): TrainOptions {
  return { files, engine, out: 'run', now: () => performance.now(), ...changed };
}

/** The smallest network's configuration with changes. */
export function runConfig(changed: Readonly<Record<string, unknown>> = {}): TrainConfig {
  return parseTrainConfig(tinyConfig(changed));
}

export function runFiles(files: MemoryFileAccess): string[] {
  return [...files.files.keys()].filter((path) => path.startsWith('run/')).sort();
}

export interface ParsedLog {
  readonly steps: readonly StepEntry[];
  readonly validations: readonly ValidationEntry[];
}

export function logOf(files: MemoryFileAccess): ParsedLog {
  const text = new TextDecoder().decode(files.files.get('run/log.jsonl'));
  const entries = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => logEntrySchema.parse(JSON.parse(line)));
  return {
    steps: entries.filter((entry) => entry.kind === 'step'),
    validations: entries.filter((entry) => entry.kind === 'validation'),
  };
}

/** A log without what differs between two equal runs. */
export function withoutTimes({ steps, validations }: ParsedLog): unknown {
  return {
    steps: steps.map(({ seconds: _, dataSeconds: __, ...rest }) => rest),
    validations: validations.map(({ seconds: _, validationSeconds: __, ...rest }) => rest),
  };
}

export function checkpointOf(files: MemoryFileAccess, name: string): Checkpoint<RunState> {
  return decodeCheckpoint(files.files.get(name) as Uint8Array, name, runStateSchema);
}

/** Aborts once so many steps are done. */
export function abortAfter(steps: number): Pick<TrainOptions, 'signal' | 'onEvent'> {
  const controller = new AbortController();
  const onEvent: TrainOptions['onEvent'] = ({ label, done }) => {
    if (label === 'Training' && done >= steps) controller.abort();
  };
  return { signal: controller.signal, onEvent };
}
