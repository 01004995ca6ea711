import { encodeSplits } from '../src/dataset/splits-file.ts';
import { figuresOf } from '../src/evaluate/figures.ts';
import { encodeSummary, summarize } from '../src/evaluate/summary.ts';
import { presetNetwork } from '../src/network/options.ts';
import { parseTrainConfig } from '../src/train/config.ts';
import { madeUpMeasures } from './case-measures.ts';
import { MemoryFileAccess } from './memory-file-access.ts';

/** Six scans of five patients in three folds. */
const SUBJECTS = ['sub-01_ses-1', 'sub-01_ses-2', 'sub-02', 'sub-03', 'sub-04', 'sub-05'];
export const HELD_OUT = [
  ['sub-01_ses-1', 'sub-01_ses-2'],
  ['sub-02', 'sub-03'],
  ['sub-04', 'sub-05'],
];
const SPLITS = HELD_OUT.map((val) => ({ train: SUBJECTS.filter((id) => !val.includes(id)), val }));

/** What a run has other than the rest. */
export interface FoldChanges {
  readonly config?: object;
  readonly dataset?: string;
  readonly label?: string;
  readonly heldOut?: readonly string[];
  readonly scored?: readonly string[];
  readonly spacing?: readonly [number, number, number];
}

/** What RUN/config.json of a fold holds. */
export function foldDescription(fold: number, changes: FoldChanges = {}): object {
  const heldOut = changes.heldOut ?? (HELD_OUT[fold] as string[]);
  return {
    version: 2,
    config: parseTrainConfig({ steps: 10, fold, folds: 3, ...changes.config }),
    dataset: {
      name: changes.dataset ?? 'lesions',
      training: SUBJECTS.filter((id) => !heldOut.includes(id)),
      validation: heldOut,
    },
    labels: [{ value: 1, name: changes.label ?? 'lesion' }],
    preprocess: { version: 1, modalities: ['FLAIR'], spacing: changes.spacing ?? [1, 1, 1], normalization: 'z-score' },
    network: presetNetwork('tiny', { channels: 1, outputs: 1 }),
    patch: [64, 64, 64],
    loss: { terms: [{ name: 'dice', weight: 1, smoothing: 0 }], automaticBetas: null },
  };
}

/** The files of a run that `summarizeFolds` reads. A scan's number of true positives is its place in the list, from 1. */
function addRun(files: MemoryFileAccess, path: string, fold: number, changes: FoldChanges = {}): void {
  const heldOut = changes.heldOut ?? (HELD_OUT[fold] as string[]);
  files.set(`${path}/config.json`, JSON.stringify(foldDescription(fold, changes)));
  files.set(`${path}/splits_final.json`, encodeSplits(SPLITS));
  const cases = (changes.scored ?? heldOut).map((subject) => {
    const counts = { TP: 1 + SUBJECTS.indexOf(subject), FP: 1, FN: 2, TN: 90 };
    const lesions = { reference: 2, referenceTouched: 1, predicted: 1, predictedTouching: 1 };
    const metrics = { '1': figuresOf(madeUpMeasures(counts, lesions), 'null') };
    return { subject, predictionFile: 'p', referenceFile: 'r', metrics };
  });
  files.set(`${path}/validation/summary.json`, encodeSummary(summarize(cases)));
}

/** CV/fold-0 to CV/fold-2, the last with changes. */
export function threeFolds(changes: FoldChanges = {}): MemoryFileAccess {
  const files = new MemoryFileAccess();
  for (const fold of [0, 1, 2]) addRun(files, `CV/fold-${fold}`, fold, fold === 2 ? changes : {});
  return files;
}
