import { describe, expect, it } from 'vitest';
import { samePadding } from './convolution-geometry.ts';
import { gradientRules } from './gradient-rules.ts';
import type { Op, Shape } from './op.ts';
import { inferShape, ShapeError } from './shape.ts';

const input: Op = { kind: 'input', name: 'x', shape: [2, 3], dataType: 'float32' };
const parameter: Op = {
  kind: 'parameter',
  name: 'w',
  shape: [2],
  role: 'weight',
  initializer: { kind: 'constant', value: 0 },
};
const convolution: Op = { kind: 'convolution', strides: [2, 2, 1] };
const transposed: Op = { kind: 'transposedConvolution', strides: [2, 2, 1], spatial: [5, 6, 3] };
const weightGradient: Op = { kind: 'convolutionWeightGradient', strides: [2, 2, 1], kernel: [3, 3, 3] };
const normalize: Op = { kind: 'normalize', over: 'instance', epsilon: 1e-5 };
const image: Shape = [2, 3, 4, 5, 6];

describe('shapes that ops give', () => {
  const cases: readonly { op: Op; inputs: readonly Shape[]; shape: Shape }[] = [
    { op: input, inputs: [], shape: [2, 3] },
    { op: parameter, inputs: [], shape: [2] },
    { op: { kind: 'constant', shape: [1, 2], values: [3, 4] }, inputs: [], shape: [1, 2] },
    {
      op: { kind: 'add' },
      inputs: [
        [2, 1, 4],
        [1, 3, 1],
      ],
      shape: [2, 3, 4],
    },
    { op: { kind: 'subtract' }, inputs: [[], [2, 3]], shape: [2, 3] },
    { op: { kind: 'multiply' }, inputs: [[2, 3], []], shape: [2, 3] },
    { op: { kind: 'divide' }, inputs: [[], []], shape: [] },
    { op: { kind: 'maximum' }, inputs: [[1], [1]], shape: [1] },
    { op: { kind: 'relu' }, inputs: [[2, 3]], shape: [2, 3] },
    { op: { kind: 'softmax', axis: 1 }, inputs: [[2, 3]], shape: [2, 3] },
    { op: { kind: 'sum', axes: [0, 2] }, inputs: [[2, 3, 4]], shape: [1, 3, 1] },
    { op: { kind: 'variance', over: 'batch' }, inputs: [image], shape: [1, 3, 1, 1, 1] },
    { op: { kind: 'variance', over: 'instance' }, inputs: [image], shape: [2, 3, 1, 1, 1] },
    { op: { kind: 'reshape', shape: [3, 4] }, inputs: [[2, 6]], shape: [3, 4] },
    { op: { kind: 'broadcast', shape: [2, 3] }, inputs: [[1, 3]], shape: [2, 3] },
    { op: { kind: 'transpose', permutation: [2, 0, 1] }, inputs: [[2, 3, 4]], shape: [4, 2, 3] },
    { op: { kind: 'slice', axis: 1, start: 1, end: 3 }, inputs: [[2, 3]], shape: [2, 2] },
    { op: { kind: 'pad', axis: 0, before: 1, after: 2 }, inputs: [[2, 3]], shape: [5, 3] },
    {
      op: { kind: 'concatenate', axis: 1 },
      inputs: [
        [2, 1],
        [2, 3],
      ],
      shape: [2, 4],
    },
    {
      op: convolution,
      inputs: [
        [1, 2, 5, 6, 3],
        [7, 2, 3, 3, 3],
      ],
      shape: [1, 7, 3, 3, 3],
    },
    {
      op: transposed,
      inputs: [
        [1, 7, 3, 3, 3],
        [7, 2, 3, 3, 3],
      ],
      shape: [1, 2, 5, 6, 3],
    },
    {
      op: weightGradient,
      inputs: [
        [1, 2, 5, 6, 3],
        [1, 7, 3, 3, 3],
      ],
      shape: [7, 2, 3, 3, 3],
    },
    { op: { kind: 'maxPool', window: [2, 5, 3] }, inputs: [image], shape: [2, 3, 2, 1, 2] },
    {
      op: { kind: 'maxPoolGradient', window: [4, 1, 1] },
      inputs: [
        [1, 1, 1, 2, 2],
        [1, 1, 4, 2, 2],
        [1, 1, 1, 2, 2],
      ],
      shape: [1, 1, 4, 2, 2],
    },
    { op: normalize, inputs: [image, [3], [3]], shape: image },
    { op: { kind: 'normalizeGradient', over: 'batch', epsilon: 1e-5 }, inputs: [image, image, [3]], shape: image },
    { op: { kind: 'normalizeScaleGradient', over: 'batch', epsilon: 1e-5 }, inputs: [image, image], shape: [3] },
    { op: { kind: 'normalizeByStatistics', epsilon: 1e-5 }, inputs: [image, [3], [3], [3], [3]], shape: image },
    {
      op: { kind: 'dropout', rate: 0.5 },
      inputs: [
        [2, 3],
        [2, 3],
      ],
      shape: [2, 3],
    },
  ];

  it.each(cases)('$op.kind of $inputs is $shape', ({ op, inputs, shape }) => {
    expect(inferShape(op, inputs)).toEqual(shape);
  });
});

