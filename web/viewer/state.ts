import type { OpenedImage } from '../../src/browser/scan-image.ts';
import type { PooledPoint } from '../../src/evaluate/threshold-counts.ts';
import type { ModelDescription } from '../../src/model/model-card.ts';
import type { Lesion } from '../../src/predict/lesions.ts';
import type { IntensityWindow } from '../../src/report/intensity-window.ts';

/** Something that the reader is to know. */
export interface Notice {
  readonly kind: 'info' | 'warning' | 'error';
  readonly text: string;
}

/** What an image is taken for: a sequence by its name, or one of these. */
export type Role = string;
export const REFERENCE = ':reference';
export const MASK = ':mask';
export const BRAIN_MASK = ':brain-mask';
export const UNUSED = ':unused';

/** An image that was dropped, and what it is taken for. */
export interface Scan {
  readonly opened: OpenedImage;
  /** Of a folder with several DICOM series: the one that was chosen. */
  readonly seriesUid: string | null;
  readonly role: Role;
}

/** A model that is shipped with the page. */
export interface ShippedModel {
  readonly name: string;
  /** Relative to the page. */
  readonly url: string;
  readonly title: string;
  /** Whether the sample scan's patient was not among those that it was trained on. */
  readonly forSample: boolean;
}

export type ModelState =
  | { readonly kind: 'none' }
  | { readonly kind: 'loading'; readonly name: string }
  | { readonly kind: 'ready'; readonly name: string; readonly description: ModelDescription };

/** What the reader may change of a prediction; null: as the model has it. */
export interface Settings {
  readonly device: 'auto' | 'webgpu' | 'cpu';
  readonly overlap: number | null;
  readonly window: 'spline' | 'gaussian' | 'uniform' | null;
  readonly views: 1 | 2 | 4 | 8 | null;
  readonly voteSpread: boolean;
}

/** What becomes of the probabilities. */
export interface Decision {
  readonly threshold: number;
  /** In mm3. */
  readonly lesionThreshold: number;
}

export interface Work {
  readonly label: string;
  /** From 0 to 1. */
  readonly share: number;
  /** In seconds; null as long as it can't be told. */
  readonly remaining: number | null;
}

/** How the corrected mask agrees with the reference, over all foreground classes together. */
export interface Comparison {
  readonly dice: number | null;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly averagePrecision: number | null;
  /** Of the probabilities, by falling threshold. */
  readonly curve: readonly PooledPoint[];
}

/** How things are shown. */
export interface Display {
  readonly fill: number;
  readonly outline: number;
  readonly maps: number;
  readonly window: IntensityWindow;
  readonly planes: 'all' | 'axial' | 'coronal' | 'sagittal' | '3d';
  readonly mask: boolean;
  readonly reference: boolean;
  readonly map: 'none' | 'probability' | 'spread';
}

export interface Brush {
  readonly tool: 'look' | 'add' | 'erase';
  /** In voxels. */
  readonly size: number;
  /** The class that is painted. */
  readonly label: number;
}

/** What a prediction came to, as far as it is shown as text. */
export interface Result {
  readonly lesions: readonly Lesion[];
  /** In mm3, of the whole mask. */
  readonly volume: number;
  readonly comparison: Comparison | null;
  readonly added: number;
  readonly erased: number;
  readonly canUndo: boolean;
}
