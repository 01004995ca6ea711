import { z } from 'zod';
import { VIEW_NAMES, type ViewName } from '../patch/view.ts';
import type { Random } from '../random.ts';
import type { Triple } from '../volume/volume.ts';
import { type AugmentationOptions, trainedViews } from './options.ts';

const triple = z.tuple([z.number(), z.number(), z.number()]);
const seed = z.int().min(0);
const perChannel = z.array(z.number());

/**
 * All that decides how one sample is augmented, as plain JSON: what the options may do is drawn once, and `cutAugmented` does it
 * the same way wherever it runs. What isn't done is absent.
 */
export const augmentationDrawSchema = z.strictObject({
  view: z.enum(VIEW_NAMES).optional(),
  /** Degrees about the i, j and k axis, in this order. */
  rotation: triple.optional(),
  /** Factors by which the content grows along i, j, k. */
  scale: triple.optional(),
  /** Half axes of the ellipsoid of displacements and the distance of the control points, in mm; the field's seed. */
  elastic: z.strictObject({ amplitude: triple, spacing: z.number().positive(), seed }).optional(),
  transplant: z
    .strictObject({
      /** Index into the donors. */
      donor: z.int().min(0),
      /** A voxel of the donor's lesion, as an index into its arrays. */
      voxel: z.int().min(0),
      /** How far the region reaches beyond the lesion, as a share of the lesion's depth; below 0 within it. */
      margin: z.number(),
      /** Where it goes: how far along the list of the patch's brain voxels, from 0 to below 1. */
      place: z.number().min(0).lt(1),
    })
    .optional(),
  biasField: z.strictObject({ order: z.int().min(1), coefficient: z.number(), seed }).optional(),
  noise: z.strictObject({ deviation: z.number().min(0), seed }).optional(),
  /** Standard deviation for each channel in voxels, 0 for none. */
  blur: perChannel.optional(),
  /** Factor for each channel. */
  brightness: perChannel.optional(),
  contrast: perChannel.optional(),
  /** Share of the extents i, j, k that is left in between, for each channel; 1 for none. */
  lowResolution: z.array(triple).optional(),
  /** Axis, voxels in a slice and where the first whole slice begins, for each channel; null for none. */
  thickSlices: z
    .array(z.strictObject({ axis: z.int().min(0).max(2), voxels: z.int().min(2), offset: z.int().min(0) }).nullable())
    .optional(),
  /** Exponent for each channel. */
  gammaInverted: perChannel.optional(),
  gamma: perChannel.optional(),
});

export type AugmentationDraw = z.infer<typeof augmentationDrawSchema>;

/** What a draw needs to know of a case that lends a lesion. */
export interface TransplantDonor {
  /** Indices of the voxels of any foreground class. */
  readonly foreground: Int32Array;
  /** Which channels the case has. */
  readonly present: readonly boolean[];
}

export interface DrawContext {
  /** Spacing of the case's grid, mm along i, j, k. */
  readonly spacing: Triple;
  /** Which channels the case has. */
  readonly present: readonly boolean[];
  /** Cases to transplant lesions from; those without a lesion, or without a channel that the case has, are passed over. */
  readonly donors: readonly TransplantDonor[];
}

/**
 * Draws how one sample is augmented.
 *
 * Each transform has a stream of its own, so that turning one on or off leaves the others' numbers as they are.
 *
 * @param options parsed by `augmentationOptionsSchema`
 * @param random keyed by the sample; only its keys count, not what was drawn from it
 */
