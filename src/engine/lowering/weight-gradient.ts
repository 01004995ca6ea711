import type { Shape } from '../../graph/op.ts';
import { elementCount } from '../../graph/program.ts';
import type { OnnxWriter } from '../onnx-writer.ts';
import { type Lowering, reshaped } from './context.ts';
import { shifted, spatialGeometry } from './convolution.ts';

/**
 * The gradient of a convolution in its weights is, for each tap, a product of two matrices over all voxels:
 * dW[t] = dy x_t^T with x_t the input as that tap sees it.
 */
export const lowerWeightGradient: Lowering<'convolutionWeightGradient'> = ({ op, inputs, inputShapes, writer }) => {
  const [x, dy] = inputShapes as [Shape, Shape];
  const geometry: Geometry = { x, dy, kernel: op.kernel, strides: op.strides };
  const unitStride = op.strides.every((stride) => stride === 1);
  const form = unitStride ? fromShiftedGradients : fromStridedInputs;
  return form(writer, samples(writer, inputs[0] as string, x), samples(writer, inputs[1] as string, dy), geometry);
};

interface Geometry {
  readonly x: Shape;
  readonly dy: Shape;
  readonly kernel: Shape;
  readonly strides: Shape;
}

/** The samples of a batch, each [1, C, K, J, I]. */
function samples(writer: OnnxWriter, batch: string, shape: Shape): readonly string[] {
  const count = shape[0] as number;
  if (count === 1) return [batch];
  return writer.split(
    batch,
    Array.from({ length: count }, () => 1),
    0,
  );
}

/**
 * Stride 1: the output gradient moves instead of the input, since it has fewer channels (12 against 48 in a dense
 * layer) and so the copies are smaller. The shifts within a plane are stacked, so that each depth tap is one
 * well-shaped product: dW[a] = stack over (b, c) of shift(dy) times x^T.
 */
function fromShiftedGradients(
  writer: OnnxWriter,
  xs: readonly string[],
  dys: readonly string[],
  { x, dy, kernel }: Geometry,
): string {
  const [kk, kj, ki] = kernel as [number, number, number];
  const channels = x[1] as number;
  const filters = dy[1] as number;
  const voxels = elementCount(x.slice(2));
  const padding = spatialGeometry(x, [0, 0, ...kernel], [1, 1, 1]).map(({ before }) => before);
  const [bk, bj, bi] = padding as [number, number, number];

  const rows = kj * ki * filters;
  const planes: string[] = Array.from({ length: kk }, () => '');
  for (const [sample, dySample] of dys.entries()) {
    const inPlane: string[] = [];
    for (let b = 0; b < kj; b++) {
      for (let c = 0; c < ki; c++) inPlane.push(shifted(writer, dySample, [0, b - bj, c - bi]));
    }
    const stack = inPlane.length === 1 ? (inPlane[0] as string) : writer.node('Concat', inPlane, { axis: 1 });
    for (let a = 0; a < kk; a++) {
      // One moves against the other along the depth: that which has fewer channels.
      const [forth, back]: [Shape, Shape] =
        rows < channels
          ? [
              [a - bk, 0, 0],
              [0, 0, 0],
            ]
          : [
              [0, 0, 0],
              [bk - a, 0, 0],
            ];
      const moved = reshaped(writer, shifted(writer, stack, forth), [rows, voxels]);
      const against = reshaped(writer, shifted(writer, xs[sample] as string, back), [channels, voxels]);
      planes[a] = productWithTransposed(writer, moved, against, planes[a] as string);
    }
  }
  const all = planes.length === 1 ? (planes[0] as string) : writer.node('Concat', planes, { axis: 0 });
  if (kk * kj * ki === 1) return reshaped(writer, all, [filters, channels, 1, 1, 1]);
  const separate = reshaped(writer, all, [kk, kj, ki, filters, channels]);
  return writer.node('Transpose', [separate], { perm: [3, 4, 0, 1, 2] });
}

/** Larger strides: each tap's view of the padded input is a strided slice; depth taps are done one after the other. */
function fromStridedInputs(
  writer: OnnxWriter,
  xs: readonly string[],
  dys: readonly string[],
  { x, dy, kernel, strides }: Geometry,
): string {
  const [kk, kj, ki] = kernel as [number, number, number];
  const channels = x[1] as number;
  const filters = dy[1] as number;
  const outputs = dy.slice(2) as [number, number, number];
  const voxels = elementCount(outputs);
  const geometry = spatialGeometry(x, [0, 0, ...kernel], strides);
  const padded = geometry.some(({ before, after }) => before > 0 || after > 0);
  const pads = [0, 0, ...geometry.map(({ before }) => before), 0, 0, ...geometry.map(({ after }) => after)];

  const rows = kj * ki * channels;
  const planes: string[] = Array.from({ length: kk }, () => '');
  for (const [sample, xSample] of xs.entries()) {
    const source = padded ? writer.node('Pad', [xSample, writer.integers(pads)]) : xSample;
    const gradient = reshaped(writer, dys[sample] as string, [filters, voxels]);
    for (let a = 0; a < kk; a++) {
      const taps: string[] = [];
      for (let b = 0; b < kj; b++) {
        for (let c = 0; c < ki; c++) {
          const start = [a, b, c];
          const end = start.map((tap, axis) => tap + ((outputs[axis] as number) - 1) * (strides[axis] as number) + 1);
          taps.push(
            writer.node('Slice', [
              source,
              writer.integers(start),
              writer.integers(end),
              writer.integers([2, 3, 4]),
              writer.integers(strides),
            ]),
          );
        }
      }
      const stack = taps.length === 1 ? (taps[0] as string) : writer.node('Concat', taps, { axis: 1 });
      const unfolded = reshaped(writer, stack, [rows, voxels]);
      planes[a] = productWithTransposed(writer, unfolded, gradient, planes[a] as string);
    }
  }
  const all = planes.length === 1 ? (planes[0] as string) : writer.node('Concat', planes, { axis: 0 });
  const separate = reshaped(writer, all, [kk, kj, ki, channels, filters]);
  return writer.node('Transpose', [separate], { perm: [4, 3, 0, 1, 2] });
}

/** a b^T, plus what earlier samples gave. */
function productWithTransposed(writer: OnnxWriter, a: string, b: string, sum: string): string {
  return writer.node('Gemm', sum === '' ? [a, b] : [a, b, sum], { transB: 1 });
}
