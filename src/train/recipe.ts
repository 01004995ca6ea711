import { z } from 'zod';
import { augmentationDrawSchema, drawAugmentation } from '../augmentation/draw.ts';
import type { AugmentationOptions } from '../augmentation/options.ts';
import { PatchSelector, type SelectorState } from '../patch/selection.ts';
import type { SelectionOptions } from '../patch/selection-options.ts';
import { Random } from '../random.ts';
import type { Triple } from '../volume/volume.ts';
import type { TrainingCase } from './training-case.ts';

const index = z.int().min(0);

/** All that decides one sample of a batch, as plain JSON. */
export const sampleRecipeSchema = z.strictObject({
  /** Index into the run's training cases. */
  caseIndex: index,
  /** First voxel of the patch; negative along an axis where the volume is shorter than the patch. */
  start: z.tuple([z.int(), z.int(), z.int()]),
  augmentation: augmentationDrawSchema,
  /** Channels that modality dropout sets to 0. */
  dropped: z.array(index).min(1).optional(),
});
export type SampleRecipe = z.infer<typeof sampleRecipeSchema>;

/** A recipe as the log has it: with the subject's name. */
export const sampleRecordSchema = sampleRecipeSchema.extend({ subject: z.string() });
export type SampleRecord = z.infer<typeof sampleRecordSchema>;

export interface RecipeOptions {
  readonly patch: Triple;
  /** Samples of a batch. */
  readonly batch: number;
  readonly selection: SelectionOptions;
  readonly augmentation: AugmentationOptions;
  /** Probability that a sample loses sequences. */
  readonly modalityDropout: number;
  readonly seed: number;
}

const NO_VOXELS = new Int32Array(0);

/**
 * Draws the recipes of one batch after the other. Every draw depends on the seed and the number of the sample alone, so a drawer
 * that begins with the state of another goes on exactly as that one would.
 */
export class RecipeDrawer {
  private readonly cases: readonly TrainingCase[];
  private readonly options: RecipeOptions;
  private readonly selector: PatchSelector;

  /** @throws DataError when no case has a foreground voxel */
  constructor(cases: readonly TrainingCase[], options: RecipeOptions, state?: SelectorState) {
    this.cases = cases;
    this.options = options;
    this.selector = new PatchSelector(
      cases,
      options.patch,
      options.selection,
      new Random(options.seed, 'selection'),
      state,
    );
  }

  /** What the next batch is drawn from: to be stored with a checkpoint. */
  get state(): SelectorState {
    return this.selector.state;
  }

  /** Another drawer over the same cases, from a state. */
  from(state: SelectorState): RecipeDrawer {
    return new RecipeDrawer(this.cases, this.options, state);
  }

  next(): SampleRecord[] {
    return Array.from({ length: this.options.batch }, () => this.nextSample());
  }

  private nextSample(): SampleRecord {
    const { seed, augmentation, modalityDropout } = this.options;
    const { drawn } = this.selector.state;
    const { caseIndex, start } = this.selector.next();
    const { id, spacing, present } = this.cases[caseIndex];
    const draw = drawAugmentation(augmentation, new Random(seed, 'augmentation', drawn), {
      spacing,
      present,
      // A case lends itself nothing; its place stays, since a donor's index is its case's.
      donors: this.cases.map((one, index) => (index === caseIndex ? { ...one, foreground: NO_VOXELS } : one)),
    });
    const dropped = drawDropped(present, modalityDropout, new Random(seed, 'modality dropout', drawn));
    return {
      subject: id,
      caseIndex,
      start: [start[0], start[1], start[2]],
      augmentation: draw,
      ...(dropped.length > 0 && { dropped }),
    };
  }
}

/**
 * Which of a case's sequences a sample loses: with the given probability one of the non-empty proper subsets of those that
 * there are, each equally likely, so that at least one stays.
 */
export function drawDropped(present: readonly boolean[], probability: number, random: Random): number[] {
  const channels = [...present.keys()].filter((channel) => present[channel]);
  if (channels.length < 2 || !(random.uniform() < probability)) return [];
  // The bits of 1 … 2^n - 2 are the subsets other than none and all.
  const bits = 1 + random.integer(2 ** channels.length - 2);
  return channels.filter((_, position) => (bits >> position) % 2 === 1);
}
