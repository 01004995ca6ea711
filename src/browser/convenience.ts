import type { Compute } from './compute.ts';
import { type BrowserModel, type BrowserPredictOptions, openCompute } from './compute.ts';
import type { ModelSource } from './model-source.ts';
import type { PageFile } from './page-file-access.ts';
import type { BrowserPrediction } from './predict-scan.ts';
import type { ImageInput, OpenedImage } from './scan-image.ts';

/** `Compute.openImages`, in a worker that is gone afterwards. */
export function openImages(files: readonly (File | PageFile)[]): Promise<OpenedImage[]> {
  return withCompute((compute) => compute.openImages(files));
}

/** `Compute.loadModel`, in a worker that is gone afterwards. */
export function loadModel(source: ModelSource): Promise<BrowserModel> {
  return withCompute((compute) => compute.loadModel(source));
}

/** `Compute.predict`, in a worker that is gone afterwards, with all its memory. */
export function predict(
  models: BrowserModel | readonly BrowserModel[],
  images: Readonly<Record<string, ImageInput>>,
  options: BrowserPredictOptions = {},
): Promise<BrowserPrediction> {
  return withCompute((compute) => compute.predict(models, images, options));
}

async function withCompute<T>(work: (compute: Compute) => Promise<T>): Promise<T> {
  const compute = openCompute();
  try {
    return await work(compute);
  } finally {
    compute.close();
  }
}