describe('a broken rule is refused with the op, the rule and the values', () => {
  const cases: readonly { op: Op; inputs: readonly Shape[]; message: string }[] = [
    {
      op: { ...input, shape: [2, 0] },
      inputs: [],
      message: 'input: sizes must be positive integers; got [2,0]',
    },
    {
      op: { ...parameter, shape: [1.5] },
      inputs: [],
      message: 'parameter: sizes must be positive integers; got [1.5]',
    },
    {
      op: { kind: 'constant', shape: [2], values: [1, 2, 3] },
      inputs: [],
      message: 'constant: the number of values must be the product of the shape; got 3 and [2]',
    },
    {
      op: { kind: 'constant', shape: [2], values: [1, Number.NaN] },
      inputs: [],
      message: 'constant: values must be finite; got ["1","NaN"]',
    },
    {
      op: { kind: 'add' },
      inputs: [
        [2, 3],
        [2, 4],
      ],
      message: 'add: sizes on axis 1 must be equal, or one of them 1; got [2,3] and [2,4]',
    },
    {
      op: { kind: 'multiply' },
      inputs: [[2, 3], [3]],
      message: 'multiply: both sides must have one rank, or one be a scalar; got [2,3] and [3]',
    },
    { op: { kind: 'divide' }, inputs: [[2]], message: 'divide: input 1 is missing; got [[2]]' },
    { op: { kind: 'softmax', axis: 2 }, inputs: [[2, 3]], message: 'softmax: no such axis; got 2 and [2,3]' },
    { op: { kind: 'logSoftmax', axis: -1 }, inputs: [[2, 3]], message: 'logSoftmax: no such axis; got -1 and [2,3]' },
    { op: { kind: 'sum', axes: [0, 2] }, inputs: [[2, 3]], message: 'sum: no such axis; got 2 and [2,3]' },
    {
      op: { kind: 'sum', axes: [] },
      inputs: [[2, 3]],
      message: 'sum: there must be an axis to sum over; got [] and [2,3]',
    },
    {
      op: { kind: 'variance', over: 'batch' },
      inputs: [[2, 3]],
      message: 'variance: an image must have the axes [N, C, K, J, I]; got [2,3]',
    },
    {
      op: { kind: 'reshape', shape: [4] },
      inputs: [[2, 3]],
      message: 'reshape: the number of elements must stay; got [2,3] and [4]',
    },
    {
      op: { kind: 'reshape', shape: [-2, -3] },
      inputs: [[2, 3]],
      message: 'reshape: sizes must be positive integers; got [-2,-3]',
    },
    {
      op: { kind: 'broadcast', shape: [1, 3] },
      inputs: [[2, 3]],
      message: 'broadcast: each size must be 1 or that of the result; got [2,3] and [1,3]',
    },
    {
      op: { kind: 'transpose', permutation: [0, 0] },
      inputs: [[2, 3]],
      message: 'transpose: each axis must come once; got [0,0] and [2,3]',
    },
    {
      op: { kind: 'slice', axis: 1, start: 2, end: 4 },
      inputs: [[2, 3]],
      message: 'slice: the range must be whole, inside the axis and not empty; got [2,4] and [2,3]',
    },
    {
      op: { kind: 'slice', axis: 1, start: 2, end: 2 },
      inputs: [[2, 3]],
      message: 'slice: the range must be whole, inside the axis and not empty; got [2,2] and [2,3]',
    },
    {
      op: { kind: 'slice', axis: 1, start: 0.5, end: 2 },
      inputs: [[2, 3]],
      message: 'slice: the range must be whole, inside the axis and not empty; got [0.5,2] and [2,3]',
    },
    {
      op: { kind: 'pad', axis: 0, before: 1, after: -1 },
      inputs: [[2, 3]],
      message: 'pad: padding must be whole and not negative; got 1 and -1',
    },
    {
      op: { kind: 'concatenate', axis: 1 },
      inputs: [
        [2, 3],
        [3, 3],
      ],
      message: 'concatenate: sizes must agree on every axis but 1; got [2,3] and [3,3]',
    },
    {
      op: { kind: 'concatenate', axis: 1 },
      inputs: [],
      message: 'concatenate: input 0 is missing; got []',
    },
    {
      op: convolution,
      inputs: [image, [7, 2, 3, 3, 3]],
      message: "convolution: the kernel's input channels must be the image's channels; got [7,2,3,3,3] and [2,3,4,5,6]",
    },
    {
      op: convolution,
      inputs: [image, [7, 3]],
      message: 'convolution: a kernel must have the axes [Co, Ci, k, k, k]; got [7,3]',
    },
    {
      op: { kind: 'convolution', strides: [2, 2] },
      inputs: [image, [7, 3, 1, 1, 1]],
      message: 'convolution: there must be one stride for each of three axes; got [2,2]',
    },
    {
      op: { kind: 'convolution', strides: [2, 0, 1] },
      inputs: [image, [7, 3, 1, 1, 1]],
      message: 'convolution: sizes must be positive integers; got [2,0,1]',
    },
    {
      op: transposed,
      inputs: [
        [1, 6, 3, 3, 3],
        [7, 2, 3, 3, 3],
      ],
      message:
        "transposedConvolution: the kernel's output channels must be the image's channels; got [7,2,3,3,3] and [1,6,3,3,3]",
    },
    {
      op: transposed,
      inputs: [
        [1, 7, 2, 3, 3],
        [7, 2, 3, 3, 3],
      ],
      message:
        'transposedConvolution: the strided size of the larger image must be the size of the smaller one; got [[5,6,3],[2,2,1]] and [1,7,2,3,3]',
    },
    {
      op: { ...transposed, spatial: [5, 6] },
      inputs: [
        [1, 7, 3, 3, 3],
        [7, 2, 3, 3, 3],
      ],
      message: 'transposedConvolution: there must be one size for each of three axes; got [5,6]',
    },
    {
      op: weightGradient,
      inputs: [
        [1, 2, 5, 6, 3],
        [2, 7, 3, 3, 3],
      ],
      message:
        'convolutionWeightGradient: image and gradient must have one batch size; got [1,2,5,6,3] and [2,7,3,3,3]',
    },
    {
      op: weightGradient,
      inputs: [
        [1, 2, 5, 6, 3],
        [1, 7, 3, 3, 2],
      ],
      message:
        'convolutionWeightGradient: the strided size of the larger image must be the size of the smaller one; got [[5,6,3],[2,2,1]] and [1,7,3,3,2]',
    },
    {
      op: { ...weightGradient, kernel: [3, 3, 0] },
      inputs: [
        [1, 2, 5, 6, 3],
        [1, 7, 3, 3, 3],
      ],
      message: 'convolutionWeightGradient: sizes must be positive integers; got [3,3,0]',
    },
    {
      op: { kind: 'maxPool', window: [2, 2, 2] },
      inputs: [image],
      message: 'maxPool: each spatial size must be a multiple of the window; got [2,3,4,5,6] and [2,2,2]',
    },
    {
      op: { kind: 'maxPoolGradient', window: [2, 1, 1] },
      inputs: [image, image, [2, 3, 2, 5, 6]],
      message: 'maxPoolGradient: the gradient must have the shape of the output; got [2,3,4,5,6] and [2,3,2,5,6]',
    },
    {
      op: { kind: 'maxPoolGradient', window: [2, 1, 1] },
      inputs: [image, image, image],
      message: 'maxPoolGradient: the output must be the image pooled; got [2,3,4,5,6] and [2,3,2,5,6]',
    },
    {
      op: normalize,
      inputs: [image, [3], [2]],
      message: 'normalize: there must be one value for each channel; got [2] and [2,3,4,5,6]',
    },
    {
      op: normalize,
      inputs: [[2, 3, 1, 1, 1], [3], [3]],
      message: 'normalize: statistics need more than one voxel for each channel; got [2,3,1,1,1] and "instance"',
    },
    {
      op: normalize,
      inputs: [[1, 1, 1, 1, 2], [1]],
      message: 'normalize: input 2 is missing; got [[1,1,1,1,2],[1]]',
    },
    {
      op: { kind: 'normalizeGradient', over: 'batch', epsilon: 1e-5 },
      inputs: [[2, 3, 4, 5, 5], image, [3]],
      message: 'normalizeGradient: the gradient must have the shape of the image; got [2,3,4,5,5] and [2,3,4,5,6]',
    },
    {
      op: { kind: 'normalizeGradient', over: 'batch', epsilon: 1e-5 },
      inputs: [image, image, [3, 1]],
      message: 'normalizeGradient: there must be one value for each channel; got [3,1] and [2,3,4,5,6]',
    },
    {
      op: { kind: 'normalizeScaleGradient', over: 'batch', epsilon: 1e-5 },
      inputs: [[1, 3, 4, 5, 6], image],
      message: 'normalizeScaleGradient: the gradient must have the shape of the image; got [1,3,4,5,6] and [2,3,4,5,6]',
    },
    {
      op: { kind: 'normalizeByStatistics', epsilon: 1e-5 },
      inputs: [image, [3], [3], [3], [4]],
      message: 'normalizeByStatistics: there must be one value for each channel; got [4] and [2,3,4,5,6]',
    },
    {
      op: { kind: 'dropout', rate: 0.5 },
      inputs: [
        [2, 3],
        [2, 4],
      ],
      message: 'dropout: the mask must have the shape of the tensor; got [2,4] and [2,3]',
    },
    {
      op: { kind: 'dropout', rate: 1 },
      inputs: [
        [2, 3],
        [2, 3],
      ],
      message: 'dropout: the rate must be in [0, 1); got 1',
    },
  ];

  it.each(cases)('$message', ({ op, inputs, message }) => {
    expect(() => inferShape(op, inputs)).toThrow(new ShapeError(message));
  });

  it('every op but the sources misses its inputs', () => {
    for (const kind of Object.keys(gradientRules)) {
      if (['input', 'parameter', 'constant'].includes(kind)) continue;
      expect(() => inferShape({ kind } as Op, []), kind).toThrow(
        new RegExp(`^${kind}: input [01] is missing; got \\[\\]$`),
      );
    }
  });
});

describe('same padding', () => {
  it.each([
    // Worked out by hand from the rule: floor((k - 1) / 2) before, ceil(n / s) outputs, what the last one needs after.
    { size: 8, kernel: 3, stride: 1, before: 1, after: 1, outputs: 8 },
    { size: 8, kernel: 2, stride: 2, before: 0, after: 0, outputs: 4 },
    { size: 7, kernel: 2, stride: 2, before: 0, after: 1, outputs: 4 },
    { size: 8, kernel: 3, stride: 2, before: 1, after: 0, outputs: 4 },
    { size: 7, kernel: 3, stride: 2, before: 1, after: 1, outputs: 4 },
    { size: 8, kernel: 2, stride: 1, before: 0, after: 1, outputs: 8 },
    { size: 8, kernel: 1, stride: 2, before: 0, after: 0, outputs: 4 },
    { size: 1, kernel: 3, stride: 1, before: 1, after: 1, outputs: 1 },
    { size: 2, kernel: 5, stride: 1, before: 2, after: 2, outputs: 2 },
  ])('of size $size, kernel $kernel, stride $stride', ({ size, kernel, stride, ...geometry }) => {
    expect(samePadding(size, kernel, stride)).toEqual(geometry);
  });
});
