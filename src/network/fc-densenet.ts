import type { GraphBuilder, Value } from '../graph/builder.ts';
import { auxiliaryHead } from './auxiliary-head.ts';
import { biasedConvolution, convolution, tensorOrder, upsample } from './convolutions.ts';
import { dropoutLayer } from './dropout.ts';
import { head } from './head.ts';
import { normalizationLayer } from './normalization.ts';
import { type FcDenseNetOptions, poolingOf } from './options.ts';
import type { NetworkState } from './state.ts';

/**
 * The patch-wise 3D FC-DenseNet of Hashemi et al. 2018 (arXiv:1803.11078; details from the authors' later paper
 * arXiv:1809.08168 and code, see docs/method.md): stem, contracting dense blocks, center, expanding dense blocks, head.
 *
 * @param image [N, channels, K, J, I]; each side a multiple of the network's total stride
 * @returns logits [N, outputs, K, J, I]
 */
export function fcDenseNet(b: GraphBuilder, image: Value, state: NetworkState<FcDenseNetOptions>): Value {
  const { options } = state;
  const { growth, layers, levels, initialFilters } = options;
  const stemStride = tensorOrder(options.stemStride);
  const hasStemStride = options.stemStride.some((stride) => stride > 1);

  let x = b.scope('stem', () => {
    let y = image;
    if (hasStemStride) {
      y = b.relu(biasedConvolution(b, y, initialFilters, stemStride, 'stem.reduction'));
    }
    for (let n = 0; n < 3; n++) {
      const name = `stem.convolution.${n}`;
      y = convolution(b, y, initialFilters, [3, 3, 3], `${name}.weight`);
      y = b.relu(normalizationLayer(b, y, `${name}.normalization`, state));
    }
    return y;
  });

  const skips: Value[] = [];
  for (let level = 0; level < levels; level++) {
    x = b.scope(`encoder.${level}`, () => {
      const block = denseBlock(b, x, `encoder.${level}`, state).all;
      skips.push(block);
      const name = `encoder.${level}.transition`;
      const active = b.relu(normalizationLayer(b, block, `${name}.normalization`, state));
      const channels = Math.floor((block.shape[1] as number) / 2);
      const halved = convolution(b, active, channels, [1, 1, 1], `${name}.weight`);
      return b.maxPool(halved, tensorOrder(poolingOf(options, level)));
    });
  }

  let block = b.scope('center', () => denseBlock(b, x, 'center', state));
  for (let level = levels - 1; level >= 0; level--) {
    block = b.scope(`decoder.${level}`, () => {
      const name = `decoder.${level}`;
      const strides = tensorOrder(poolingOf(options, level));
      const raised = b.relu(upsample(b, block.fresh, layers * growth, [3, 3, 3], strides, `${name}.upsample`));
      return denseBlock(b, b.concatenate([raised, skips[level] as Value], 1), name, state);
    });
    auxiliaryHead(b, block.all, level, state);
  }

  return b.scope('head', () => head(b, block.all, options, { bias: false }));
}

/**
 * A dense block: each layer sees the concatenation of the input and of all earlier layers.
 * @returns `all`: the whole concatenation, oldest first; `fresh`: only what the layers made, layers * growth channels
 */
function denseBlock(
  b: GraphBuilder,
  input: Value,
  name: string,
  state: NetworkState<FcDenseNetOptions>,
): { all: Value; fresh: Value } {
  const { growth, layers } = state.options;
  const made: Value[] = [];
  let all = input;
  for (let n = 0; n < layers; n++) {
    const layer = `${name}.layer.${n}`;
    let y = b.relu(normalizationLayer(b, all, `${layer}.bottleneck.normalization`, state));
    y = convolution(b, y, 4 * growth, [1, 1, 1], `${layer}.bottleneck.weight`);
    y = b.relu(normalizationLayer(b, y, `${layer}.growth.normalization`, state));
    y = convolution(b, y, growth, [3, 3, 3], `${layer}.growth.weight`);
    y = dropoutLayer(b, y, `${layer}.dropout`, state);
    made.push(y);
    // Nested, so that the gradients of all layers add up in one tensor on the way back.
    all = b.concatenate([all, y], 1);
  }
  return { all, fresh: b.concatenate(made, 1) };
}
