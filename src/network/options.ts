import { z } from 'zod';
import type { Initializer, Shape } from '../graph/op.ts';
import { elementCount } from '../graph/program.ts';

const positive = z.number().int().min(1);
const stride = z.union([z.literal(1), z.literal(2)]);
const strides = z.tuple([stride, stride, stride]);

/** What both networks have. Triples are in the order i, j, k. */
const shared = {
  /** Input channels: the number of sequences. */
  channels: positive,
  /** Output channels: 1 (sigmoid) for one class, 1 + the number of classes (softmax) for several exclusive ones. */
  outputs: positive,
  /** Filters of the first convolutions. */
  initialFilters: positive,
  /** Number of transitions down. */
  levels: positive,
  /** Stride of the stem, undone by the head; 1 along an axis that is coarse already. */
  stemStride: strides,
  /** Stride of each transition down, first level first; 2, 2, 2 where the list ends. */
  pooling: z.array(strides),
  normalization: z.enum(['batch', 'instance', 'group']),
  /** Groups of channels under group normalization. */
  groups: positive,
  /** Share of the new values of each dense layer, or of each level of the U-Net, that training drops. */
  dropout: z.number().min(0).lt(1),
  /** Whether training has outputs at the coarser levels of the decoder too (see auxiliary-head.ts). */
  deepSupervision: z.boolean(),
};

const fcDenseNetSchema = z.strictObject({
  architecture: z.literal('fc-densenet'),
  ...shared,
  /** Feature maps that each dense layer adds. */
  growth: positive,
  /** Dense layers in a block. */
  layers: positive,
});

const unetSchema = z.strictObject({
  architecture: z.literal('unet'),
  ...shared,
  /** The filters double at each level down, up to so many. */
  maximalFilters: positive,
});

export const ARCHITECTURES = ['fc-densenet', 'unet'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** The network's options; method section 2 gives the paper's values. Files of before there was a choice lack two of them. */
export const networkOptionsSchema = z.preprocess(
  (input) =>
    typeof input === 'object' && input !== null && !Object.hasOwn(input, 'architecture')
      ? { architecture: 'fc-densenet', deepSupervision: false, ...input }
      : input,
  z.discriminatedUnion('architecture', [fcDenseNetSchema, unetSchema]),
);

export type FcDenseNetOptions = z.infer<typeof fcDenseNetSchema>;
export type UNetOptions = z.infer<typeof unetSchema>;
export type NetworkOptions = FcDenseNetOptions | UNetOptions;
type Triple = readonly [number, number, number];

/** What a configuration may change of a preset; the channels and outputs follow from the data. */
export const networkOverridesSchema = z
  .strictObject({
    architecture: z.enum(ARCHITECTURES),
    ...shared,
    growth: fcDenseNetSchema.shape.growth,
    layers: fcDenseNetSchema.shape.layers,
    maximalFilters: unetSchema.shape.maximalFilters,
  })
  .omit({ channels: true, outputs: true })
  .partial()
  .superRefine(({ architecture = 'fc-densenet', ...given }, context) => {
    const foreign = architecture === 'unet' ? (['growth', 'layers'] as const) : (['maximalFilters'] as const);
    for (const name of foreign) {
      if (given[name] === undefined) continue;
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `the architecture ${architecture} has no such option`,
      });
    }
  });

/** A preset's network with changes to it, for data with so many channels and outputs. */
export type PresetChanges<A extends Architecture = Architecture> = z.infer<typeof networkOverridesSchema> &
  Pick<NetworkOptions, 'channels' | 'outputs'> & { readonly architecture?: A | undefined };

export const presetNames = ['tiny', 'compact', 'paper'] as const;
export type PresetName = (typeof presetNames)[number];

type Sizes<Options> = Omit<Options, 'architecture' | 'channels' | 'outputs' | keyof typeof USUAL>;

interface Preset {
  readonly 'fc-densenet': Sizes<FcDenseNetOptions>;
  readonly unet: Sizes<UNetOptions>;
  readonly patch: Triple;
}

const USUAL = {
  stemStride: [2, 2, 2],
  pooling: [],
  groups: 8,
  deepSupervision: false,
} satisfies Partial<NetworkOptions>;

/** The authors' code's rate for dense layers (method section 2). A plain U-Net goes without, as nnU-Net's. */
const DENSE_DROPOUT = 0.2;
/** nnU-Net's limit for networks in three dimensions. */
const MAXIMAL_FILTERS = 320;

