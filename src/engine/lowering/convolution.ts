import { samePadding } from '../../graph/convolution-geometry.ts';
import type { Shape } from '../../graph/op.ts';
import type { OnnxWriter } from '../onnx-writer.ts';
import { type Lowering, reshaped } from './context.ts';

/** Below this many output channels a plain 3D `Conv` runs at half the speed of the form by depth taps. */
const FEW_CHANNELS = 32;

export const lowerConvolutionPlain: Lowering<'convolution'> = ({ op, inputs, inputShapes, writer }) => {
  const [x, w] = inputShapes as [Shape, Shape];
  const geometry = spatialGeometry(x, w, op.strides);
  return emitConv(writer, inputs[0] as string, inputs[1] as string, {
    kernel: w.slice(2),
    strides: op.strides,
    before: geometry.map((axis) => axis.before),
    after: geometry.map((axis) => axis.after),
  });
};

export const lowerConvolutionFast: Lowering<'convolution'> = (input) => {
  const { op, inputs, inputShapes, writer } = input;
  const [x, w] = inputShapes as [Shape, Shape];
  const unitStride = op.strides.every((stride) => stride === 1);
  if (!unitStride || w[2] === 1 || (w[0] as number) > FEW_CHANNELS) return lowerConvolutionPlain(input);
  return convolutionByDepthTaps(writer, inputs[0] as string, inputs[1] as string, x, w);
};

/**
 * A convolution with few output channels multiplies thin matrices. Computing all taps along depth at once, as one
 * convolution with kernel 1 x kj x ki and kk times the output channels, and adding the shifted results makes them three
 * times thicker and the unfolded input three times smaller: 54 -> 100 GFLOPS at 48 -> 12 channels.
 */
function convolutionByDepthTaps(writer: OnnxWriter, x: string, w: string, xShape: Shape, wShape: Shape): string {
  const [filters, channels, kk, kj, ki] = wShape as [number, number, number, number, number];
  const tapFirst = writer.node('Transpose', [w], { perm: [2, 0, 1, 3, 4] });
  const kernel = reshaped(writer, tapFirst, [kk * filters, channels, 1, kj, ki]);
  const geometry = spatialGeometry(xShape, wShape, [1, 1, 1]);
  const taps = emitConv(writer, x, kernel, {
    kernel: [1, kj, ki],
    strides: [1, 1, 1],
    before: [0, ...geometry.slice(1).map((axis) => axis.before)],
    after: [0, ...geometry.slice(1).map((axis) => axis.after)],
  });
  const sizes = writer.integers(Array.from({ length: kk }, () => filters));
  const parts = writer.nodeWithSeveral('Split', [taps, sizes], { axis: 1 }, kk);
  // Output k takes tap t from plane k + t - before: tap t moves by before - t along the depth.
  const before = geometry[0]?.before ?? 0;
  return parts
    .map((part, tap) => shifted(writer, part, [before - tap, 0, 0]))
    .reduce((sum, part) => writer.node('Add', [sum, part]));
}

/** Moves an image by whole voxels along K, J, I; zeros come in, what leaves is dropped. Pad takes negative widths. */
export function shifted(writer: OnnxWriter, image: string, offset: Shape): string {
  if (offset.every((step) => step === 0)) return image;
  const pads = [0, 0, ...offset, 0, 0, ...offset.map((step) => -step)];
  return writer.node('Pad', [image, writer.integers(pads)]);
}

interface ConvAttributes {
  readonly kernel: Shape;
  readonly strides: Shape;
  readonly before: Shape;
  readonly after: Shape;
}

export function emitConv(writer: OnnxWriter, x: string, w: string, attributes: ConvAttributes): string {
  return writer.node('Conv', [x, w], {
    kernel_shape: attributes.kernel,
    strides: attributes.strides,
    pads: [...attributes.before, ...attributes.after],
  });
}

export function spatialGeometry(x: Shape, w: Shape, strides: Shape) {
  return [0, 1, 2].map((axis) => samePadding(x[axis + 2] as number, w[axis + 2] as number, strides[axis] as number));
}
