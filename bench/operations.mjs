// How many floating-point operations a preset's training step or patch prediction takes in its convolutions, a multiplication
// and an addition counted as two; what else there is (normalization, ReLU, sums) is a few percent.
import { elementCount, liveNodes } from '../dist/graph/program.js';
import { lossFunction } from '../dist/loss/loss-description.js';
import { resolveLoss } from '../dist/loss/options.js';
import { inferenceProgram } from '../dist/model/inference-program.js';
import { presetNetwork, presets } from '../dist/network/options.js';
import { parseTrainConfig } from '../dist/train/config.js';
import { gradientProgram } from '../dist/train/programs.js';

/** @param mode `step` or `forward` */
export function operations(preset, channels, mode) {
  const network = presetNetwork(preset, { channels, outputs: 1, normalization: 'batch' });
  const { patch } = presets[preset];
  const loss = lossFunction(resolveLoss(parseTrainConfig({ preset }), 1, null));
  const program = mode === 'step' ? gradientProgram(network, loss, 1, patch).program : inferenceProgram(network, patch);
  const live = liveNodes(program);
  let total = 0;
  for (const { id, op, inputs, shape } of program.nodes) {
    if (live[id] === 0) continue;
    const [first, second] = inputs.map((input) => program.nodes[input].shape);
    // y = conv(x, w) sums over the kernel's taps and input channels for each element of y, and so do its two adjoints.
    if (op.kind === 'convolution') total += 2 * elementCount(shape) * elementCount(second.slice(1));
    if (op.kind === 'transposedConvolution') total += 2 * elementCount(first) * elementCount(second.slice(1));
    if (op.kind === 'convolutionWeightGradient') total += 2 * elementCount(second) * first[1] * elementCount(op.kernel);
  }
  return total;
}
