/** What a voxel of the viewer's mask layer shows: a class's value up to here, or one of the codes of a comparison. */
const MOST_CLASSES = 200;

/** Where two masks are compared: voxels of both, of the prediction alone, of the reference alone. */
export const COMPARISON = { both: MOST_CLASSES + 1, predictionOnly: MOST_CLASSES + 2, referenceOnly: MOST_CLASSES + 3 };

export type Rgb = readonly [number, number, number];

/** Okabe and Ito's orange, sky blue, bluish green, yellow, vermilion, reddish purple: for one class after the other. */
const CLASS_COLORS: readonly Rgb[] = [
  [255, 157, 46],
  [86, 199, 255],
  [47, 208, 160],
  [240, 228, 66],
  [230, 110, 40],
  [229, 155, 196],
];

/** Prediction orange and reference blue, as in the reports; what both hold is green. */
export const COMPARISON_COLORS: Readonly<Record<keyof typeof COMPARISON, Rgb>> = {
  both: [47, 208, 160],
  predictionOnly: [255, 157, 46],
  referenceOnly: [86, 199, 255],
};

/** The color of the n-th class, from 0. */
export function classColor(index: number): Rgb {
  return CLASS_COLORS[index % CLASS_COLORS.length] as Rgb;
}

/** The color of every code that the mask layer may hold. */
export function colorsOfCodes(values: readonly number[]): ReadonlyMap<number, Rgb> {
  const colors = new Map<number, Rgb>(values.map((value, index) => [value, classColor(index)]));
  for (const name of Object.keys(COMPARISON) as (keyof typeof COMPARISON)[]) {
    colors.set(COMPARISON[name], COMPARISON_COLORS[name]);
  }
  return colors;
}

/**
 * Fills the viewer's mask layer. With a reference, a voxel of which both masks say the same class is shown as held by both; one of which they
 * say different things, as the prediction's.
 *
 * @param codes of the masks' length, written to
 * @param prediction class values, or null where it is not shown
 * @param reference class values on the same grid, or null
 */
export function fillCodes(
  codes: Uint8Array,
  prediction: ArrayLike<number> | null,
  reference: ArrayLike<number> | null,
): void {
  if (prediction !== null && reference === null) {
    for (let voxel = 0; voxel < codes.length; voxel++) codes[voxel] = prediction[voxel] as number;
    return;
  }
  for (let voxel = 0; voxel < codes.length; voxel++) {
    const predicted = prediction === null ? 0 : (prediction[voxel] as number);
    const expected = reference === null ? 0 : (reference[voxel] as number);
    if (predicted === 0 && expected === 0) codes[voxel] = 0;
    else if (predicted === expected) codes[voxel] = COMPARISON.both;
    else codes[voxel] = predicted === 0 ? COMPARISON.referenceOnly : COMPARISON.predictionOnly;
  }
}