/**
 * The presets of method section 2, all with a stem stride of 2, and for each a U-Net that takes about as much arithmetic.
 * `paper` keeps the paper's batch normalization. The others normalize by instance: with one or two patches in a batch, the
 * moving averages that batch normalization predicts with are not what it was trained with (docs/method.md has the comparison).
 */
export const presets: Readonly<Record<PresetName, Preset>> = {
  tiny: {
    'fc-densenet': {
      initialFilters: 16,
      growth: 8,
      layers: 2,
      levels: 3,
      normalization: 'instance',
      dropout: DENSE_DROPOUT,
    },
    unet: { initialFilters: 16, maximalFilters: MAXIMAL_FILTERS, levels: 3, normalization: 'instance', dropout: 0 },
    patch: [64, 64, 64],
  },
  compact: {
    'fc-densenet': {
      initialFilters: 24,
      growth: 8,
      layers: 3,
      levels: 4,
      normalization: 'instance',
      dropout: DENSE_DROPOUT,
    },
    unet: { initialFilters: 22, maximalFilters: MAXIMAL_FILTERS, levels: 4, normalization: 'instance', dropout: 0 },
    patch: [96, 96, 96],
  },
  paper: {
    'fc-densenet': {
      initialFilters: 48,
      growth: 12,
      layers: 4,
      levels: 5,
      normalization: 'batch',
      dropout: DENSE_DROPOUT,
    },
    unet: { initialFilters: 42, maximalFilters: MAXIMAL_FILTERS, levels: 5, normalization: 'batch', dropout: 0 },
    patch: [128, 128, 128],
  },
};

/**
 * A preset's network with everything that the preset leaves open at its usual value.
 * @param changes checked by `networkOverridesSchema`
 */
export function presetNetwork<A extends Architecture = 'fc-densenet'>(
  preset: PresetName,
  changes: PresetChanges<A>,
): Extract<NetworkOptions, { architecture: A }>;
export function presetNetwork(
  preset: PresetName,
  { architecture = 'fc-densenet', ...changes }: PresetChanges,
): NetworkOptions {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return networkOptionsSchema.parse({ architecture, ...USUAL, ...presets[preset][architecture], ...given });
}

/** The stride of the transition down at a level. */
export function poolingOf(options: NetworkOptions, level: number): Triple {
  return options.pooling[level] ?? [2, 2, 2];
}

/** What the sides of a patch must be multiples of: the product of all strides along each axis. */
export function totalStride(options: NetworkOptions): Triple {
  const total: [number, number, number] = [...options.stemStride];
  for (let level = 0; level < options.levels; level++) {
    const pooling = poolingOf(options, level);
    for (let axis = 0; axis < 3; axis++) total[axis as 0] *= pooling[axis as 0];
  }
  return total;
}

/**
 * What stands against running this network on a patch of the given size (i, j, k), as a sentence; null when nothing.
 * Batch and instance normalization need more than one voxel at the center, or they would divide by a variance of 0.
 */
export function patchFault(options: NetworkOptions, patch: Triple): string | null {
  const stride = totalStride(options);
  if (patch.some((size, axis) => !Number.isInteger(size) || size < 1 || size % (stride[axis] as number) !== 0)) {
    return `the patch ${patch.join('x')} must have sides that are multiples of ${stride.join(', ')} (stem stride times pooling), such as ${nearestPatch(stride, patch).join('x')}`;
  }
  if (patch.every((size, axis) => size === stride[axis])) {
    return `the patch ${patch.join('x')} leaves a single voxel at the network's center, where normalization needs more: take twice the size along an axis`;
  }
  return null;
}

/** The patch nearest to the given one that fits a network of this total stride. */
function nearestPatch(stride: Triple, patch: Triple): readonly number[] {
  const steps = patch.map((size, axis) => Math.max(1, Math.round(size / (stride[axis] as number)) || 1));
  if (Math.max(...steps) === 1) steps[0] = 2;
  return steps.map((count, axis) => count * (stride[axis] as number));
}

/** He-normal for a kernel [out, in, k, k, k]: the fan-in is the in channels times the kernel's voxels. */
export function heNormal(shape: Shape): Initializer {
  return { kind: 'he-normal', fanIn: elementCount(shape.slice(1)) };
}

/**
 * Whether L2 and weight decay apply to a parameter (method section 2): to every convolution's kernel except the dense 3x3x3
 * and those that make logits; not to biases and normalization.
 */
export function isDecayed(name: string): boolean {
  const isKernel = name.endsWith('.weight');
  return isKernel && !name.endsWith('.growth.weight') && !name.endsWith('.auxiliary.weight') && name !== 'head.weight';
}
