import { encode } from 'fast-png';
import { labelValuesOf, unionOf } from '../evaluate/label-values.ts';
import { spacingOf } from '../volume/affine.ts';
import type { LabelVolume, ScalarVolume, Triple } from '../volume/volume.ts';
import { type IntensityWindow, intensityWindow } from './intensity-window.ts';
import { dataUri, escapeMarkup, shortNumber } from './markup.ts';
import { outlinePath } from './outline.ts';
import { type Box, cutSlice, type Plane, type Slice, type SlicePlane, slicePlane } from './slice-plane.ts';
import { lesionProfile, selectSlices } from './slice-selection.ts';

/** One slice of a case. */
export interface Picture {
  /** An SVG element of the right proportions in mm: the scan as a PNG, and both outlines as paths over it. */
  readonly svg: string;
  /** Width over height, in mm. */
  readonly aspect: number;
  /** Such as 'Axial, slice 11 of 20'. */
  readonly caption: string;
}

export interface CaseVolumes {
  /** The scan to show under the outlines, on the same grid; without it they stand on black. */
  readonly image?: ScalarVolume;
  readonly prediction: LabelVolume;
  /** Without it the prediction is shown alone. */
  readonly reference?: LabelVolume;
  /** Of each class, 0 … 1: shown as a tint, the stronger the likelier the likeliest class is. */
  readonly probabilities?: readonly ScalarVolume[];
}

const AXIAL_PICTURES = 3;
/** Between two axial pictures of a case, so that they don't show one lesion three times. */
const APART_MM = 10;
/** Less likely voxels have no tint. */
const LEAST_PROBABILITY = 0.05;
/** Sky blue, which any color vision tells from a grey scan and from the orange outline, and its opacity at probability 1. */
const TINT = { color: [0x56, 0xb4, 0xe9], opacity: 0.6 } as const;
/** Around the head, or whatever the scan shows. */
const MARGIN_MM = 4;

/**
 * Draws a case: the axial slices with the most lesion, and the coronal and the sagittal one. Every picture is cut to what
 * the scan shows and stretched to its proportions in mm, so that thick slices look as thick as they are.
 *
 * @param volumes maps, and an image if any, on one grid
 */
export function drawCase(volumes: CaseVolumes): Picture[] {
  const { image, prediction, reference, probabilities = [] } = volumes;
  const { shape } = prediction;
  const window = image === undefined ? null : intensityWindow(image.data);
  const box = boxAround(volumes, window);
  const labels = unionOf([prediction, ...(reference === undefined ? [] : [reference])].map(labelValuesOf));
  const pictures: Picture[] = [];
  for (const name of ['axial', 'coronal', 'sagittal'] as const) {
    const plane = slicePlane(prediction, name);
    const profile = lesionProfile(prediction.data, (reference ?? prediction).data, shape, plane.normal);
    const apart = Math.max(1, Math.ceil(APART_MM / (spacingOf(prediction.affine)[plane.normal] as number)));
    for (const index of selectSlices(profile, name === 'axial' ? AXIAL_PICTURES : 1, apart)) {
      const cut = (data: ArrayLike<number>): Slice => cutSlice(data, shape, plane, index, box);
      const caption = `${nameOf(name)}, slice ${index + 1} of ${shape[plane.normal]}`;
      const scan = image === undefined || window === null ? null : encodeScan(cut(image.data), window);
      const slices = {
        prediction: cut(prediction.data),
        reference: reference === undefined ? null : cut(reference.data),
        probabilities: probabilities.map(({ data }) => cut(data)),
      };
      pictures.push(drawSlice(scan, slices, labels, plane, caption));
    }
  }
  return pictures;
}

interface Slices {
  readonly prediction: Slice;
  readonly reference: Slice | null;
  readonly probabilities: readonly Slice[];
}

function drawSlice(
  scan: string | null,
  { prediction, reference, probabilities }: Slices,
  labels: readonly number[],
  plane: SlicePlane,
  caption: string,
): Picture {
  const [pixelWidth, pixelHeight] = plane.pixel;
  const width = prediction.width * pixelWidth;
  const height = prediction.height * pixelHeight;
  const size = `width="${shortNumber(width)}" height="${shortNumber(height)}"`;
  const image = scan === null ? '' : `<image href="${scan}" ${size} preserveAspectRatio="none"/>`;
  const tint =
    probabilities.length === 0
      ? ''
      : `<image class="probability" href="${encodeTint(probabilities)}" ${size} preserveAspectRatio="none"/>`;
  const outlines = (slice: Slice, kind: string): string => {
    const path = labels.map((label) => outlinePath(slice, label)).join('');
    return path === '' ? '' : `<path class="outline ${kind}" vector-effect="non-scaling-stroke" d="${path}"/>`;
  };
  const { left, right, top, bottom } = plane.edges;
  const svg =
    `<svg viewBox="0 0 ${shortNumber(width)} ${shortNumber(height)}" role="img" aria-label="${escapeMarkup(
      `${caption}. ${presenceOf(prediction, reference)} ${left} is at the left, ${right} at the right, ${top} at the top.`,
    )}">${image}${tint}<g transform="scale(${pixelWidth} ${pixelHeight})">` +
    `${reference === null ? '' : outlines(reference, 'reference')}${outlines(prediction, 'prediction')}</g>` +
    edgeLetters(width, height, [left, right, top, bottom]) +
    '</svg>';
  return { svg, aspect: width / height, caption };
}

