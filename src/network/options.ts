import { z } from 'zod';
import type { Initializer, Shape } from '../graph/op.ts';
import { elementCount } from '../graph/program.ts';

const positive = z.number().int().min(1);
const stride = z.union([z.literal(1), z.literal(2)]);
const strides = z.tuple([stride, stride, stride]);

/** The network's options; method section 2 gives the paper's values. Triples are in the order i, j, k. */
export const networkOptionsSchema = z.strictObject({
  /** Input channels: the number of sequences. */
  channels: positive,
  /** Output channels: 1 (sigmoid) for one class, 1 + the number of classes (softmax) for several exclusive ones. */
  outputs: positive,
  /** Filters of the stem and of the head. */
  initialFilters: positive,
  /** Feature maps that each dense layer adds. */
  growth: positive,
  /** Dense layers in a block. */
  layers: positive,
  /** Number of transitions down. */
  levels: positive,
  /** Stride of the stem, undone by the head; 1 along an axis that is coarse already. */
  stemStride: strides,
  /** Stride of each transition down, first level first; 2, 2, 2 where the list ends. */
  pooling: z.array(strides),
  normalization: z.enum(['batch', 'instance', 'group']),
  /** Groups of channels under group normalization. */
  groups: positive,
  /** Share of each dense layer's new values that training drops. */
  dropout: z.number().min(0).lt(1),
});

export type NetworkOptions = z.infer<typeof networkOptionsSchema>;
type Triple = readonly [number, number, number];

export const presetNames = ['tiny', 'compact', 'paper'] as const;
export type PresetName = (typeof presetNames)[number];

interface Preset {
  readonly network: Pick<NetworkOptions, 'initialFilters' | 'growth' | 'layers' | 'levels' | 'normalization'>;
  readonly patch: Triple;
}

/**
 * The presets of method section 2, all with a stem stride of 2. `paper` keeps the paper's batch normalization. The others
 * normalize by instance: with one or two patches in a batch, the moving averages that batch normalization predicts with
 * are not what it was trained with (docs/method.md has the comparison).
 */
export const presets: Readonly<Record<PresetName, Preset>> = {
  tiny: {
    network: { initialFilters: 16, growth: 8, layers: 2, levels: 3, normalization: 'instance' },
    patch: [64, 64, 64],
  },
  compact: {
    network: { initialFilters: 24, growth: 8, layers: 3, levels: 4, normalization: 'instance' },
    patch: [96, 96, 96],
  },
  paper: {
    network: { initialFilters: 48, growth: 12, layers: 4, levels: 5, normalization: 'batch' },
    patch: [128, 128, 128],
  },
};

/** A preset's network with everything that the preset leaves open at its usual value. */
export function presetNetwork(
  preset: PresetName,
  options: Pick<NetworkOptions, 'channels' | 'outputs'> & Partial<NetworkOptions>,
): NetworkOptions {
  return {
    ...presets[preset].network,
    stemStride: [2, 2, 2],
    pooling: [],
    groups: 8,
    dropout: 0.2,
    ...options,
  };
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
 * The factor of the squared weight in the loss for a parameter (method section 2): on every convolution except the dense
 * 3x3x3 and the last; none on biases and normalization.
 */
export function weightDecayOf(name: string): number {
  const isKernel = name.endsWith('.weight');
  return isKernel && !name.endsWith('.growth.weight') && name !== 'head.weight' ? 1e-4 : 0;
}
