import { extractPatch } from '../patch/extract.ts';
import { PatchFusion } from '../patch/fusion.ts';
import type { PatchLocation } from '../patch/location.ts';
import { tilePatches } from '../patch/tiling.ts';
import { applyView, viewsOf } from '../patch/view.ts';
import type { PreparedCase } from '../preprocess/prepare.ts';
import type { ProgressEvent } from '../progress-event.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import type { Ensemble, Member } from './ensemble.ts';

export interface PredictCaseOptions {
  /** What the progress says, such as `Predicting sub-01`. */
  readonly label: string;
  /** Whether the spread of the votes is kept too. */
  readonly voteSpread?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ProgressEvent) => void) | undefined;
}

/** What one model's votes come to on the prepared case's grid, [outputs, K, J, I]. */
export interface FusedVotes {
  readonly means: Float32Array;
  /** Window-weighted variance of the votes; null unless asked for. */
  readonly variances: Float32Array | null;
}

/**
 * Predicts a prepared case by one of an ensemble's models, patch by patch and view by view, and fuses the votes (method
 * section 5): every tile in every view is one vote of each of its voxels. Tiles without brain are left out; their voxels are 0
 * unless another tile reaches them.
 */
export async function predictCase(
  ensemble: Ensemble,
  member: Member,
  prepared: PreparedCase,
  { label, voteSpread = false, signal, onEvent }: PredictCaseOptions,
): Promise<FusedVotes> {
  const { shape } = prepared.grid;
  const { patch, overlap, padding, window } = member.voting;
  const { channels, outputs } = member.model.description.network;
  const voxels = voxelCount(patch);
  const tiles = tilePatches(shape, patch, { overlap, padding });
  const locations = tiles.filter((tile) => holdsBrain(prepared.brain, shape, tile, patch));
  const views = viewsOf(member.voting.views);
  const fusion = new PatchFusion(shape, outputs, patch, window, { variance: voteSpread });
  const spatial = [patch[2], patch[1], patch[0]];

  await ensemble.hold(member);
  const cut = new Float32Array(channels * voxels);
  const turned = new Float32Array(channels * voxels);
  const vote = new Float32Array(outputs * voxels);
  const outside = padding === 'half' ? 'reflect' : 'zero';
  for (const [index, { start }] of locations.entries()) {
    extractPatch(prepared.image, channels, shape, start, patch, outside, cut);
    for (const view of views) {
      signal?.throwIfAborted();
      applyView(cut, channels, patch, view, turned);
      const answer = await ensemble.engine.run(member.name, {
        feeds: { image: { kind: 'tensor', tensor: { shape: [1, channels, ...spatial], data: turned } } },
        returned: ['probabilities'],
      });
      applyView(answer.probabilities?.data as Float32Array, outputs, patch, view, vote);
      fusion.add(vote, start);
    }
    onEvent?.({ kind: 'progress', label, done: index + 1, total: locations.length });
  }
  return { means: fusion.result(), variances: voteSpread ? fusion.variances() : null };
}

/** Whether a tile covers any voxel of the brain. */
function holdsBrain(brain: Uint8Array, shape: Triple, { start }: PatchLocation, patch: Triple): boolean {
  const [i0, i1] = [Math.max(0, start[0]), Math.min(shape[0], start[0] + patch[0])];
  const [j0, j1] = [Math.max(0, start[1]), Math.min(shape[1], start[1] + patch[1])];
  const [k0, k1] = [Math.max(0, start[2]), Math.min(shape[2], start[2] + patch[2])];
  for (let k = k0; k < k1; k++) {
    for (let j = j0; j < j1; j++) {
      const row = shape[0] * (j + shape[1] * k);
      for (let i = i0; i < i1; i++) if (brain[row + i] !== 0) return true;
    }
  }
  return false;
}
