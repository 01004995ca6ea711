import { DataError } from '../errors.ts';
import { summarize } from '../evaluate/summary.ts';
import { readEvaluatedCases } from '../evaluate/summary-file.ts';
import { parametersOf } from '../graph/program.ts';
import { inferenceProgram } from '../model/inference-program.ts';
import type { ModelDescription } from '../model/model-card.ts';
import type { Model } from '../model/model-file.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type CardCompletion, completeCard } from './complete-card.ts';
import { describeModel } from './describe-model.ts';
import { RUN_DESCRIPTION, type RunDescription, readRunDescription } from './run-description.ts';
import { BEST_CHECKPOINT, CHECKPOINT, FINAL_CHECKPOINT, RunFolder, VALIDATION_SUMMARY } from './run-folder.ts';
import { type RunState, runStateSchema } from './run-state.ts';
import { modelVectorOf } from './training-session.ts';

const CHECKPOINT_FILES = { final: FINAL_CHECKPOINT, best: BEST_CHECKPOINT, latest: CHECKPOINT } as const;

/** Which of a run's checkpoints: the last of a finished run, the one with the best Dice on the way, or the newest. */
export type CheckpointName = keyof typeof CHECKPOINT_FILES;
export const CHECKPOINT_NAMES = Object.keys(CHECKPOINT_FILES) as CheckpointName[];

export interface ExportOptions {
  /** Default: final. */
  readonly checkpoint?: CheckpointName;
  /** Version of rarevox. */
  readonly version: string;
  /** For the model card. */
  readonly authors?: string;
  readonly description?: string;
  /** All that a model card should tell others, where it is written for them. */
  readonly completion?: CardCompletion;
}

/**
 * A model of one of a run's checkpoints, with a complete model card: `encodeModel` makes the file of it. The weights are the
 * averaged ones where the run keeps an average.
 *
 * @throws DataError when the folder holds no run, not that checkpoint, or a damaged one, and as `completeCard` does
 */
export async function exportRun(files: FileAccess, path: string, options: ExportOptions): Promise<Model> {
  const { checkpoint = 'final', version, authors, description, completion } = options;
  const folder = new RunFolder(files, path);
  if (!(await folder.has(RUN_DESCRIPTION))) {
    throw new DataError(`${path} holds no run of \`rarevox train\`: check the path.`);
  }
  const run = await readRunDescription(folder);
  const file = CHECKPOINT_FILES[checkpoint];
  if (!(await folder.has(file))) throw missingCheckpoint(folder, checkpoint);
  const saved = await folder.readCheckpoint(file, runStateSchema);
  const model = describeModel(run, version);
  const scores = checkpoint === 'final' ? await scoresOf(files, folder, run) : null;
  const card: ModelDescription['card'] = {
    ...model.card,
    created_by: 'rarevox export',
    training: { ...model.card.training, checkpoint, step: saved.state.step },
    data_source: sourceOf(run),
    ...(authors !== undefined && { authors }),
    ...(description !== undefined && { description }),
    ...(scores && { eval_metrics: scores }),
  };
  return {
    parameters: parametersOfCheckpoint(saved, model, folder.file(file)),
    description: {
      ...model,
      card: completion === undefined ? card : await completeCard(files, card, { folder, run }, completion),
    },
  };
}

/** The values that the model file takes, by parameter name. */
function parametersOfCheckpoint(
  { tensors }: Checkpoint<RunState>,
  { network, patch }: ModelDescription,
  file: string,
): ReadonlyMap<string, Float32Array> {
  const program = inferenceProgram(network, patch);
  const weights = modelVectorOf([...new Set(Object.keys(tensors).map((name) => name.slice(0, name.indexOf('/'))))]);
  const values = new Map<string, Float32Array>();
  for (const [role, vector] of [['weight', weights] as const, ['statistic', 'statistics'] as const]) {
    for (const { op } of parametersOf(program, role)) {
      const tensor = tensors[`${vector}/${op.name}`];
      if (tensor === undefined || JSON.stringify(tensor.shape) !== JSON.stringify(op.shape)) {
        throw new DataError(
          `${file} does not fit the network of the run's ${RUN_DESCRIPTION} (${op.name} is missing or has another shape): restore the files of the run.`,
        );
      }
      values.set(op.name, tensor.data);
    }
  }
  return values;
}

function missingCheckpoint(folder: RunFolder, checkpoint: CheckpointName): DataError {
  const advice = {
    final: 'the run is not finished; finish it with `rarevox train DATA --resume`, or export --checkpoint latest',
    best: 'the run validated no subject on the way; export the final weights',
    latest: 'the run has not come so far',
  }[checkpoint];
  return new DataError(`${folder.file(CHECKPOINT_FILES[checkpoint])} does not exist: ${advice}.`);
}

/** The means of the held-out subjects' figures by the label's name, where they were scored; counts left out. */
async function scoresOf(files: FileAccess, folder: RunFolder, { labels }: RunDescription) {
  if (!(await folder.has(VALIDATION_SUMMARY))) return null;
  const { mean } = summarize(await readEvaluatedCases(files, folder.file(VALIDATION_SUMMARY)));
  const names = new Map(labels.map(({ value, name }) => [String(value), name]));
  return Object.fromEntries(
    Object.entries(mean).map(([label, figures]) => [
      names.get(label) ?? label,
      Object.fromEntries(Object.entries(figures).filter(([name]) => !/^(TP|FP|FN|TN|n_|lesions_)/.test(name))),
    ]),
  );
}

function sourceOf({ dataset }: RunDescription): string {
  const { name, training, validation } = dataset;
  const heldOut = validation.length === 0 ? 'none held out' : `${validation.length} held out`;
  return `the dataset ${name}: ${training.length} subjects to train on, ${heldOut}`;
}
