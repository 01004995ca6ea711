import type { Label } from '../dataset/subject.ts';
import { DataError } from '../errors.ts';
import type { CaseDetails, CaseMetrics, EvaluationOptions } from '../evaluate/evaluate-case.ts';
import type { ModelDescription } from '../model/model-card.ts';
import type { Lesion, MaskLesion } from '../predict/lesions.ts';
import type { DecisionSettings, PredictionOptions } from '../predict/options.ts';
import type { Connectivity } from '../volume/connected-components.ts';
import type { NiftiHeader } from '../volume/nifti-header.ts';
import type { LabelVolume, ScalarVolume } from '../volume/volume.ts';
import type { ComputeEvent } from './compute-event.ts';
import type { ComputeMethods, VolumeReference } from './compute-worker.ts';
import type { BrowserDevice } from './devices.ts';
import { type ModelSource, readModel } from './model-source.ts';
import type { PageFile } from './page-file-access.ts';
import type { BrowserPrediction, SentImage } from './predict-scan.ts';
import { RemoteWorker } from './remote-calls.ts';
import { type ImageInput, type OpenedImage, pageFilesOf, scanImageOf } from './scan-image.ts';

/** A model that a page can predict with. */
export interface BrowserModel {
  /** The file's name, for messages. */
  readonly name: string;
  /** What it takes and gives, its defaults and its card. */
  readonly description: ModelDescription;
  /** The model file. */
  readonly bytes: Uint8Array;
}

export interface BrowserPredictOptions extends PredictionOptions {
  /** What computes; `auto` unless given. */
  readonly device?: BrowserDevice | undefined;
  /** Threads that compute together, on the processor; all that the machine has, up to 8, unless given. */
  readonly threads?: number | undefined;
  /** Whether the spread of the votes is wanted too. */
  readonly voteSpread?: boolean | undefined;
  /** The brain of a scan that has its skull: a label map, above 0 within the brain. */
  readonly brainMask?: Exclude<ImageInput, ScalarVolume> | LabelVolume | undefined;
  /** Aborting ends the computation at once; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Progress, and notices in plain words. */
  readonly onEvent?: ((event: ComputeEvent) => void) | undefined;
}

/** What `decide` and `measureLesions` need of a prediction. */
export type DecidedMaps = Pick<BrowserPrediction, 'probabilities' | 'voteSpread' | 'labels' | 'settings'>;

/**
 * The compute worker of a page: everything that takes time happens in it, so that the page never stalls. It starts when it is
 * first needed, and again after a cancellation or a crash. Volumes that are asked about repeatedly are kept in it as long as the
 * page holds them.
 */
export class Compute {
  private remote: RemoteWorker<ComputeMethods> | null = null;
  private held = new WeakMap<object, string>();
  private sent = 0;
  private isClosed = false;
  private readonly forgotten = new FinalizationRegistry<string>((id) => {
    if (this.remote?.hasEnded === false) void this.remote.call('release', { id }).catch(() => undefined);
  });

  /**
   * Sorts files into images, guesses their sequences from the names and says what is wrong with them.
   * @param files chosen or dropped (see `droppedFiles`)
   */
  openImages(files: readonly (File | PageFile)[]): Promise<OpenedImage[]> {
    return this.worker().call('openImages', { files: pageFilesOf(files) });
  }

  /**
   * Reads an image's voxels, and a NIfTI file's header.
   * @throws DataError naming the file
   */
  readImage(input: Exclude<ImageInput, ScalarVolume>): Promise<{ volume: ScalarVolume; header: NiftiHeader | null }> {
    return this.worker().call('readImage', { image: scanImageOf(input, 'image') });
  }

  /**
   * Reads a label map, such as a reference mask.
   * @throws DataError naming the file, also where a value is no integer
   */
  readLabels(input: Exclude<ImageInput, ScalarVolume>): Promise<{ volume: LabelVolume; header: NiftiHeader | null }> {
    return this.worker().call('readLabels', { image: scanImageOf(input, 'label map') });
  }

  /**
   * Reads a model file.
   * @param source its address, the file itself, or its bytes
   * @throws DataError where it can't be had, or is no model of rarevox
   */
  async loadModel(source: ModelSource): Promise<BrowserModel> {
    const { name, bytes } = await readModel(source);
    return { name, bytes, description: await this.worker().call('describeModel', { bytes, name }) };
  }