export function drawAugmentation(options: AugmentationOptions, random: Random, context: DrawContext): AugmentationDraw {
  const channels = context.present.length;
  const coarse = coarseAxis(context.spacing, options.anisotropy);
  const except = (value: number, other: number): [number, number, number] => [
    coarse === 0 ? other : value,
    coarse === 1 ? other : value,
    coarse === 2 ? other : value,
  ];
  const draw: AugmentationDraw = {};
  /** The transform's stream, when it is to happen. */
  const chosen = (name: string, probability: number): Random | null => {
    const stream = random.split(name);
    return stream.uniform() < probability ? stream : null;
  };

  const view = drawView(options, random.split('views'));
  if (view !== 'identity') draw.view = view;

  const rotation = chosen('rotation', options.rotation.probability);
  if (rotation !== null) {
    const angles = options.rotation.degrees.map((largest) => round(between(-largest, largest, rotation), 2));
    const kept = (axis: number): number => (coarse === null || coarse === axis ? angles[axis] : 0);
    draw.rotation = [kept(0), kept(1), kept(2)];
  }
  const scaling = chosen('scaling', options.scaling.probability);
  if (scaling !== null) draw.scale = except(round(aroundOne(options.scaling.range, scaling), 4), 1);
  const elastic = chosen('elastic', options.elastic.probability);
  if (elastic !== null) {
    const amplitude = round(between(...options.elastic.amplitude, elastic), 3);
    draw.elastic = { amplitude: except(amplitude, 0), spacing: options.elastic.spacing, seed: elastic.nextUint32() };
  }
  const transplant = chosen('transplant', options.transplant.probability);
  if (transplant !== null) {
    const drawn = drawTransplant(transplant, context);
    if (drawn !== null) draw.transplant = drawn;
  }
  const bias = chosen('biasField', options.biasField.probability);
  if (bias !== null) {
    draw.biasField = {
      order: options.biasField.order,
      coefficient: options.biasField.coefficient,
      seed: bias.nextUint32(),
    };
  }
  const noise = chosen('noise', options.noise.probability);
  if (noise !== null) {
    draw.noise = { deviation: round(between(...options.noise.deviation, noise), 5), seed: noise.nextUint32() };
  }
  const each = <T>(draws: () => T): T[] => Array.from({ length: channels }, draws);
  const blur = chosen('blur', options.blur.probability);
  if (blur !== null) {
    const { channelProbability, sigma } = options.blur;
    draw.blur = each(() => maybe(channelProbability, round(between(...sigma, blur), 3), 0, blur));
  }
  for (const name of ['brightness', 'contrast', 'gammaInverted', 'gamma'] as const) {
    const stream = chosen(name, options[name].probability);
    if (stream !== null) draw[name] = each(() => round(aroundOne(options[name].range, stream), 4));
  }
  const low = chosen('lowResolution', options.lowResolution.probability);
  if (low !== null) {
    const { channelProbability, scale } = options.lowResolution;
    draw.lowResolution = each(() => except(maybe(channelProbability, round(between(...scale, low), 4), 1, low), 1));
  }
  const thick = chosen('thickSlices', options.thickSlices.probability);
  if (thick !== null) {
    const { channelProbability, voxels } = options.thickSlices;
    draw.thickSlices = each(() => {
      const thickness = voxels[0] + thick.integer(voxels[1] - voxels[0] + 1);
      const slices = { axis: thick.integer(3), voxels: thickness, offset: thick.integer(thickness) };
      return maybe(channelProbability, slices, null, thick);
    });
  }
  return draw;
}

/** The axis along which voxels are longer than `limit` times their shortest side; null where there is none. */
function coarseAxis(spacing: Triple, limit: number): number | null {
  const longest = Math.max(...spacing);
  return longest > limit * Math.min(...spacing) ? spacing.indexOf(longest) : null;
}

function drawView(options: AugmentationOptions, random: Random): ViewName {
  const views = trainedViews(options);
  let remaining = random.uniform();
  for (const { view, probability } of views) {
    remaining -= probability;
    if (remaining < 0) return view;
  }
  // The probabilities may add up to a rounding error less than 1.
  return views[views.length - 1].view;
}

/**
 * CarveMix's threshold on the signed distance to the lesion, with depth = |min D|: from U(-depth/2, 0) in one half of the draws
 * and from U(0, depth) in the other (Zhang et al., arXiv:2108.06883, by their code for scans of several grids).
 */
function drawTransplant(
  random: Random,
  { donors, present }: DrawContext,
): NonNullable<AugmentationDraw['transplant']> | null {
  const able = [...donors.keys()].filter(
    (index) =>
      donors[index].foreground.length > 0 && present.every((has, channel) => !has || donors[index].present[channel]),
  );
  if (able.length === 0) return null;
  const donor = able[random.integer(able.length)];
  const { foreground } = donors[donor];
  const voxel = foreground[random.integer(foreground.length)];
  const margin = random.uniform() < 0.5 ? between(-0.5, 0, random) : between(0, 1, random);
  // Rounded down, since 1 itself lies behind the last voxel.
  const place = Math.floor(random.uniform() * 1e6) / 1e6;
  return { donor, voxel, margin: round(margin, 4), place };
}

function between(low: number, high: number, random: Random): number {
  return low + (high - low) * random.uniform();
}

/** Below 1 in one half of the draws and above it in the other, as far as the range allows (batchgenerators' `BGContrast`). */
function aroundOne([low, high]: readonly [number, number], random: Random): number {
  const isBelow = random.uniform() < 0.5;
  if (high <= 1 || (isBelow && low < 1)) return between(low, Math.min(1, high), random);
  return between(Math.max(1, low), high, random);
}

function maybe<T>(probability: number, value: T, other: T, random: Random): T {
  return random.uniform() < probability ? value : other;
}

function round(value: number, digits: number): number {
  const unit = 10 ** digits;
  return Math.round(value * unit) / unit || 0;
}
