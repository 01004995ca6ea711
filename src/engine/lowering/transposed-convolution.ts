import { samePadding } from '../../graph/convolution-geometry.ts';
import type { Shape } from '../../graph/op.ts';
import { type Lowering, reshaped } from './context.ts';
import { emitConv } from './convolution.ts';

export const lowerTransposedConvolutionPlain: Lowering<'transposedConvolution'> = ({
  op,
  inputs,
  inputShapes,
  writer,
}) => {
  const [y, w] = inputShapes as [Shape, Shape];
  const axes = op.spatial.map((size, axis) => {
    const [kernel, stride] = [w[axis + 2] as number, op.strides[axis] as number];
    const { before, after } = samePadding(size, kernel, stride);
    const covered = stride * ((y[axis + 2] as number) - 1) + kernel - before - after;
    return { before, after, missing: size - covered };
  });
  return writer.node('ConvTranspose', inputs, {
    kernel_shape: w.slice(2),
    strides: op.strides,
    pads: [...axes.map((axis) => axis.before), ...axes.map((axis) => axis.after)],
    output_padding: axes.map((axis) => axis.missing),
  });
};

/**
 * ONNX Runtime's 3D `ConvTranspose` is thirty times slower than its `Conv`, and its WebGPU provider has none. With
 * output position o = s m + r (phase r in 0 … s - 1) the adjoint of a convolution with stride s reads
 *
 *     x[s m + r] = sum over d of y[m + d] w[r + before - s d]
 *
 * so all phases are one ordinary convolution over the taps d, with the weights gathered phase by phase (zeros where
 * there is no such tap), followed by interleaving the phases. For stride 1 this is the convolution with the kernel
 * flipped and its channels swapped.
 */
export const lowerTransposedConvolutionFast: Lowering<'transposedConvolution'> = ({
  op,
  inputs,
  inputShapes,
  shape,
  writer,
}) => {
  const [y, w] = inputShapes as [Shape, Shape];
  const [channels, filters] = [w[0] as number, w[1] as number];
  const axes = op.spatial.map((size, axis) => phaseTaps(size, w[axis + 2] as number, op.strides[axis] as number));

  let weight = inputs[1] as string;
  if (axes.some(({ needsZero }) => needsZero)) {
    const after = axes.map(({ needsZero }) => (needsZero ? 1 : 0));
    weight = writer.node('Pad', [weight, writer.integers([0, 0, 0, 0, 0, 0, 0, ...after])]);
  }
  for (const [axis, { indices }] of axes.entries()) {
    if (indices.some((tap, position) => tap !== position) || indices.length !== w[axis + 2]) {
      weight = writer.node('Gather', [weight, writer.integers(indices)], { axis: axis + 2 });
    }
  }
  const [k, j, i] = axes as [PhaseTaps, PhaseTaps, PhaseTaps];
  const split = [channels, filters, k.stride, k.taps, j.stride, j.taps, i.stride, i.taps];
  weight = writer.node('Transpose', [reshaped(writer, weight, split)], { perm: [2, 4, 6, 1, 0, 3, 5, 7] });
  const phases = k.stride * j.stride * i.stride;
  weight = reshaped(writer, weight, [phases * filters, channels, k.taps, j.taps, i.taps]);

  const folded = emitConv(writer, inputs[0] as string, weight, {
    kernel: axes.map(({ taps }) => taps),
    strides: [1, 1, 1],
    before: axes.map(({ before }) => before),
    after: axes.map(({ after }) => after),
  });
  if (phases === 1) return folded;

  const [n, , yk, yj, yi] = y as [number, number, number, number, number];
  const separate = reshaped(writer, folded, [n, k.stride, j.stride, i.stride, filters, yk, yj, yi]);
  const interleaved = writer.node('Transpose', [separate], { perm: [0, 4, 5, 1, 6, 2, 7, 3] });
  const whole = [n, filters, yk * k.stride, yj * j.stride, yi * i.stride];
  const image = reshaped(writer, interleaved, whole);
  if (whole.every((size, axis) => size === shape[axis])) return image;
  return writer.node('Slice', [
    image,
    writer.integers([0, 0, 0]),
    writer.integers(shape.slice(2)),
    writer.integers([2, 3, 4]),
  ]);
};

interface PhaseTaps {
  readonly stride: number;
  /** Taps d of each phase. */
  readonly taps: number;
  /** For each phase and tap which of the kernel's taps it is, the kernel's size where there is none. */
  readonly indices: readonly number[];
  readonly needsZero: boolean;
  /** Zeros before and after y. */
  readonly before: number;
  readonly after: number;
}

function phaseTaps(size: number, kernel: number, stride: number): PhaseTaps {
  const { before } = samePadding(size, kernel, stride);
  const first = Math.ceil((before - kernel + 1) / stride);
  const last = Math.floor((stride - 1 + before) / stride);
  const indices: number[] = [];
  for (let phase = 0; phase < stride; phase++) {
    for (let d = first; d <= last; d++) {
      const tap = phase + before - stride * d;
      indices.push(tap >= 0 && tap < kernel ? tap : kernel);
    }
  }
  return {
    stride,
    taps: last - first + 1,
    indices,
    needsZero: indices.includes(kernel),
    before: Math.abs(first),
    after: last,
  };
}
