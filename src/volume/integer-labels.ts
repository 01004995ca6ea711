import { DataError } from '../errors.ts';
import type { LabelVolume } from './volume.ts';

/**
 * Label values as the smallest integer array that holds them. Label maps that were stored with a scaling come back from it
 * with float noise: a value within 1e-4 of an integer is that integer.
 *
 * @param values changed to whole numbers
 * @throws DataError naming `path` where a value is no integer, or too large
 */
export function toIntegers(values: Float64Array, path: string): LabelVolume['data'] {
  let smallest = Infinity;
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const rounded = Math.round(values[i]);
    if (!(Math.abs(values[i] - rounded) <= 1e-4)) {
      throw new DataError(
        `${path}: a label map holds integers, but voxel ${i} holds ${values[i]}; use a mask, not an image or a probability map.`,
      );
    }
    values[i] = rounded;
    if (rounded < smallest) smallest = rounded;
    if (rounded > largest) largest = rounded;
  }
  if (smallest >= 0 && largest <= 255) return new Uint8Array(values);
  if (smallest >= 0 && largest <= 65535) return new Uint16Array(values);
  if (smallest >= -32768 && largest <= 32767) return new Int16Array(values);
  if (smallest >= -2147483648 && largest <= 2147483647) return new Int32Array(values);
  throw new DataError(
    `${path}: its labels reach from ${smallest} to ${largest}, which is more than 32 bits; renumber them.`,
  );
}
