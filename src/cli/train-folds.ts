import { withRater } from '../dataset/rater.ts';
import type { Dataset } from '../dataset/subject.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { parseTrainConfig, type TrainConfig } from '../train/config.ts';
import { RUN_DESCRIPTION, readRunDescription } from '../train/run-description.ts';
import { MODEL, RunFolder } from '../train/run-folder.ts';
import { chooseSplit } from '../train/split-choice.ts';
import type { Extension } from '../train/train.ts';
import { type FoldsOutput, summarizeInto } from './summarize.ts';
import { type TrainingSetting, trainAndScore } from './train-run.ts';

/** What each fold is trained with: a configuration without its fold, or what --resume may change of the folds' own. */
export type FoldsRequest =
  | { readonly kind: 'new'; readonly configuration: Readonly<Record<string, unknown>> }
  | { readonly kind: 'resume'; readonly extension: Extension | null };

/** Whether a folder holds the folds of a cross-validation. */
export function holdsFolds(out: string): Promise<boolean> {
  return nodeFileAccess.exists(`${out}/fold-0/${RUN_DESCRIPTION}`);
}

/**
 * Trains every fold of a cross-validation in turn, OUT/fold-0, OUT/fold-1, …, and sums them up in OUT. Folds that are finished
 * and scored are not trained again when it is resumed.
 */
export async function trainFolds(
  dataset: Dataset,
  out: string,
  request: FoldsRequest,
  setting: TrainingSetting,
): Promise<FoldsOutput> {
  const configs = await configsOf(dataset, out, request);
  for (const [fold, config] of configs.entries()) {
    const path = `${out}/fold-${fold}`;
    setting.display.note(`Fold ${fold} of ${configs.length}: ${path}`);
    if (request.kind === 'new') {
      await trainAndScore(dataset, path, config, setting);
      continue;
    }
    const folder = new RunFolder(nodeFileAccess, path);
    const isDone = (await folder.has(MODEL)) && (await folder.has('validation/summary.json'));
    if (isDone && request.extension === null) continue;
    const isBegun = await folder.has(RUN_DESCRIPTION);
    await trainAndScore(dataset, path, isBegun ? request.extension : config, setting);
  }
  return summarizeInto([out], out, dataset);
}

/** The configuration of each fold. */
async function configsOf(dataset: Dataset, out: string, request: FoldsRequest): Promise<readonly TrainConfig[]> {
  const first =
    request.kind === 'new'
      ? parseTrainConfig({ ...request.configuration, fold: 0 })
      : extended((await readRunDescription(new RunFolder(nodeFileAccess, `${out}/fold-0`))).config, request.extension);
  const { folds } = await chooseSplit(nodeFileAccess, withRater(dataset, first.rater), first);
  return folds.map((_, fold) => ({ ...first, fold }));
}

function extended(config: TrainConfig, extension: Extension | null): TrainConfig {
  return extension === null ? config : { ...config, ...extension };
}
