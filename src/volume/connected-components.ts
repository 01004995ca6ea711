import type { Triple } from './volume.ts';

/** Which voxels touch: those that share a face (6), a face or an edge (18), or any corner (26). */
export type Connectivity = 6 | 18 | 26;

export interface Components {
  /** Per voxel 0 for background, else its component, 1 … count, numbered by each component's first voxel in memory. */
  readonly labels: Int32Array;
  readonly count: number;
  /** Voxels of each component by its label; `sizes[0]` counts the background. */
  readonly sizes: Int32Array;
}

/** Components by runs: a run is the longest stretch of voxels of the mask along i. Runs are in memory order. */
export interface ComponentRuns {
  /** The first voxel of each run. */
  readonly starts: Int32Array;
  /** The voxel after its last. */
  readonly ends: Int32Array;
  /** Its component, numbered as in `Components`. */
  readonly components: Int32Array;
  readonly count: number;
  /** As in `Components`. */
  readonly sizes: Int32Array;
}

/**
 * Connected components of the non-zero voxels of a mask, in time linear in the number of voxels.
 *
 * @param mask one value a voxel, i fastest
 * @throws RangeError when the mask doesn't fill the shape
 */
export function connectedComponents(mask: Uint8Array, shape: Triple, connectivity: Connectivity): Components {
  const { starts, ends, components, count, sizes } = componentRuns(mask, shape, connectivity);
  const labels = new Int32Array(mask.length);
  for (let run = 0; run < starts.length; run++) {
    for (let v = starts[run]; v < ends[run]; v++) labels[v] = components[run];
  }
  return { labels, count, sizes };
}

/**
 * `connectedComponents` without a label for every voxel, for what looks at the foreground only. One scan joins the runs that touch
 * with union-find, another numbers the sets (He, Chao and Suzuki, IEEE Trans. Image Processing 2008;17:749-756, doi
 * 10.1109/TIP.2008.919369).
 */
export function componentRuns(mask: Uint8Array, shape: Triple, connectivity: Connectivity): ComponentRuns {
  const [width, height, depth] = shape;
  if (mask.length !== width * height * depth) {
    throw new RangeError(`connectedComponents: ${mask.length} voxels do not fill a shape of ${shape.join('x')}`);
  }
  const runs = runsOf(mask, shape);
  return numberRuns(runs, joinRuns(runs, shape, connectivity), mask.length);
}

interface Runs extends Pick<ComponentRuns, 'starts' | 'ends'> {
  /** For each row its first run, and at the end the number of all runs. */
  readonly firstOfRow: Int32Array;
}

function runsOf(mask: Uint8Array, [width, height, depth]: Triple): Runs {
  const rows = height * depth;
  const firstOfRow = new Int32Array(rows + 1);
  const starts: number[] = [];
  const ends: number[] = [];
  // Most of a mask is background, which is passed by in words of four voxels.
  const isAligned = mask.byteOffset % 4 === 0;
  const words = isAligned ? new Int32Array(mask.buffer, mask.byteOffset, mask.length >> 2) : new Int32Array(0);
  for (let row = 0, v = 0; row < rows; row++) {
    firstOfRow[row] = starts.length;
    const rowEnd = v + width;
    while (v < rowEnd) {
      while (v < rowEnd && mask[v] === 0) v += (v & 3) === 0 && v + 4 <= rowEnd && words[v >> 2] === 0 ? 4 : 1;
      if (v === rowEnd) break;
      starts.push(v);
      while (v < rowEnd && mask[v] !== 0) v++;
      ends.push(v);
    }
  }
  firstOfRow[rows] = starts.length;
  return { starts: Int32Array.from(starts), ends: Int32Array.from(ends), firstOfRow };
}

/** For each run another of its component that comes earlier, itself for the component's first. */
function joinRuns(runs: Runs, [width, height, depth]: Triple, connectivity: Connectivity): Int32Array {
  const parents = new Int32Array(runs.starts.length);
  for (let run = 0; run < parents.length; run++) parents[run] = run;
  const neighbors = earlierRows(connectivity);
  for (let k = 0, row = 0; k < depth; k++) {
    for (let j = 0; j < height; j++, row++) {
      if (runs.firstOfRow[row] === runs.firstOfRow[row + 1]) continue;
      for (const { dj, dk, reach } of neighbors) {
        if (j + dj < 0 || j + dj >= height || k + dk < 0) continue;
        const steps = dj + height * dk;
        joinRows(runs, parents, row, row + steps, steps * width, reach);
      }
    }
  }
  return parents;
}

/**
 * Joins the runs of two rows that touch.
 *
 * @param shift from a voxel to the one at the same i in the other row
 * @param reach how many voxels along i touching voxels may be apart
 */
function joinRows(
  { starts, ends, firstOfRow }: Runs,
  parents: Int32Array,
  row: number,
  otherRow: number,
  shift: number,
  reach: number,
): void {
  const runEnd = firstOfRow[row + 1];
  const otherEnd = firstOfRow[otherRow + 1];
  let run = firstOfRow[row];
  let other = firstOfRow[otherRow];
  while (run < runEnd && other < otherEnd) {
    const end = ends[run] + shift;
    if (starts[run] + shift < ends[other] + reach && starts[other] < end + reach) join(parents, run, other);
    // What ends first can't touch what follows the other: runs of one row have a gap between them.
    if (end < ends[other]) run++;
    else other++;
  }
}

/** Makes the earlier of two runs' roots the parent of the later. */
function join(parents: Int32Array, run: number, other: number): void {
  const a = rootOf(parents, run);
  const b = rootOf(parents, other);
  if (a < b) parents[b] = a;
  else parents[a] = b;
}

function rootOf(parents: Int32Array, run: number): number {
  let root = run;
  while (parents[root] !== root) {
    parents[root] = parents[parents[root]];
    root = parents[root];
  }
  return root;
}

function numberRuns({ starts, ends }: Runs, parents: Int32Array, voxels: number): ComponentRuns {
  const components = new Int32Array(parents.length);
  const sizes = [voxels];
  let count = 0;
  for (let run = 0; run < parents.length; run++) {
    if (parents[run] === run) {
      components[run] = ++count;
      sizes.push(0);
    } else {
      // A parent comes earlier, so it has its number already.
      components[run] = components[parents[run]];
    }
    const length = ends[run] - starts[run];
    sizes[0] -= length;
    sizes[components[run]] += length;
  }
  return { starts, ends, components, count, sizes: Int32Array.from(sizes) };
}

/** The neighboring rows that come earlier in memory, and by how many voxels along i a touching voxel in them may be off. */
function earlierRows(connectivity: Connectivity): { dj: number; dk: number; reach: number }[] {
  const largestDistance = { 6: 1, 18: 2, 26: 3 }[connectivity];
  const offsets = [
    { dj: -1, dk: 0 },
    { dj: -1, dk: -1 },
    { dj: 0, dk: -1 },
    { dj: 1, dk: -1 },
  ];
  return offsets.flatMap(({ dj, dk }) => {
    const left = largestDistance - Math.abs(dj) - Math.abs(dk);
    return left < 0 ? [] : { dj, dk, reach: Math.min(1, left) };
  });
}
