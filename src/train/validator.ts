import { augmentationOptionsSchema } from '../augmentation/options.ts';
import type { Model } from '../model/model-file.ts';
import { resolvePrediction, type VotingSettings } from '../predict/options.ts';
import { assembleBatch, type Batch, type BatchLayout } from './batch.ts';
import { describeModel } from './describe-model.ts';
import { RecipeDrawer } from './recipe.ts';
import type { RunDescription } from './run-description.ts';
import type { ValidationEntry } from './run-log.ts';
import type { TrainingSession } from './training-session.ts';
import {
  type ValidationCase,
  type ValidationOptions,
  validateVolumes,
  validationInterval,
  validationPasses,
} from './validation.ts';

export interface ValidatorOptions {
  readonly cases: readonly ValidationCase[];
  /** A fixed set of the held-out subjects' patches, for the loss. */
  readonly patches: readonly Batch[];
  /** Steps between validations. */
  readonly interval: number;
  readonly onPrediction?: ValidationOptions['onPrediction'];
}

/** Validates the weights of a run on its held-out subjects, on whole volumes and on patches. */
export class Validator {
  private readonly options: ValidatorOptions;

  constructor(options: ValidatorOptions) {
    this.options = options;
  }

  /** Steps between validations. */
  get interval(): number {
    return this.options.interval;
  }

  /** @param session holds the same weights as the model, for the loss */
  async run(
    model: Model,
    session: TrainingSession,
    context: ValidationOptions,
  ): Promise<Pick<ValidationEntry, 'loss' | 'dice' | 'meanDice' | 'subjects'>> {
    const { cases, patches, onPrediction } = this.options;
    let sum = 0;
    for (const batch of patches) sum += await session.loss(batch);
    const scores = await validateVolumes(cases, model, { ...context, onPrediction });
    return { loss: patches.length === 0 ? null : sum / patches.length, ...scores };
  }
}

/** Patches of the held-out subjects that the validation loss is the mean over. */
const PATCHES = 16;

/** What a validator is made for. */
export interface ValidatorInput {
  readonly cases: readonly ValidationCase[];
  readonly run: RunDescription;
  readonly layout: BatchLayout;
  readonly onPrediction?: ValidationOptions['onPrediction'];
}

/** A validator for a run; null where the run has none, or nobody is held out. */
export function makeValidator({ cases, run, layout, onPrediction }: ValidatorInput): Validator | null {
  const { config } = run;
  if (config.validateEvery === null || cases.length === 0) return null;
  const patches = drawPatches(cases, config, layout);
  const { voting } = resolvePrediction(describeModel(run), {});
  const passes = validationPasses(cases, voting[0] as VotingSettings) + patches.length * config.batch;
  const interval =
    config.validateEvery === 'auto'
      ? validationInterval(passes, config.batch * config.accumulate)
      : config.validateEvery;
  return new Validator({ cases, patches, interval, onPrediction });
}

/** Patches by the run's own selection, not augmented, the same at every validation; none where there is no foreground. */
function drawPatches(
  cases: readonly ValidationCase[],
  { batch, selection, seed }: RunDescription['config'],
  layout: BatchLayout,
): Batch[] {
  const sources = cases.map(({ training }) => training);
  if (sources.every(({ foreground }) => foreground.length === 0)) return [];
  const drawer = new RecipeDrawer(sources, {
    patch: layout.patch,
    batch,
    selection,
    augmentation: augmentationOptionsSchema.parse('none'),
    modalityDropout: 0,
    seed,
  });
  return Array.from({ length: Math.ceil(PATCHES / batch) }, () => assembleBatch(drawer.next(), sources, layout));
}
