/** The maps that may lie over a scan. */
export type MapName = 'probability' | 'spread';

interface MapColors {
  /** The values of the first and the last color. */
  readonly low: number;
  readonly high: number;
  readonly R: number[];
  readonly G: number[];
  readonly B: number[];
  readonly A: number[];
  readonly I: number[];
}

/**
 * Five colors each, of viridis and of magma (van der Walt and Smith, 2015), which get lighter evenly and can be told apart with any color
 * vision; low values are transparent. A vote spread is at most 0.5, and seldom above 0.3.
 */
export const COLORMAPS: Readonly<Record<MapName, MapColors>> = {
  probability: {
    low: 0.02,
    high: 1,
    R: [68, 59, 33, 94, 253],
    G: [1, 82, 145, 201, 231],
    B: [84, 139, 140, 98, 37],
    A: [0, 140, 200, 230, 255],
    I: [0, 64, 128, 192, 255],
  },
  spread: {
    low: 0.02,
    high: 0.4,
    R: [20, 81, 183, 252, 252],
    G: [14, 18, 55, 137, 253],
    B: [54, 124, 121, 97, 191],
    A: [0, 140, 200, 230, 255],
    I: [0, 64, 128, 192, 255],
  },
};
