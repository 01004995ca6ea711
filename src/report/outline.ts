import type { Slice } from './slice-plane.ts';

/** Right, down, left, up, as steps of a corner on the pixel lattice. */
const STEP_X = [1, 0, -1, 0];
const STEP_Y = [0, 1, 0, -1];

/**
 * The outline of one label in a slice as SVG path data, in pixels, along the pixels' edges: closed loops with the label on
 * their right (clockwise around a region, counter-clockwise around a hole). Pixels that touch by a corner only get loops
 * of their own. Empty where the slice lacks the label.
 */
export function outlinePath(slice: Slice, label: number): string {
  const { width, height, values } = slice;
  const inside = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && values[y * width + x] === label;
  const corners = width + 1;
  // One flag for every corner and direction: an edge that starts there and has not been walked yet.
  const edges = new Uint8Array(corners * (height + 1) * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inside(x, y)) continue;
      if (!inside(x, y - 1)) edges[(y * corners + x) * 4] = 1;
      if (!inside(x + 1, y)) edges[(y * corners + x + 1) * 4 + 1] = 1;
      if (!inside(x, y + 1)) edges[((y + 1) * corners + x + 1) * 4 + 2] = 1;
      if (!inside(x - 1, y)) edges[((y + 1) * corners + x) * 4 + 3] = 1;
    }
  }
  let path = '';
  for (let edge = 0; edge < edges.length; edge++) {
    if (edges[edge] === 1) path += walkLoop(edges, corners, edge);
  }
  return path;
}

/** Walks a loop from an edge back to it, erasing what it walks, and writes a point wherever it turns. */
function walkLoop(edges: Uint8Array, corners: number, start: number): string {
  let direction = start & 3;
  let x = (start >> 2) % corners;
  let y = Math.floor((start >> 2) / corners);
  let path = `M${x} ${y}`;
  for (;;) {
    edges[(y * corners + x) * 4 + direction] = 0;
    x += STEP_X[direction] as number;
    y += STEP_Y[direction] as number;
    const corner = (y * corners + x) * 4;
    // A right turn first: where two pixels meet at a corner, it stays with the pixel it came along.
    const turn = [1, 0, 3].find((by) => edges[corner + ((direction + by) & 3)] === 1);
    if (turn === undefined) return `${path}Z`;
    if (turn !== 0) path += direction % 2 === 0 ? `H${x}` : `V${y}`;
    direction = (direction + turn) & 3;
  }
}
