import type { Subject } from '../dataset/subject.ts';
import type { ModelDescription } from '../model/model-card.ts';
import { viewsOf } from '../patch/view.ts';
import { spacingOf } from '../volume/affine.ts';
import { rasGrid } from '../volume/orientation.ts';
import type { Grid } from '../volume/volume.ts';
import type { PredictionSettings } from './options.ts';

/** A voxel may be smaller or larger than those of the training by this share before it is worth a word. */
const SPACING_TOLERANCE = 0.1;

/**
 * Warns of views that a model is not known to have seen in training: its own are the most of which it has seen every one.
 *
 * @param settings of `resolvePrediction` for the same models
 */
export function unseenViews(models: readonly ModelDescription[], settings: PredictionSettings): string[] {
  const warnings = models.flatMap(({ prediction, card }, index) => {
    const seen = viewsOf(prediction.views).map(({ name }) => name);
    const asked = viewsOf(settings.voting[index]?.views ?? prediction.views).map(({ name }) => name);
    const unseen = asked.filter((name) => !seen.includes(name));
    if (unseen.length === 0) return [];
    return [
      `Of the ${asked.length} views asked for, ${nameOf(card)} was not trained with ${unseen.join(', ')}, and may predict badly there: its own are --views ${prediction.views}.`,
    ];
  });
  return [...new Set(warnings)];
}

/** Warns, once for each set of sequences that subjects have, where a model's card has figures, but none for that set. */
export function unreportedSequences(models: readonly ModelDescription[], subjects: readonly Subject[]): string[] {
  const warnings = models.flatMap(({ preprocess, card }) => {
    if (card.reported === undefined) return [];
    const inOrder = (sequences: readonly string[]): string =>
      preprocess.modalities.filter((modality) => sequences.includes(modality)).join(', ');
    const own = card.reported.results.filter(({ baseline }) => baseline === undefined);
    const reported = new Set(own.map(({ sequences }) => inOrder(sequences)));
    const given = new Set(subjects.map(({ images }) => inOrder(Object.keys(images))));
    return [...given]
      .filter((sequences) => sequences !== '' && !reported.has(sequences))
      .map(
        (sequences) =>
          `The card of ${nameOf(card)} has no figures for ${sequences}, only for ${[...reported].join('; ')}: how good it is there is not known.`,
      );
  });
  return [...new Set(warnings)];
}

/** What to say of a scan whose voxels are smaller or larger than all that a model was trained on; null where its card covers them. */
export function uncoveredSpacing(id: string, source: Grid, { card }: ModelDescription): string | null {
  if (card.data === undefined) return null;
  const { least, greatest } = card.data.spacing;
  const spacing = spacingOf(rasGrid(source).affine);
  const isCovered = spacing.every(
    (length, axis) =>
      length >= (least[axis] as number) * (1 - SPACING_TOLERANCE) &&
      length <= (greatest[axis] as number) * (1 + SPACING_TOLERANCE),
  );
  if (isCovered) return null;
  return `${id} has voxels of ${inMillimeters(spacing)} along x, y, z; ${nameOf(card)} was trained on ${inMillimeters(least)} to ${inMillimeters(greatest)}.`;
}

function nameOf({ name }: ModelDescription['card']): string {
  return name === '' ? 'the model' : name;
}

function inMillimeters(spacing: readonly number[]): string {
  return `${spacing.map((length) => Number(length.toFixed(2))).join(' x ')} mm`;
}
