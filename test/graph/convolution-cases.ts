import type { Value } from '../../src/graph/builder.ts';
import type { Shape } from '../../src/graph/op.ts';
import { input, type OpCase } from './op-case.ts';

interface ConvolutionCase {
  readonly about: string;
  readonly batch?: number;
  readonly channels?: number;
  readonly filters?: number;
  readonly size: Shape;
  readonly kernel: Shape;
  readonly strides: Shape;
}

const usedConvolutions: readonly ConvolutionCase[] = [
  { about: 'kernel 1', size: [3, 2, 4], kernel: [1, 1, 1], strides: [1, 1, 1] },
  { about: 'kernel 1, two samples', batch: 2, size: [3, 2, 4], kernel: [1, 1, 1], strides: [1, 1, 1] },
  { about: 'kernel 3', size: [3, 4, 5], kernel: [3, 3, 3], strides: [1, 1, 1] },
  { about: 'kernel 3, two samples', batch: 2, size: [4, 3, 2], kernel: [3, 3, 3], strides: [1, 1, 1] },
  { about: 'kernel 3 on a single plane', size: [1, 3, 3], kernel: [3, 3, 3], strides: [1, 1, 1] },
  { about: 'kernel 3 on a single voxel', size: [1, 1, 1], kernel: [3, 3, 3], strides: [1, 1, 1] },
  { about: 'kernel 5 on two planes', size: [2, 3, 4], kernel: [5, 5, 5], strides: [1, 1, 1] },
  { about: 'kernel 3 in plane', size: [3, 4, 3], kernel: [1, 3, 3], strides: [1, 1, 1] },
  { about: 'kernel 3 along depth', size: [4, 2, 3], kernel: [3, 1, 1], strides: [1, 1, 1] },
  { about: 'kernel 2 at stride 1', size: [3, 4, 5], kernel: [2, 2, 2], strides: [1, 1, 1] },
  { about: 'kernel 2 at stride 1, two samples', batch: 2, size: [2, 3, 2], kernel: [2, 2, 2], strides: [1, 1, 1] },
  { about: 'kernel 2 at stride 2', size: [4, 6, 2], kernel: [2, 2, 2], strides: [2, 2, 2] },
  { about: 'kernel 2 at stride 2, two samples', batch: 2, size: [4, 2, 4], kernel: [2, 2, 2], strides: [2, 2, 2] },
  { about: 'kernel 2 at stride 2 on odd sizes', size: [5, 3, 1], kernel: [2, 2, 2], strides: [2, 2, 2] },
  { about: 'kernel 3 at stride 2', size: [4, 6, 2], kernel: [3, 3, 3], strides: [2, 2, 2] },
  { about: 'kernel 3 at stride 2, two samples', batch: 2, size: [4, 2, 4], kernel: [3, 3, 3], strides: [2, 2, 2] },
  { about: 'kernel 3 at stride 2 on odd sizes', size: [5, 3, 1], kernel: [3, 3, 3], strides: [2, 2, 2] },
  { about: 'kernel 3, 3, 1 at stride 2, 2, 1', size: [4, 4, 3], kernel: [3, 3, 1], strides: [2, 2, 1] },
  { about: 'kernel 1, 3, 3 at stride 1, 2, 2', size: [3, 4, 5], kernel: [1, 3, 3], strides: [1, 2, 2] },
  { about: 'kernel 3 at stride 1, 2, 2', size: [3, 4, 4], kernel: [3, 3, 3], strides: [1, 2, 2] },
  { about: 'kernel 3 at stride 2, 2, 1', size: [4, 2, 3], kernel: [3, 3, 3], strides: [2, 2, 1] },
  { about: 'kernel 1 at stride 2', size: [4, 5, 3], kernel: [1, 1, 1], strides: [2, 2, 2] },
  { about: 'kernel 2 at stride 3', size: [6, 7, 5], kernel: [2, 2, 2], strides: [3, 3, 3] },
  { about: 'kernel 4 at stride 2', size: [4, 6, 5], kernel: [4, 4, 4], strides: [2, 2, 2] },
  { about: 'more than 32 filters', channels: 1, filters: 33, size: [2, 2, 2], kernel: [3, 3, 3], strides: [1, 1, 1] },
];

/** The convolution and its two adjoints on the same three tensors. */
export const convolutionCases: readonly OpCase[] = usedConvolutions.flatMap(
  ({ about, batch = 1, channels = 2, filters = 3, size, kernel, strides }): OpCase[] => {
    const x = input([batch, channels, ...size]);
    const w = input([filters, channels, ...kernel]);
    const y = input([batch, filters, ...size.map((extent, axis) => Math.ceil(extent / (strides[axis] as number)))]);
    return [
      {
        kind: 'convolution',
        about,
        inputs: [x, w],
        build: (b, [image, weight]) => b.convolution(image as Value, weight as Value, strides),
      },
      {
        kind: 'transposedConvolution',
        about,
        inputs: [y, w],
        build: (b, [image, weight]) => b.transposedConvolution(image as Value, weight as Value, strides, size),
      },
      {
        kind: 'convolutionWeightGradient',
        about,
        inputs: [x, y],
        build: (b, [image, other]) => b.convolutionWeightGradient(image as Value, other as Value, strides, kernel),
      },
    ];
  },
);
