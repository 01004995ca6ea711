import { DataError } from '../errors.ts';

/**
 * A typed array for a file's voxels.
 *
 * @throws DataError naming the file, where the runtime has no room for it
 */
export function allocateVoxels<A>(
  Values: { new (length: number): A; readonly BYTES_PER_ELEMENT: number },
  count: number,
  path: string,
): A {
  try {
    return new Values(count);
  } catch (error) {
    const size = ((Values.BYTES_PER_ELEMENT * count) / 2 ** 30).toFixed(1);
    throw new DataError(
      `${path}: its ${count} voxels need ${size} GiB of memory, more than there is; resample or cut it, or use a machine ` +
        'with more memory.',
      { cause: error },
    );
  }
}
