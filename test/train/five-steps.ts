import type { Engine } from '../../src/engine/engine.ts';
import { lossFunction } from '../../src/loss/loss-description.ts';
import { resolveLoss } from '../../src/loss/options.ts';
import { Random } from '../../src/random.ts';
import { assembleBatch } from '../../src/train/batch.ts';
import { parseTrainConfig, resolveNetwork } from '../../src/train/config.ts';
import { RecipeDrawer } from '../../src/train/recipe.ts';
import { learningRateAt } from '../../src/train/schedule.ts';
import type { TrainingCase } from '../../src/train/training-case.ts';
import { TrainingSession } from '../../src/train/training-session.ts';
import { type Triple, voxelCount } from '../../src/volume/volume.ts';

/** What a step showed; the norm depends on every weight's gradient. */
export interface Step {
  readonly loss: number;
  readonly gradientNorm: number;
}

/** Configurations whose first five steps `five-steps.json` keeps, on patches as small as each preset allows or nearly so. */
export const QUICK = {
  tiny: { preset: 'tiny', patch: [32, 32, 32] },
  'tiny unet': { preset: 'tiny', patch: [32, 32, 32], network: { architecture: 'unet' } },
  compact: { preset: 'compact', patch: [64, 32, 32] },
} as const;
export const SLOW = { paper: { preset: 'paper', patch: [128, 64, 64] } } as const;

/** Five steps with dropout, augmentation and everything else at its default, on two made-up cases of one class. */
export async function fiveSteps(engine: Engine, changed: object): Promise<Step[]> {
  const config = parseTrainConfig({
    ...changed,
    augmentation: 'standard',
    selection: { minimalCentralVoxels: { early: 1, late: 1 }, minimalLesionVoxels: { early: 1, late: 1 } },
    steps: 5,
    seed: 3,
  });
  const { network, patch } = resolveNetwork(config, 2, 1);
  const shape: Triple = [patch[0] + 6, patch[1] + 3, patch[2] - 4];
  const cases = [1, 2].map((number) => makeCase(number, shape));
  const session = new TrainingSession(engine, {
    network,
    patch,
    batch: config.batch,
    loss: lossFunction(resolveLoss(config, 1, null)),
    optimizer: config,
    seed: config.seed,
  });
  const drawer = new RecipeDrawer(cases, { ...config, patch });
  await session.open(session.initialVectors());
  const steps: Step[] = [];
  for (let step = 0; step < 5; step++) {
    const batch = assembleBatch(drawer.next(), cases, { patch, labelValues: [1], lossWithin: config.lossWithin });
    const loss = await session.gradient([batch], step);
    const gradientNorm = await session.update(learningRateAt(config, step, step / 5), step);
    steps.push({ loss, gradientNorm });
  }
  await session.close();
  return steps;
}

/** Noise in two channels, with bright balls of the class in it. */
function makeCase(number: number, shape: Triple): TrainingCase {
  const random = new Random('five steps', number);
  const voxels = voxelCount(shape);
  const labels = new Uint8Array(voxels);
  const image = new Float32Array(2 * voxels);
  const balls = Array.from({ length: 4 }, () => shape.map((size) => size * (0.2 + 0.6 * random.uniform())));
  let voxel = 0;
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let i = 0; i < shape[0]; i++, voxel++) {
        if (balls.some(([ci, cj, ck]) => (i - ci) ** 2 + (j - cj) ** 2 + (k - ck) ** 2 < 12)) labels[voxel] = 1;
        image[voxel] = random.normal() + 2 * labels[voxel];
        image[voxels + voxel] = random.normal() - labels[voxel];
      }
    }
  }
  const foreground = Int32Array.from([...labels.keys()].filter((index) => labels[index] === 1));
  return {
    id: `case ${number}`,
    shape,
    spacing: [1, 1, 1],
    image,
    present: [true, true],
    labels,
    brain: new Uint8Array(voxels).fill(1),
    foreground,
  };
}
