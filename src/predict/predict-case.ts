import type { HostTensor } from '../engine/engine.ts';
import { extractPatch } from '../patch/extract.ts';
import { PatchFusion } from '../patch/fusion.ts';
import type { PatchLocation } from '../patch/location.ts';
import { tilePatches } from '../patch/tiling.ts';
import { type View, viewsOf } from '../patch/view.ts';
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

/** What one model's votes come to on the prepared case's grid, [classes, K, J, I] without the background. */
export interface FusedVotes {
  readonly means: Float32Array;
  /** Window-weighted variance of the votes; null unless asked for. */
  readonly variances: Float32Array | null;
}

/** A vote that the engine was asked for. */
interface Asked {
  readonly tile: number;
  readonly start: Triple;
  readonly view: View;
  readonly isLastOfTile: boolean;
  readonly answer: Promise<Readonly<Record<string, HostTensor>>>;
}

/** Votes that are asked for at a time: while the engine computes one, the one before is fused and the next one cut. */
const ASKED_AT_ONCE = 2;

/**
 * Predicts a prepared case by one of an ensemble's models, patch by patch and view by view, and fuses the votes (method
 * section 5): every tile in every view is one vote of each of its voxels. Tiles without brain are left out; their voxels are 0
 * unless another tile reaches them. Votes are fused in their order, so the result doesn't depend on how fast the engine is.
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
  // With several outputs the first is the background, which nobody asks for.
  const background = outputs === 1 ? 0 : 1;
  const fusion = new PatchFusion(shape, outputs - background, patch, window, { variance: voteSpread });

  await ensemble.hold(member);
  const imageShape = [1, channels, patch[2], patch[1], patch[0]];
  const outside = padding === 'half' ? 'reflect' : 'zero';
  // One for each vote that is asked for: the engine may read it until it answers.
  const cuts = Array.from({ length: ASKED_AT_ONCE }, () => new Float32Array(channels * voxels));
  const asked: Asked[] = [];
  const fuseOldest = async (): Promise<void> => {
    const [{ tile, start, view, isLastOfTile, answer }] = asked as [Asked];
    const { data } = (await answer).probabilities as HostTensor;
    asked.shift();
    fusion.add((data as Float32Array).subarray(background * voxels), start, view);
    if (isLastOfTile) onEvent?.({ kind: 'progress', label, done: tile + 1, total: locations.length });
  };
  let count = 0;
  try {
    for (const [tile, { start }] of locations.entries()) {
      for (const [index, view] of views.entries()) {
        signal?.throwIfAborted();
        const cut = cuts[count++ % ASKED_AT_ONCE] as Float32Array;
        extractPatch(prepared.image, channels, shape, start, patch, outside, cut, view);
        const answer = ensemble.engine.run(member.name, {
          feeds: { image: { kind: 'tensor', tensor: { shape: imageShape, data: cut } } },
          returned: ['probabilities'],
        });
        // A fault is met when its turn comes; until then it is not one that nobody handles.
        answer.catch(() => undefined);
        asked.push({ tile, start, view, isLastOfTile: index === views.length - 1, answer });
        if (asked.length === ASKED_AT_ONCE) await fuseOldest();
      }
    }
    while (asked.length > 0) await fuseOldest();
  } finally {
    // After a fault or a cancellation: the engine is left at rest.
    await Promise.allSettled(asked.map(({ answer }) => answer));
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
