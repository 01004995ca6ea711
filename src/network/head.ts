import type { GraphBuilder, Value } from '../graph/builder.ts';
import { addBias, convolution, tensorOrder } from './convolutions.ts';
import { heNormal, type NetworkOptions } from './options.ts';

/**
 * The network's head: a transposed convolution with the stem's stride as kernel and stride, a bias and ReLU, where the stem has a
 * stride; then a 1x1x1 convolution to the outputs.
 *
 * Where kernel and stride are equal, output voxel s m + r (phase r in 0 … s - 1) depends on input voxel m and the kernel's tap r
 * alone: the phases are 1x1x1 convolutions. Everything that follows works voxel by voxel, so that they may stay samples of a small
 * image up to the very end, and only the outputs are interleaved: one channel for 48 at full resolution. The phases along the depth
 * come one after the other, since at once they would be the largest tensors of the network.
 * It is the same function of the same parameters (NAME.weight [channels in, filters, k, k, k] as of any transposed convolution).
 *
 * @param x [N, C, K, J, I] at the resolution behind the stem
 * @returns logits [N, outputs, K, J, I] at the resolution before it
 */
export function head(b: GraphBuilder, x: Value, options: NetworkOptions, { bias }: { bias: boolean }): Value {
  const outputsOf = (features: Value): Value => {
    const outputs = convolution(b, features, options.outputs, [1, 1, 1], 'head.weight');
    return bias ? addBias(b, outputs, 'head') : outputs;
  };
  const strides = tensorOrder(options.stemStride);
  if (strides.every((stride) => stride === 1)) return outputsOf(x);

  const [strideK, strideJ, strideI] = strides as [number, number, number];
  const [n, channels, k, j, i] = x.shape as [number, number, number, number, number];
  const filters = options.initialFilters;
  const name = 'head.upsample';
  const shape = [channels, filters, ...strides];
  const weight = b.parameter(`${name}.weight`, shape, heNormal(shape));
  const phaseFirst = b.transpose(weight, [2, 3, 4, 1, 0]);
  const inPlane = strideJ * strideI;
  const planes = Array.from({ length: strideK }, (_, phase) => {
    const taps = b.reshape(b.slice(phaseFirst, 0, phase, phase + 1), [inPlane * filters, channels, 1, 1, 1]);
    const folded = b.reshape(b.convolution(x, taps), [n * inPlane, filters, k, j, i]);
    const outputs = outputsOf(b.relu(addBias(b, folded, name)));
    return b.reshape(outputs, [n, 1, strideJ, strideI, options.outputs, k, j, i]);
  });
  const interleaved = b.transpose(b.concatenate(planes, 1), [0, 4, 5, 1, 6, 2, 7, 3]);
  return b.reshape(interleaved, [n, options.outputs, k * strideK, j * strideJ, i * strideI]);
}
