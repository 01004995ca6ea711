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

/**
 * Connected components of the non-zero voxels of a mask, in two passes with union-find (Rosenfeld and Pfaltz, J. ACM 1966):
 * the first joins each voxel with those of its neighbors that come earlier in memory, the second numbers the sets.
 *
 * @param mask one value a voxel, i fastest
 */
export function connectedComponents(mask: Uint8Array, shape: Triple, connectivity: Connectivity): Components {
  const [width, height, depth] = shape;
  if (mask.length !== width * height * depth) {
    throw new RangeError(`connectedComponents: ${mask.length} voxels do not fill a shape of ${shape.join('x')}`);
  }
  const neighbors = earlierNeighbors(connectivity);
  const neighborCount = neighbors.length;
  const di = Int8Array.from(neighbors, (offset) => offset[0]);
  const dj = Int8Array.from(neighbors, (offset) => offset[1]);
  const dk = Int8Array.from(neighbors, (offset) => offset[2]);
  const step = Int32Array.from(neighbors, ([i, j, k]) => i + width * (j + height * k));

  // labels[v] - 1 is the parent of voxel v in its set while sets are joined; a root is its own parent. A parent never comes
  // later in memory than its children, so a root is its component's first voxel.
  const labels = new Int32Array(mask.length);
  let index = 0;
  for (let k = 0; k < depth; k++) {
    for (let j = 0; j < height; j++) {
      for (let i = 0; i < width; i++, index++) {
        if (mask[index] === 0) continue;
        let root = index;
        labels[index] = index + 1;
        for (let n = 0; n < neighborCount; n++) {
          const ni = i + di[n];
          const nj = j + dj[n];
          if (ni < 0 || ni >= width || nj < 0 || nj >= height || k + dk[n] < 0) continue;
          let other = index + step[n];
          if (mask[other] === 0) continue;
          while (labels[other] !== other + 1) {
            const parent = labels[other] - 1;
            labels[other] = labels[parent];
            other = parent;
          }
          if (other < root) {
            labels[root] = other + 1;
            root = other;
          } else {
            labels[other] = root + 1;
          }
        }
      }
    }
  }

  let count = 0;
  const sizes: number[] = [0];
  for (let v = 0; v < labels.length; v++) {
    if (labels[v] === 0) {
      sizes[0]++;
    } else if (labels[v] === v + 1) {
      labels[v] = ++count;
      sizes.push(1);
    } else {
      // The parent stands earlier in memory, so this pass has replaced it by its component's number already.
      labels[v] = labels[labels[v] - 1];
      sizes[labels[v]]++;
    }
  }
  return { labels, count, sizes: Int32Array.from(sizes) };
}

function earlierNeighbors(connectivity: Connectivity): [number, number, number][] {
  const largestDistance = { 6: 1, 18: 2, 26: 3 }[connectivity];
  const offsets: [number, number, number][] = [];
  for (let k = -1; k <= 0; k++) {
    for (let j = -1; j <= 1; j++) {
      for (let i = -1; i <= 1; i++) {
        const earlier = k < 0 || j < 0 || (j === 0 && i < 0);
        const behind = k === 0 && j > 0;
        if (earlier && !behind && Math.abs(i) + Math.abs(j) + Math.abs(k) <= largestDistance) offsets.push([i, j, k]);
      }
    }
  }
  return offsets;
}
