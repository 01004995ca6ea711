import { describe, expect, it } from 'vitest';
import { makeModel } from '../../test/model.ts';
import { pointwiseEngine } from '../../test/pointwise-engine.ts';
import { makeScan } from '../../test/synthetic-scan.ts';
import type { Engine, HostTensor } from '../engine/engine.ts';
import { extractPatch } from '../patch/extract.ts';
import { PatchFusion } from '../patch/fusion.ts';
import { tilePatches } from '../patch/tiling.ts';
import { applyView, viewsOf } from '../patch/view.ts';
import type { PreparedCase } from '../preprocess/prepare.ts';
import type { ScalarVolume } from '../volume/volume.ts';
import { type Ensemble, loadForPrediction, type Member } from './ensemble.ts';
import { type PredictionOptions, resolvePrediction } from './options.ts';
import { prepareForAll } from './predict.ts';
import { predictCase } from './predict-case.ts';

/** Values that depend on where in the patch a voxel lies: no view gives the same as another one. */
function networkOf(outputs: number, { shape, data }: HostTensor): HostTensor {
  const voxels = data.length / shape[1];
  const values = new Float32Array(outputs * voxels);
  for (let c = 0; c < outputs; c++) {
    for (let v = 0; v < voxels; v++) values[c * voxels + v] = Math.sin(data[v] + data[voxels + v] + v * (c + 1));
  }
  return { shape: [1, outputs, ...shape.slice(2)], data: values };
}

interface Watched {
  readonly engine: Engine;
  /** The most requests that were underway at a time. */
  most: number;
  runs: number;
}

/** Answers one request after the other, some time after it was asked, from what its array holds then. */
function slowEngine(outputs: 1 | 3, failsAt = -1): Watched {
  let underway = 0;
  let last: Promise<unknown> = Promise.resolve();
  const watched: Watched = {
    most: 0,
    runs: 0,
    engine: {
      ...pointwiseEngine(outputs),
      run: (_, { feeds }) => {
        const feed = feeds.image;
        if (feed.kind !== 'tensor') throw new Error('expected a tensor');
        const run = watched.runs++;
        const before = feed.tensor.data.slice();
        watched.most = Math.max(watched.most, ++underway);
        const answer = last.then(async () => {
          await new Promise((resolve) => setTimeout(resolve, run % 3));
          expect(feed.tensor.data).toEqual(before);
          underway--;
          if (run === failsAt) throw new Error('no more');
          return { probabilities: networkOf(outputs, feed.tensor) };
        });
        last = answer.catch(() => undefined);
        return answer;
      },
    },
  };
  return watched;
}

interface Fixture {
  readonly ensemble: Ensemble;
  readonly member: Member;
  readonly prepared: PreparedCase;
}

async function fixture(engine: Engine, outputs: 1 | 3, options: PredictionOptions): Promise<Fixture> {
  const { grid, images } = makeScan(4, { shape: [21, 13, 17] });
  const volumes = Object.fromEntries(
    Object.entries(images).map(([name, data]): [string, ScalarVolume] => [name, { kind: 'scalar', ...grid, data }]),
  );
  const model = makeModel(outputs);
  const ensemble = await loadForPrediction(engine, model, resolvePrediction(model.description, options));
  const [prepared] = prepareForAll(ensemble, volumes, undefined) as [PreparedCase];
  return { ensemble, member: ensemble.members[0] as Member, prepared };
}

/** One vote after the other, each patch cut, turned, predicted, turned back and added. */
function oneByOne({ member, prepared }: Fixture, outputs: number) {
  const { patch, overlap, padding, window, views } = member.voting;
  const { shape } = prepared.grid;
  const voxels = patch[0] * patch[1] * patch[2];
  const fusion = new PatchFusion(shape, outputs, patch, window, { variance: true });
  const outside = padding === 'half' ? 'reflect' : 'zero';
  let tiles = 0;
  for (const { start } of tilePatches(shape, patch, { overlap, padding })) {
    const isWithoutBrain = extractPatch(prepared.brain, 1, shape, start, patch, 'zero', new Uint8Array(voxels)).every(
      (value) => value === 0,
    );
    if (isWithoutBrain) continue;
    tiles++;
    const cut = extractPatch(prepared.image, 2, shape, start, patch, outside, new Float32Array(2 * voxels));
    for (const view of viewsOf(views)) {
      const seen = applyView(cut, 2, patch, view, new Float32Array(2 * voxels));
      const { data } = networkOf(outputs, { shape: [1, 2, patch[2], patch[1], patch[0]], data: seen });
      fusion.add(applyView(data as Float32Array, outputs, patch, view, new Float32Array(outputs * voxels)), start);
    }
  }
  const all = shape[0] * shape[1] * shape[2];
  const background = outputs === 1 ? 0 : all;
  const [means, variances] = [fusion.result().slice(background), fusion.variances().slice(background)];
  return { means, variances, tiles };
}

describe('predictCase', () => {
  const patch: [number, number, number] = [8, 8, 8];
  it.each<{ outputs: 1 | 3; options: PredictionOptions }>([
    { outputs: 1, options: { patch, views: 4, overlap: 0.5 } },
    { outputs: 3, options: { patch, views: 8, overlap: 0.3, padding: 'half', window: 'gaussian' } },
    { outputs: 1, options: { patch, views: 1, overlap: 0, window: 'uniform' } },
  ])(
    'gives to the bit what one vote after the other gives: $outputs outputs, $options',
    async ({ outputs, options }) => {
      const watched = slowEngine(outputs);
      const given = await fixture(watched.engine, outputs, options);
      const progress: number[] = [];
      const { means, variances } = await predictCase(given.ensemble, given.member, given.prepared, {
        label: 'p',
        voteSpread: true,
        onEvent: (event) => event.kind === 'progress' && progress.push(event.done),
      });
      const expected = oneByOne(given, outputs);
      expect(means).toEqual(expected.means);
      expect(variances).toEqual(expected.variances);
      expect(watched.most).toBe(2);
      expect(progress).toEqual(Array.from({ length: expected.tiles }, (_, tile) => tile + 1));
    },
  );

  it('leaves the engine at rest when a run fails or it is cancelled', async () => {
    const failing = slowEngine(1, 3);
    const { ensemble, member, prepared } = await fixture(failing.engine, 1, { patch, views: 4 });
    await expect(predictCase(ensemble, member, prepared, { label: 'p' })).rejects.toThrow('no more');
    expect(failing.runs).toBe(5);

    const cancelled = slowEngine(1);
    const other = await fixture(cancelled.engine, 1, { patch, views: 4 });
    const controller = new AbortController();
    const work = predictCase(other.ensemble, other.member, other.prepared, {
      label: 'p',
      signal: controller.signal,
      onEvent: () => controller.abort(new Error('enough')),
    });
    await expect(work).rejects.toThrow('enough');
    // The first tile's four views, and the one that was asked for beside the last of them.
    expect(cancelled.runs).toBe(5);
  });
});
