import { DataError } from '../errors.ts';
import { allocateVoxels } from './allocate.ts';
import type { FileAccess } from './file-access.ts';
import { LabelCollector } from './label-collector.ts';
import { type NiftiFrames, openNifti } from './nifti-frames.ts';
import type { NiftiHeader } from './nifti-header.ts';
import { type LabelVolume, type ScalarVolume, voxelCount } from './volume.ts';

export { type NiftiFrames, openNifti } from './nifti-frames.ts';

/** Voxels of a label map that are looked at at a time. */
const LABEL_STEP = 1 << 16;

/**
 * Of a volume in a compressed file, whose size nobody knows before its end, first this share is allocated, and the rest once
 * that share was really there.
 */
const FIRST_SHARE = 1 / 16;
const SMALLEST_FIRST = 1 << 22;

/**
 * Reads a 3D image, values scaled as the header says. Values that are not finite are kept: what they mean is for the caller
 * to say. The file is decoded piece by piece: beyond the voxels, some hundred kilobytes are in use.
 *
 * @param options.frame which 3D volume of a 4D file, from 0; a file with several needs it
 * @throws DataError naming the file
 */
export async function readImage(
  files: FileAccess,
  path: string,
  options: { frame?: number } = {},
): Promise<{ volume: ScalarVolume; header: NiftiHeader }> {
  return readFrame(files, path, options.frame, async (frames) => {
    const { header } = frames;
    const { shape, affine } = header;
    const count = voxelCount(shape);
    const first = firstStep(frames, count);
    let data = allocateVoxels(Float32Array, first, path);
    await frames.read(data);
    if (first < count) {
      const whole = allocateVoxels(Float32Array, count, path);
      whole.set(data);
      await frames.read(whole.subarray(first));
      data = whole;
    }
    return { volume: { kind: 'scalar', shape, affine, data }, header };
  });
}

/**
 * Reads a 3D label map, as unsigned bytes where the values fit and else as the first of uint16, int16 and int32 that
 * holds them. Label maps that were stored with a scaling come back from it with float noise: a value within 1e-4 of an
 * integer is that integer.
 *
 * @throws DataError naming the file, also where a value is no integer
 */
export async function readLabels(
  files: FileAccess,
  path: string,
): Promise<{ volume: LabelVolume; header: NiftiHeader }> {
  return readFrame(files, path, undefined, async (frames) => {
    const { header } = frames;
    const { shape, affine } = header;
    const count = voxelCount(shape);
    const labels = new LabelCollector(firstStep(frames, count), path);
    const step = new Float64Array(Math.min(LABEL_STEP, count));
    for (let start = 0; start < count; start += step.length) {
      const part = step.subarray(0, count - start);
      await frames.read(part);
      if (start + part.length > labels.capacity) labels.grow(count);
      labels.add(part);
    }
    return { volume: { kind: 'label', shape, affine, data: labels.finish() }, header };
  });
}

/** Opens a file at one of its 3D volumes, lets `read` have it, checks the rest, and lets go of the file whatever happens. */
async function readFrame<T>(
  files: FileAccess,
  path: string,
  frame: number | undefined,
  read: (frames: NiftiFrames) => Promise<T>,
): Promise<T> {
  const frames = await openNifti(files, path);
  try {
    const count = frames.header.frames;
    if (frame === undefined && count > 1) {
      throw new DataError(
        `${path}: it holds ${count} volumes where one is needed; extract the wanted one to its own file.`,
      );
    }
    const index = frame ?? 0;
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new DataError(`${path}: it has no volume ${index}; it holds ${count}, counted from 0.`);
    }
    await frames.skip(index);
    const result = await read(frames);
    await frames.finish();
    return result;
  } finally {
    await frames.close();
  }
}

function firstStep({ isSizeKnown }: NiftiFrames, count: number): number {
  return isSizeKnown ? count : Math.min(count, Math.max(SMALLEST_FIRST, Math.ceil(count * FIRST_SHARE)));
}
