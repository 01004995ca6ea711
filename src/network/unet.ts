import type { GraphBuilder, Value } from '../graph/builder.ts';
import { auxiliaryHead } from './auxiliary-head.ts';
import { biasedConvolution, convolution, tensorOrder, upsample } from './convolutions.ts';
import { dropoutLayer } from './dropout.ts';
import { head } from './head.ts';
import { normalizationLayer } from './normalization.ts';
import { poolingOf, type UNetOptions } from './options.ts';
import type { NetworkState } from './state.ts';

/**
 * A plain 3D U-Net to compare with (Çiçek et al. 2016, arXiv:1606.06650; filters and their limit as in nnU-Net, Isensee et al.
 * 2021): at each level two 3x3x3 convolutions with normalization and ReLU, max-pooling on the way down, on the way up a
 * transposed convolution whose kernel is its stride, and the concatenation with the skip.
 *
 * With a stem stride the image is reduced by one convolution first and its size restored by the head, as in the FC-DenseNet.
 *
 * @param image [N, channels, K, J, I]; each side a multiple of the network's total stride
 * @returns logits [N, outputs, K, J, I]
 */
export function unet(b: GraphBuilder, image: Value, state: NetworkState<UNetOptions>): Value {
  const { options } = state;
  const { levels, initialFilters } = options;
  const stemStride = tensorOrder(options.stemStride);
  const hasStemStride = options.stemStride.some((stride) => stride > 1);

  let x = image;
  if (hasStemStride) {
    x = b.scope('stem', () => b.relu(biasedConvolution(b, x, initialFilters, stemStride, 'stem.reduction')));
  }
  const skips: Value[] = [];
  for (let level = 0; level < levels; level++) {
    x = b.scope(`encoder.${level}`, () => {
      const block = convolutionBlock(b, x, filtersAt(options, level), `encoder.${level}`, state);
      skips.push(block);
      return b.maxPool(block, tensorOrder(poolingOf(options, level)));
    });
  }
  x = b.scope('center', () => convolutionBlock(b, x, filtersAt(options, levels), 'center', state));
  for (let level = levels - 1; level >= 0; level--) {
    x = b.scope(`decoder.${level}`, () => {
      const name = `decoder.${level}`;
      const filters = filtersAt(options, level);
      const strides = tensorOrder(poolingOf(options, level));
      const raised = upsample(b, x, filters, strides, strides, `${name}.upsample`);
      return convolutionBlock(b, b.concatenate([raised, skips[level] as Value], 1), filters, name, state);
    });
    auxiliaryHead(b, x, level, state);
  }
  return b.scope('head', () => head(b, x, options, { bias: true }));
}

function filtersAt({ initialFilters, maximalFilters }: UNetOptions, level: number): number {
  return Math.min(maximalFilters, initialFilters * 2 ** level);
}

/** Two convolutions, each with normalization and ReLU. */
function convolutionBlock(
  b: GraphBuilder,
  x: Value,
  filters: number,
  name: string,
  state: NetworkState<UNetOptions>,
): Value {
  let y = x;
  for (let n = 0; n < 2; n++) {
    const part = `${name}.convolution.${n}`;
    y = convolution(b, y, filters, [3, 3, 3], `${part}.weight`);
    y = b.relu(normalizationLayer(b, y, `${part}.normalization`, state));
  }
  return dropoutLayer(b, y, `${name}.dropout`, state);
}
