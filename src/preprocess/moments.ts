/** Figures of an image's values within the brain. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** Of the population: division by the number of voxels. */
  readonly deviation: number;
  /** The largest absolute value. */
  readonly largest: number;
}

/**
 * Mean and standard deviation over the voxels of the brain, with sums in double precision.
 *
 * @param image [K, J, I]
 * @param brain [K, J, I], above 0 within the brain; at least one voxel
 */
export function momentsOf(image: Float32Array, brain: Uint8Array): Moments {
  let count = 0;
  let sum = 0;
  let largest = 0;
  for (let v = 0; v < image.length; v++) {
    if (brain[v] === 0) continue;
    count++;
    sum += image[v];
    largest = Math.max(largest, Math.abs(image[v]));
  }
  const mean = sum / count;
  let squares = 0;
  for (let v = 0; v < image.length; v++) if (brain[v] !== 0) squares += (image[v] - mean) ** 2;
  return { count, mean, deviation: Math.sqrt(squares / count), largest };
}

/** The values of the brain's voxels, in the order of the voxels. */
export function valuesWithin(image: Float32Array, brain: Uint8Array): Float32Array {
  let count = 0;
  for (let v = 0; v < brain.length; v++) if (brain[v] !== 0) count++;
  const values = new Float32Array(count);
  let next = 0;
  for (let v = 0; v < brain.length; v++) if (brain[v] !== 0) values[next++] = image[v];
  return values;
}
