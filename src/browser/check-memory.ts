import { estimateMemory } from '../engine/estimate-memory.ts';
import { DataError } from '../errors.ts';
import { inferenceProgram } from '../model/inference-program.ts';
import type { Model } from '../model/model-file.ts';
import { largestFittingPatch } from '../network/fitting-patch.ts';
import type { NetworkOptions } from '../network/options.ts';
import type { PredictionSettings } from '../predict/options.ts';
import type { PreparedCase } from '../preprocess/prepare.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import type { ComputeEvent } from './compute-event.ts';

/** What 32-bit WebAssembly can address, and what ONNX Runtime's build allows. */
const WEBASSEMBLY_LIMIT = 2 ** 32;
/** Browsers never tell of more, whatever the machine has. */
const MOST_TOLD = 8;

/** The estimated peak memory of the engine's worker while it predicts patches, in bytes. */
export function engineMemory(network: NetworkOptions, patch: Triple): number {
  return estimateMemory(inferenceProgram(network, patch));
}

/** Bytes of the volumes in the compute worker at their most, beside the prepared scan: sums of votes, means, restored maps. */
function volumeMemory(outputs: number, { grid, source }: PreparedCase): number {
  const maps = outputs * 4 * (voxelCount(grid.shape) + 2 * voxelCount(source.shape));
  return maps + 8 * (outputs + 1) * voxelCount(grid.shape) + 9 * voxelCount(source.shape);
}

/**
 * Refuses a prediction that WebAssembly has not the memory for, and tells of one that may be too much for the machine, as
 * far as the browser says what that has (Chromium's do, up to 8 GB).
 *
 * @throws DataError with what is needed, what there is, and a patch that fits
 */
export function checkPredictionMemory(
  models: readonly Model[],
  settings: PredictionSettings,
  prepared: readonly PreparedCase[],
  device: 'cpu' | 'webgpu',
  emit: (event: ComputeEvent) => void,
): void {
  let largest = 0;
  for (const [index, { description }] of models.entries()) {
    const { network } = description;
    const patch = settings.voting[index]?.patch as Triple;
    const needed = engineMemory(network, patch);
    largest = Math.max(largest, needed);
    if (device === 'webgpu' || needed <= WEBASSEMBLY_LIMIT) continue;
    const fitting = largestFittingPatch(
      network,
      patch,
      (smaller) => engineMemory(network, smaller) <= WEBASSEMBLY_LIMIT,
    );
    const advice = fitting === null ? 'take a smaller network' : `the largest patch that fits is ${fitting.join('x')}`;
    throw new DataError(
      `Predicting patches of ${patch.join('x')} needs about ${gigabytes(needed)} of memory, and a page can use ` +
        `${gigabytes(WEBASSEMBLY_LIMIT)}: ${advice}; or predict with the command line.`,
    );
  }
  const volumes = prepared.reduce((sum, { image }) => sum + image.byteLength, 0);
  const outputs = Math.max(...models.map(({ description }) => description.labels.length));
  const total = largest + volumes + volumeMemory(outputs, prepared[0] as PreparedCase);
  const told = (navigator as { deviceMemory?: number }).deviceMemory;
  if (told === undefined || told >= MOST_TOLD || total <= told * 1e9) return;
  const message = `This prediction needs about ${gigabytes(total)} of memory, and the machine has about ${told} GB: close other programs and tabs, or take a smaller patch.`;
  emit({ kind: 'notice', code: 'little-memory', message });
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
