import { DataError } from '../../errors.ts';
import { affineFromLps, faultOfAffine } from '../lps.ts';
import type { Affine, Triple } from '../volume.ts';
import type { Slice } from './slice.ts';
import { cross, dot } from './vector.ts';

/** The slices of a scan in their order, and the geometry that they make up. */
export interface Stack {
  /** By volume, and in it along k. */
  readonly volumes: readonly (readonly Slice[])[];
  readonly affine: Affine;
}

/** How far a slice may lie from its place on the even grid, as a share of the distance between slices. */
const PLACE_TOLERANCE = 0.05;

/** Largest difference of two direction cosines, or of spacings as a share, that is rounding. */
const ROUNDING = 1e-3;

/**
 * Puts the slices of one series in order along their normal, i.e. by rising (row direction x column direction) · position,
 * and checks that they lie evenly. The step along k leads from the first slice to the last, so a stack that is slanted by a
 * tilted gantry keeps its shear. Slices that share a place are the volumes of a series over time, echoes and the like.
 *
 * @param name what faults are named after: the file, or the folder with its series
 * @throws DataError where slices are missing, doubled, not parallel, or of different kinds
 */
export function stackSlices(slices: readonly Slice[], name: string): Stack {
  const [first] = slices;
  checkAlike(slices, name);
  const normal = cross(first.directions[0], first.directions[1]);
  const heightOf = (slice: Slice): number => dot(normal, slice.position);
  const sorted = [...slices].sort((a, b) => heightOf(a) - heightOf(b));

  const spacing = Math.min(...first.spacing);
  const places: Slice[][] = [];
  for (const slice of sorted) {
    const place = places.at(-1);
    // Two slices of a scan are never as near as a hundredth of a pixel.
    if (place !== undefined && heightOf(slice) - heightOf(place[0]) < 0.01 * spacing) place.push(slice);
    else places.push([slice]);
  }
  const volumes = volumesOf(places, name, heightOf);
  const step = stepOf(
    places.map(([slice]) => slice),
    normal,
    name,
    heightOf,
  );
  const columns = first.directions.map((direction, axis) => direction.map((cosine) => cosine * first.spacing[axis]));
  const affine = affineFromLps([...columns, step], places[0][0].position);
  const fault = faultOfAffine(affine);
  if (fault !== null) throw new DataError(`${name}: ${fault}; export the series again.`);
  return { volumes, affine };
}

function checkAlike(slices: readonly Slice[], name: string): void {
  const [first] = slices;
  for (const slice of slices) {
    const apart = slice.directions.flatMap((direction, axis) =>
      direction.map((cosine, world) => Math.abs(cosine - first.directions[axis][world])),
    );
    if (!(Math.max(...apart) < ROUNDING)) {
      throw new DataError(
        `${name}: its slices are not parallel (${slice.source.path} against ${first.source.path}), as those of a localizer; ` +
          'choose another series.',
      );
    }
    const alike =
      slice.extent.every((extent, axis) => extent === first.extent[axis]) &&
      slice.spacing.every(
        (spacing, axis) => Math.abs(spacing - first.spacing[axis]) <= ROUNDING * first.spacing[axis],
      ) &&
      slice.format.datatype === first.format.datatype;
    if (!alike) {
      throw new DataError(
        `${name}: its slices differ in size: ${kindOf(first)} in ${first.source.path}, ${kindOf(slice)} in ` +
          `${slice.source.path}; separate them into folders.`,
      );
    }
  }
}

function kindOf({ extent, spacing, format }: Slice): string {
  return `${extent.join('x')} pixels (${format.datatype}) of ${spacing.join('x')} mm`;
}

/** The slices at each place, one for each volume, in the order in which they were acquired. */
function volumesOf(places: readonly Slice[][], name: string, heightOf: (slice: Slice) => number): Slice[][] {
  const counts = places.map((place) => place.length);
  const most = Math.max(...counts);
  const short = counts.findIndex((count) => count !== most);
  if (short !== -1) {
    const doubled = counts.indexOf(most);
    throw new DataError(
      `${name}: at ${formatMillimeters(heightOf(places[short][0]))} mm along its normal it has ${counts[short]} slices, at ` +
        `${formatMillimeters(heightOf(places[doubled][0]))} mm ${most} (${places[doubled].map((slice) => slice.source.path).join(', ')}): ` +
        'slices are missing or doubled; export the series again, or remove the doubles.',
    );
  }
  for (const place of places) place.sort((a, b) => compareOrder(a.order, b.order));
  return Array.from({ length: most }, (_, volume) => places.map((place) => place[volume]));
}

function compareOrder(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}

/** The way from one slice to the next, in mm. */
function stepOf(slices: readonly Slice[], normal: Triple, name: string, heightOf: (slice: Slice) => number): Triple {
  const [first] = slices;
  const last = slices[slices.length - 1];
  const count = slices.length - 1;
  if (count === 0) return normal.map((cosine) => cosine * Math.abs(first.statedDistance || 1)) as unknown as Triple;

  const heights = slices.map(heightOf);
  const gaps = heights.slice(1).map((height, i) => height - heights[i]);
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
  const wide = gaps.findIndex((gap) => gap > (1 + 10 * PLACE_TOLERANCE) * usual);
  if (wide !== -1) {
    const missing = Math.max(1, Math.round(gaps[wide] / usual) - 1);
    throw new DataError(
      `${name}: ${missing === 1 ? 'a slice is' : `${missing} slices are`} missing between ` +
        `${formatMillimeters(heights[wide])} and ${formatMillimeters(heights[wide + 1])} mm along its normal ` +
        `(${slices[wide].source.path}, ${slices[wide + 1].source.path}): that gap is ${formatMillimeters(gaps[wide])} mm, the ` +
        `others ${formatMillimeters(usual)} mm; export the series again with all its slices.`,
    );
  }
  const step = [0, 1, 2].map((axis) => (last.position[axis] - first.position[axis]) / count) as unknown as Triple;
  for (const [k, slice] of slices.entries()) {
    const apart = Math.hypot(...[0, 1, 2].map((axis) => slice.position[axis] - first.position[axis] - k * step[axis]));
    if (apart > PLACE_TOLERANCE * usual) {
      throw new DataError(
        `${name}: its slices are not evenly spaced: ${slice.source.path} lies ${formatMillimeters(apart)} mm from its place ` +
          `(slices are ${formatMillimeters(usual)} mm apart); resample the series to even slices, or export it again.`,
      );
    }
  }
  return step;
}

function formatMillimeters(value: number): string {
  return String(Number(value.toFixed(3)));
}
