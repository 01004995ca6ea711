import { connectedComponents } from '../volume/connected-components.ts';
import type { Triple } from '../volume/volume.ts';

/**
 * Fills the holes of a label map, in place: every connected component of the background (by faces) that does not reach the
 * border of the volume. A hole gets the label that it shares most faces with, of equals the lowest. For one class this is
 * SciPy's `binary_fill_holes`.
 *
 * @param mask label values, i fastest, 0 the background
 */
export function fillHoles(mask: Uint8Array, shape: Triple): void {
  const background = new Uint8Array(mask.length);
  for (let voxel = 0; voxel < mask.length; voxel++) if (mask[voxel] === 0) background[voxel] = 1;
  const { labels, count } = connectedComponents(background, shape, 6);
  const isOpen = reachingBorder(labels, count, shape);

  // Faces that hole h shares with label l, at 256 h + l; holes numbered from 0 among the components.
  const holes = new Int32Array(count + 1).fill(-1);
  let holeCount = 0;
  for (let component = 1; component <= count; component++) if (isOpen[component] === 0) holes[component] = holeCount++;
  if (holeCount === 0) return;
  const faces = new Int32Array(256 * holeCount);
  const steps = [1, shape[0], shape[0] * shape[1]];
  for (let voxel = 0; voxel < mask.length; voxel++) {
    const hole = holes[labels[voxel]];
    if (hole < 0) continue;
    // A voxel of a hole is never at the border, so all its neighbors exist.
    for (let axis = 0; axis < 3; axis++) {
      faces[256 * hole + mask[voxel - steps[axis]]]++;
      faces[256 * hole + mask[voxel + steps[axis]]]++;
    }
  }
  const filling = new Uint8Array(holeCount);
  for (let hole = 0; hole < holeCount; hole++) {
    let best = 0;
    for (let label = 1; label < 256; label++) {
      const shared = faces[256 * hole + label];
      if (shared > best) {
        best = shared;
        filling[hole] = label;
      }
    }
  }
  for (let voxel = 0; voxel < mask.length; voxel++) {
    const hole = holes[labels[voxel]];
    if (hole >= 0) mask[voxel] = filling[hole];
  }
}

/** For each component 1 if a voxel of it lies on one of the volume's six sides; 1 for component 0, which is no background. */
function reachingBorder(labels: Int32Array, count: number, [width, height, depth]: Triple): Uint8Array {
  const isOpen = new Uint8Array(count + 1);
  isOpen[0] = 1;
  let voxel = 0;
  for (let k = 0; k < depth; k++) {
    for (let j = 0; j < height; j++) {
      const isSide = k === 0 || k === depth - 1 || j === 0 || j === height - 1;
      for (let i = 0; i < width; i++, voxel++) {
        if (isSide || i === 0 || i === width - 1) isOpen[labels[voxel]] = 1;
      }
    }
  }
  return isOpen;
}
