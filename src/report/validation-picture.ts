import { encode } from 'fast-png';
import { labelValuesOf, unionOf } from '../evaluate/label-values.ts';
import type { LabelVolume, ScalarVolume } from '../volume/volume.ts';
import { intensityWindow } from './intensity-window.ts';
import { cutSlice, type Slice, slicePlane } from './slice-plane.ts';
import { lesionProfile, selectSlices } from './slice-selection.ts';

/** A validation subject's volumes, on one grid. */
export interface ValidationSubject {
  readonly image: ScalarVolume;
  readonly reference: LabelVolume;
  readonly prediction: LabelVolume;
}

const MAX_SUBJECTS = 4;
/** Height of every panel and the gap between panels, in pixels. */
const HEIGHT = 384;
const GAP = 4;
/** The colors of the report's outlines (stylesheet.ts): sky blue and orange. */
const REFERENCE = [0x56, 0xc7, 0xff] as const;
const PREDICTION = [0xff, 0x9d, 0x2e] as const;
/** Pixels that a dash and the gap after it are long. */
const DASH = 6;
const DASH_GAP = 4;

/** An RGB picture, row by row. */
interface Panel {
  readonly width: number;
  readonly data: Uint8Array;
}

/**
 * A PNG (RGB, 384 pixels high) of up to four subjects in one row, left to right in the order given: the axial slice with
 * the most reference foreground, the outline of the reference in solid blue and of the prediction in dashed orange.
 * Radiological convention, in proportions of mm; the middle slice where the reference is empty.
 *
 * @throws Error when there is no subject
 */
export function validationPicture(subjects: readonly ValidationSubject[]): Uint8Array {
  const panels = subjects.slice(0, MAX_SUBJECTS).map(drawPanel);
  if (panels.length === 0) throw new Error('there must be a subject to draw');
  const width = panels.reduce((sum, panel) => sum + panel.width + GAP, -GAP);
  const data = new Uint8Array(width * HEIGHT * 3);
  let left = 0;
  for (const panel of panels) {
    for (let y = 0; y < HEIGHT; y++) {
      data.set(panel.data.subarray(y * panel.width * 3, (y + 1) * panel.width * 3), (y * width + left) * 3);
    }
    left += panel.width + GAP;
  }
  return encode({ width, height: HEIGHT, data, channels: 3, depth: 8 });
}

function drawPanel({ image, reference, prediction }: ValidationSubject): Panel {
  const { shape } = reference;
  const plane = slicePlane(reference, 'axial');
  const profile = lesionProfile(reference.data, reference.data, shape, plane.normal);
  const index = selectSlices(profile, 1, 1)[0] as number;
  const cut = (data: ArrayLike<number>): Slice => cutSlice(data, shape, plane, index, { start: [0, 0, 0], end: shape });
  const scan = cut(image.data);
  const window = intensityWindow(image.data);
  const scale = 255 / (window.high - window.low || 1);
  const aspect = (scan.width * plane.pixel[0]) / (scan.height * plane.pixel[1]);
  const width = Math.max(1, Math.round(HEIGHT * aspect));
  const data = new Uint8Array(width * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    const row = Math.floor((y * scan.height) / HEIGHT) * scan.width;
    for (let x = 0; x < width; x++) {
      const value = scan.values[row + Math.floor((x * scan.width) / width)] as number;
      // A NaN becomes 0 here, as typed arrays define it.
      data.fill(
        Math.min(255, Math.max(0, Math.round((value - window.low) * scale))),
        (y * width + x) * 3,
        (y * width + x + 1) * 3,
      );
    }
  }
  const labels = unionOf([labelValuesOf(prediction), labelValuesOf(reference)]);
  for (const label of labels) drawOutline(data, width, cut(reference.data), label, REFERENCE, false);
  for (const label of labels) drawOutline(data, width, cut(prediction.data), label, PREDICTION, true);
  return { width, data };
}

/** Colors the label's pixels of the enlarged slice that have a pixel without it beside them, or beside those. */
function drawOutline(
  data: Uint8Array,
  width: number,
  slice: Slice,
  label: number,
  color: readonly [number, number, number],
  isDashed: boolean,
): void {
  const column = Int32Array.from({ length: width }, (_, x) => Math.floor((x * slice.width) / width));
  const row = Int32Array.from({ length: HEIGHT }, (_, y) => Math.floor((y * slice.height) / HEIGHT) * slice.width);
  const isInside = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < HEIGHT && slice.values[(row[y] as number) + (column[x] as number)] === label;
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < width; x++) {
      if (!isInside(x, y)) continue;
      if (isInside(x - 2, y) && isInside(x + 2, y) && isInside(x, y - 2) && isInside(x, y + 2)) continue;
      if (isDashed && (x + y) % (DASH + DASH_GAP) >= DASH) continue;
      data.set(color, (y * width + x) * 3);
    }
  }
}
