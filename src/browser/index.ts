/*
 * The library for a page in a browser: files as a page has them, and compute in a worker. `rarevox` has everything that needs
 * neither. docs/embed-in-a-web-page.md shows how it is used; test/library-entries.test.ts guards the list.
 */

export {
  type BrowserModel,
  type BrowserPredictOptions,
  Compute,
  type DecidedMaps,
  openCompute,
} from './compute.ts';
export type { ComputeEvent, ComputeNotice } from './compute-event.ts';
export { loadModel, openImages, predict } from './convenience.ts';
export { type BrowserDevice, findGpu, usualThreads } from './devices.ts';
export { isolatePage } from './isolate-page.ts';
export type { ModelSource } from './model-source.ts';
export type { PageFile } from './page-file-access.ts';
export type { BrowserPrediction } from './predict-scan.ts';
export { droppedFiles, type ImageInput, type OpenedImage, type ScanImage, type SeriesChoice } from './scan-image.ts';
