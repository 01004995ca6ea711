import type { Engine } from '../src/engine/engine.ts';

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** An engine whose network gives each voxel the logistic function of the first input channel, whatever its neighbors. */
export function pointwiseEngine(outputs: 1 | 3): Engine {
  return {
    device: 'cpu',
    load: async () => undefined,
    unload: async () => undefined,
    store: async () => undefined,
    fetch: async () => ({ shape: [], data: new Float32Array(0) }),
    close: async () => undefined,
    run: async (_, { feeds }) => {
      const feed = feeds.image;
      if (feed?.kind !== 'tensor') throw new Error('expected a tensor');
      const { shape, data } = feed.tensor;
      const voxels = data.length / 2;
      const values = new Float32Array(outputs * voxels);
      for (let voxel = 0; voxel < voxels; voxel++) {
        const p = logistic(data[voxel] as number);
        if (outputs === 1) values[voxel] = p;
        else values.set([0.3, 0.7 * p, 0.7 * (1 - p)].map(Math.fround), 3 * voxel);
      }
      // Classes side by side in a channel each.
      const channels = new Float32Array(values.length);
      for (let c = 0; c < outputs; c++) {
        for (let voxel = 0; voxel < voxels; voxel++)
          channels[c * voxels + voxel] = values[outputs * voxel + c] as number;
      }
      return { probabilities: { shape: [1, outputs, ...shape.slice(2)], data: channels } };
    },
  };
}

/** What the pointwise network has to give for an image: by its definition, without patches. */
export function expectedOf(image: Float32Array): Float32Array {
  const brain = [...image].filter((value) => value !== 0);
  const mean = brain.reduce((sum, value) => sum + value, 0) / brain.length;
  const deviation = Math.sqrt(brain.reduce((sum, value) => sum + (value - mean) ** 2, 0) / brain.length);
  return image.map((value) => (value === 0 ? 0 : logistic((value - mean) / deviation)));
}