/** The letters at the four edges, a fixed share of the picture's height. */
function edgeLetters(width: number, height: number, letters: readonly [string, string, string, string]): string {
  const size = Math.max(width, height) * 0.04;
  const places = [
    [size * 0.8, height / 2],
    [width - size * 0.8, height / 2],
    [width / 2, size * 0.85],
    [width / 2, height - size * 0.85],
  ] as const;
  const texts = places.map(
    ([x, y], n) =>
      `<text x="${shortNumber(x)}" y="${shortNumber(y)}" font-size="${shortNumber(size)}">${letters[n]}</text>`,
  );
  return `<g class="edges" aria-hidden="true">${texts.join('')}</g>`;
}

/** What the outlines show, for those who can't see them. */
function presenceOf(prediction: Slice, reference: Slice | null): string {
  const predicted = prediction.values.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0);
  if (reference === null) return `${predicted} voxels are in the prediction.`;
  const present = reference.values.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0);
  const both = prediction.values.reduce(
    (sum, value, at) => sum + (value !== 0 && value === reference.values[at] ? 1 : 0),
    0,
  );
  return `Of ${present} voxels of the reference, ${both} are in the prediction's ${predicted}.`;
}

/** The scan as a grey PNG, one byte a pixel, as a data URI. */
function encodeScan(slice: Slice, window: IntensityWindow): string {
  const scale = 255 / (window.high - window.low || 1);
  const data = new Uint8Array(slice.values.length);
  // A NaN becomes 0 here, as typed arrays define it.
  for (let v = 0; v < data.length; v++) {
    data[v] = Math.min(255, Math.max(0, Math.round(((slice.values[v] as number) - window.low) * scale)));
  }
  return dataUri('image/png', encode({ width: slice.width, height: slice.height, data, channels: 1, depth: 8 }));
}

/** The probability of the likeliest class as a PNG of one color, the more opaque the likelier, as a data URI. */
function encodeTint(classes: readonly Slice[]): string {
  const { width, height } = classes[0] as Slice;
  const data = new Uint8Array(width * height * 4);
  for (let v = 0; v < width * height; v++) {
    let probability = 0;
    for (const { values } of classes) probability = Math.max(probability, values[v] as number);
    data.set(TINT.color, 4 * v);
    data[4 * v + 3] = probability < LEAST_PROBABILITY ? 0 : Math.round(255 * TINT.opacity * probability);
  }
  return dataUri('image/png', encode({ width, height, data, channels: 4, depth: 8 }));
}

/** The smallest box with a margin around the scan (where it is brighter than 5 % of the window) and both maps. */
function boxAround(volumes: CaseVolumes, window: IntensityWindow | null): Box {
  const { image, prediction, reference } = volumes;
  const { shape } = prediction;
  const threshold = window === null ? 0 : window.low + 0.05 * (window.high - window.low);
  const start = [...shape] as [number, number, number];
  const end: [number, number, number] = [0, 0, 0];
  let v = 0;
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let i = 0; i < shape[0]; i++, v++) {
        const shown = image !== undefined && (image.data[v] as number) > threshold;
        if (!shown && prediction.data[v] === 0 && (reference?.data[v] ?? 0) === 0) continue;
        if (i < start[0]) start[0] = i;
        if (j < start[1]) start[1] = j;
        if (k < start[2]) start[2] = k;
        if (i >= end[0]) end[0] = i + 1;
        if (j >= end[1]) end[1] = j + 1;
        if (k >= end[2]) end[2] = k + 1;
      }
    }
  }
  if (end[0] === 0) return { start: [0, 0, 0], end: shape };
  const margin = spacingOf(prediction.affine).map((size) => Math.ceil(MARGIN_MM / size));
  return {
    start: start.map((from, axis) => Math.max(0, from - (margin[axis] as number))) as unknown as Triple,
    end: end.map((to, axis) => Math.min(shape[axis] as number, to + (margin[axis] as number))) as unknown as Triple,
  };
}

function nameOf(plane: Plane): string {
  return `${plane[0]?.toUpperCase()}${plane.slice(1)}`;
}
