// A training step to time: a preset's session in an engine, and a batch of noise with 1 % of lesion voxels.
import { lossFunction } from '../dist/loss/loss-description.js';
import { resolveLoss } from '../dist/loss/options.js';
import { presetNetwork, presets } from '../dist/network/options.js';
import { Random } from '../dist/random.js';
import { assembleBatch } from '../dist/train/batch.js';
import { parseTrainConfig } from '../dist/train/config.js';
import { TrainingSession } from '../dist/train/training-session.js';

/**
 * @param options `preset`, `channels`, and where they differ from the preset's `patch` and changes of the `network`
 * @returns the `session`, what it is for (`network`, `patch`), and `makeBatch`
 */
export function makeUpStep(engine, { preset, channels, patch = presets[preset].patch, network: changes = {} }) {
  const network = presetNetwork(preset, { channels, outputs: 1, ...changes });
  const config = parseTrainConfig({ preset });
  const loss = lossFunction(resolveLoss(config, 1, null));
  const session = new TrainingSession(engine, { network, patch, batch: 1, loss, optimizer: config, seed: 0 });

  const random = new Random('bench');
  const voxels = patch[0] * patch[1] * patch[2];
  const source = {
    id: 'bench',
    shape: patch,
    spacing: [1, 1, 1],
    image: Float32Array.from({ length: channels * voxels }, () => random.normal()),
    labels: Uint8Array.from({ length: voxels }, () => (random.uniform() < 0.01 ? 1 : 0)),
    brain: new Uint8Array(voxels).fill(1),
    present: Array(channels).fill(true),
    foreground: new Int32Array(0),
  };
  const layout = { patch, labelValues: [1], lossWithin: 'volume' };
  const makeBatch = () => assembleBatch([{ caseIndex: 0, start: [0, 0, 0], augmentation: {} }], [source], layout);
  return { session, network, patch, makeBatch };
}
