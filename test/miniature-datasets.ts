import { encodeNifti } from '../src/volume/nifti-write.ts';
import type { LabelVolume, ScalarVolume, Triple } from '../src/volume/volume.ts';
import { MemoryFileAccess } from './memory-file-access.ts';

export const MINIATURE_SHAPE: Triple = [4, 5, 3];
const VOXELS = 60;
/** 0.9 x 0.9 x 6.4 mm, left to right reversed. */
export const MINIATURE_AFFINE = [-0.9, 0, 0, 10, 0, 0.9, 0, -20, 0, 0, 6.4, 5, 0, 0, 0, 1];

/** A scan of 4 x 5 x 3 voxels: 0 in the outermost columns, elsewhere values that differ from seed to seed. */
export function miniatureImage(seed: number): ScalarVolume {
  const data = Float32Array.from({ length: VOXELS }, (_, v) => (v % 4 === 0 ? 0 : 100 + ((v * 37 + seed * 11) % 97)));
  return { kind: 'scalar', shape: MINIATURE_SHAPE, affine: MINIATURE_AFFINE, data };
}

/** A label map with these values at voxels 1, 2, 3, 5, 6, … (within the brain of `miniatureImage`), 0 elsewhere. */
export function miniatureMask(...values: number[]): LabelVolume {
  const data = new Uint8Array(VOXELS);
  const inside = Array.from({ length: VOXELS }, (_, v) => v).filter((v) => v % 4 !== 0);
  for (const [index, value] of values.entries()) data[inside[index]] = value;
  return { kind: 'label', shape: MINIATURE_SHAPE, affine: MINIATURE_AFFINE, data };
}

/** 1 wherever `miniatureImage` is not 0. */
export function miniatureBrain(): LabelVolume {
  const data = Uint8Array.from({ length: VOXELS }, (_, v) => (v % 4 === 0 ? 0 : 1));
  return { kind: 'label', shape: MINIATURE_SHAPE, affine: MINIATURE_AFFINE, data };
}

/**
 * Files in memory: volumes as NIfTI, texts as they are, other values as JSON. A path that ends in .gz is compressed.
 */
export async function miniatureFiles(
  content: Readonly<Record<string, ScalarVolume | LabelVolume | Uint8Array | string | object>>,
): Promise<MemoryFileAccess> {
  const files = new MemoryFileAccess();
  for (const [path, value] of Object.entries(content)) {
    if (typeof value === 'string' || value instanceof Uint8Array) files.set(path, value);
    else if ('kind' in value) files.set(path, await encodeNifti(value, null, { gzip: path.endsWith('.gz') }));
    else files.set(path, JSON.stringify(value));
  }
  return files;
}