  /**
   * Segments one scan. See `predict` of `rarevox`, which does the work.
   *
   * @param models one, or several that vote together
   * @param images by modality, all on one grid
   * @throws DataError where the scan or the model is at fault, the memory doesn't suffice or the computation fails; UsageError
   *   where an option is; the signal's reason once that is aborted
   */
  async predict(
    models: BrowserModel | readonly BrowserModel[],
    images: Readonly<Record<string, ImageInput>>,
    options: BrowserPredictOptions = {},
  ): Promise<BrowserPrediction> {
    const { device = 'auto', threads, voteSpread = false, brainMask, signal, onEvent, ...rest } = options;
    signal?.throwIfAborted();
    const sentImages: Record<string, SentImage> = {};
    for (const [modality, input] of Object.entries(images)) {
      sentImages[modality] = isVolume(input) ? input : scanImageOf(input, modality);
    }
    const request = {
      models: ('bytes' in models ? [models] : models).map(({ bytes, name }) => ({ bytes, name })),
      images: sentImages,
      ...(brainMask !== undefined && {
        brainMask: isVolume(brainMask) ? brainMask : scanImageOf(brainMask, 'brain mask'),
      }),
      ...{ options: rest, voteSpread, device, threads },
    };
    const remote = this.worker();
    const cancel = (): void => {
      this.endWorker(signal?.reason);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const answer = await remote.call('predict', request, { onEvent });
      const { prediction } = answer;
      for (const [index, map] of prediction.probabilities.entries()) this.remember(map, answer.probabilities[index]);
      for (const [index, map] of (prediction.voteSpread ?? []).entries())
        this.remember(map, answer.voteSpread?.[index]);
      return prediction;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /**
   * Makes another mask of a prediction's probabilities, with its lesions: what a threshold slider asks for.
   * @param options instead of the settings that the prediction was made with
   */
  decide(
    prediction: DecidedMaps,
    options: Partial<DecisionSettings> = {},
  ): Promise<{ mask: LabelVolume; lesions: readonly Lesion[] }> {
    const { threshold, hysteresis, fillHoles, lesionThreshold, connectivity } = prediction.settings;
    const settings = { threshold, hysteresis, fillHoles, lesionThreshold, connectivity, ...options };
    return this.worker().call('decide', { ...this.mapsOf(prediction), settings });
  }

  /** The lesions of a mask on the prediction's grid, such as one that was corrected by hand. */
  measureLesions(mask: LabelVolume, prediction: DecidedMaps): Promise<readonly Lesion[]> {
    const { connectivity } = prediction.settings;
    return this.worker().call('measureLesions', { ...this.mapsOf(prediction), mask, connectivity });
  }

  /**
   * The lesions of a mask that has no prediction, such as a drawn one.
   * @param labels the classes, of values up to 255
   * @param connectivity 6, 18 or 26 neighbors make one lesion
   */
  measureMask(
    mask: LabelVolume,
    labels: readonly Label[],
    connectivity: Connectivity = 18,
  ): Promise<readonly MaskLesion[]> {
    return this.worker().call('measureMask', { mask, labels, connectivity });
  }

  /**
   * Scores a mask against a reference on the same grid.
   *
   * @param options.probabilities the probability map of each label, by its number as text: for the curves, which depend on no
   *   threshold and take the longest
   * @throws DataError where the grids differ
   */
  evaluate(
    mask: LabelVolume,
    reference: LabelVolume,
    options: EvaluationOptions = {},
  ): Promise<{ metrics: CaseMetrics; details: Readonly<Record<string, CaseDetails>> }> {
    const remote = this.worker();
    const { probabilities, ...rest } = options;
    const maps = Object.entries(probabilities ?? {}).map(([label, map]) => [label, this.reference(map)] as const);
    const sent = probabilities === undefined ? null : Object.fromEntries(maps);
    const request = { mask, reference: this.reference(reference), probabilities: sent, options: rest };
    return remote.call('evaluate', request);
  }

  /**
   * A NIfTI file with the volume in it, as the command line writes it.
   * @param header of the scan that it belongs to: kept as far as it still holds
   */
  encode(
    volume: ScalarVolume | LabelVolume,
    header: NiftiHeader | null,
    { gzip = true }: { readonly gzip?: boolean } = {},
  ): Promise<Uint8Array> {
    return this.worker().call('encode', { volume, header, gzip });
  }

  /** Ends the worker and gives its memory back, in the middle of its work if need be. */
  close(): void {
    this.isClosed = true;
    this.endWorker(new DataError('The computation was ended.'));
  }

  private worker(): RemoteWorker<ComputeMethods> {
    if (this.isClosed) throw new Error('this Compute was closed');
    if (this.remote === null || this.remote.hasEnded) {
      const worker = new Worker(new URL('./compute-worker.js', import.meta.url), {
        type: 'module',
        name: 'rarevox compute',
      });
      this.remote = new RemoteWorker(worker, 'The compute worker');
      // What the last one held is gone with it.
      this.held = new WeakMap();
    }
    return this.remote;
  }

  private endWorker(reason: unknown): void {
    this.remote?.end(reason instanceof Error ? reason : new DataError(String(reason)));
    this.remote = null;
  }

  private mapsOf({ probabilities, voteSpread, labels }: DecidedMaps) {
    this.worker();
    return {
      labels: labels as readonly Label[],
      probabilities: probabilities.map((map) => this.reference(map)),
      voteSpread: voteSpread?.map((map) => this.reference(map)) ?? null,
    };
  }

  private reference<V extends object>(volume: V): VolumeReference<V> {
    const known = this.held.get(volume);
    if (known !== undefined) return { kind: 'held', id: known };
    const id = `sent-${++this.sent}`;
    this.remember(volume, id);
    return { kind: 'sent', id, volume };
  }

  private remember(volume: object, id: string | undefined): void {
    if (id === undefined) return;
    this.held.set(volume, id);
    this.forgotten.register(volume, id);
  }
}

/** Opens a compute worker; nothing is loaded before it is needed. Close it when the page has no more use for it. */
export function openCompute(): Compute {
  return new Compute();
}

function isVolume<V extends { readonly kind: string }>(input: V | object): input is V {
  return 'kind' in input;
}
