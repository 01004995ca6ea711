import type { Label } from '../dataset/subject.ts';
import type { CaseDetails, CaseMetrics, EvaluationOptions } from '../evaluate/evaluate-case.ts';
import { evaluateInDetail } from '../evaluate/evaluate-case.ts';
import type { ModelDescription } from '../model/model-card.ts';
import { decodeModel } from '../model/model-file.ts';
import { labelMap } from '../predict/label-map.ts';
import { type Lesion, lesionsOf, type MaskLesion, maskLesionsOf } from '../predict/lesions.ts';
import type { DecisionSettings } from '../predict/options.ts';
import type { Connectivity } from '../volume/connected-components.ts';
import type { NiftiHeader } from '../volume/nifti-header.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import { readImage, readLabels } from '../volume/read-image.ts';
import type { LabelVolume, ScalarVolume } from '../volume/volume.ts';
import { locateCodecs } from './codec-files.ts';
import { onlyImage, openImages } from './open-images.ts';
import { type PageFile, PageFileAccess } from './page-file-access.ts';
import { type BrowserPrediction, type PredictRequest, predictScan } from './predict-scan.ts';
import { type Answer, type CallContext, serveCalls } from './remote-calls.ts';
import type { OpenedImage, ScanImage } from './scan-image.ts';

/*
 * The compute worker: everything heavy but ONNX Runtime, which has a worker of its own inside this one. It holds the volumes
 * that a page asks about again and again, so that moving a threshold copies nothing.
 */

/** A volume of the page: sent, or held here since it was sent or computed. */
export type VolumeReference<V> =
  | { readonly kind: 'held'; readonly id: string }
  | { readonly kind: 'sent'; readonly id: string; readonly volume: V };

export interface DecideRequest {
  readonly probabilities: readonly VolumeReference<ScalarVolume>[];
  readonly voteSpread: readonly VolumeReference<ScalarVolume>[] | null;
  readonly labels: readonly Label[];
  readonly settings: DecisionSettings;
}

const held = new Map<string, ScalarVolume | LabelVolume>();
let computed = 0;
/** Predictions come one after the other: two would need twice the memory. */
let predictions: Promise<unknown> = Promise.resolve();

function resolve<V extends ScalarVolume | LabelVolume>(reference: VolumeReference<V>): V {
  if (reference.kind === 'sent') held.set(reference.id, reference.volume);
  const volume = held.get(reference.id);
  if (volume === undefined) throw new Error(`no volume is held under the name ${reference.id}`);
  return volume as V;
}

function hold(volume: ScalarVolume): string {
  const id = `computed-${++computed}`;
  held.set(id, volume);
  return id;
}

function mapsOf({ probabilities, voteSpread }: Pick<DecideRequest, 'probabilities' | 'voteSpread'>) {
  return { probabilities: probabilities.map(resolve), voteSpread: voteSpread?.map(resolve) ?? null };
}

async function accessTo(image: ScanImage | readonly PageFile[], name: string) {
  const { path, files } = 'path' in image ? image : await onlyImage(image, name);
  return { files: new PageFileAccess(files), path };
}

function bufferOf({ data }: ScalarVolume | LabelVolume): ArrayBuffer {
  return data.buffer as ArrayBuffer;
}

const methods = {
  async openImages({ files }: { files: readonly PageFile[] }): Promise<Answer<OpenedImage[]>> {
    return { value: await openImages(files) };
  },

  async readImage({
    image,
  }: {
    image: ScanImage | readonly PageFile[];
  }): Promise<Answer<{ volume: ScalarVolume; header: NiftiHeader | null }>> {
    const { files, path } = await accessTo(image, 'the image');
    const value = await readImage(files, path);
    return { value, transfer: [bufferOf(value.volume)] };
  },

  async readLabels({
    image,
  }: {
    image: ScanImage | readonly PageFile[];
  }): Promise<Answer<{ volume: LabelVolume; header: NiftiHeader | null }>> {
    const { files, path } = await accessTo(image, 'the label map');
    const value = await readLabels(files, path);
    return { value, transfer: [bufferOf(value.volume)] };
  },

  async describeModel({ bytes, name }: { bytes: Uint8Array; name: string }): Promise<Answer<ModelDescription>> {
    return { value: decodeModel(bytes, name).description };
  },

  async predict(
    request: PredictRequest,
    { emit }: CallContext,
  ): Promise<Answer<{ prediction: BrowserPrediction; probabilities: string[]; voteSpread: string[] | null }>> {
    const work = predictions.then(() => predictScan(request, emit));
    predictions = work.catch(() => undefined);
    const prediction = await work;
    const probabilities = prediction.probabilities.map(hold);
    const voteSpread = prediction.voteSpread?.map(hold) ?? null;
    return { value: { prediction, probabilities, voteSpread }, transfer: [bufferOf(prediction.mask)] };
  },

  async decide(request: DecideRequest): Promise<Answer<{ mask: LabelVolume; lesions: Lesion[] }>> {
    const { labels, settings } = request;
    const maps = mapsOf(request);
    const values = labels.map(({ value }) => value);
    const mask = labelMap(maps.probabilities, values, settings);
    const lesions = lesionsOf({ mask, ...maps }, labels, settings.connectivity);
    return { value: { mask, lesions }, transfer: [bufferOf(mask)] };
  },

  async measureLesions(
    request: Omit<DecideRequest, 'settings'> & {
      readonly mask: LabelVolume;
      readonly connectivity: Connectivity;
    },
  ): Promise<Answer<Lesion[]>> {
    const { mask, labels, connectivity } = request;
    const bytes = { ...mask, data: Uint8Array.from(mask.data) };
    return { value: lesionsOf({ mask: bytes, ...mapsOf(request) }, labels, connectivity) };
  },

  async measureMask({
    mask,
    labels,
    connectivity,
  }: {
    mask: LabelVolume;
    labels: readonly Label[];
    connectivity: Connectivity;
  }): Promise<Answer<MaskLesion[]>> {
    return { value: maskLesionsOf({ ...mask, data: Uint8Array.from(mask.data) }, labels, connectivity) };
  },

  async evaluate({
    mask,
    reference,
    probabilities,
    options,
  }: {
    mask: LabelVolume;
    reference: VolumeReference<LabelVolume>;
    probabilities: Readonly<Record<string, VolumeReference<ScalarVolume>>> | null;
    options: Omit<EvaluationOptions, 'probabilities'>;
  }): Promise<Answer<{ metrics: CaseMetrics; details: Readonly<Record<string, CaseDetails>> }>> {
    const maps = Object.entries(probabilities ?? {}).map(([label, map]) => [label, resolve(map)] as const);
    const given = maps.length === 0 ? {} : { probabilities: Object.fromEntries(maps) };
    return { value: evaluateInDetail(mask, resolve(reference), { ...options, ...given }) };
  },

  async encode({
    volume,
    header,
    gzip,
  }: {
    volume: ScalarVolume | LabelVolume;
    header: NiftiHeader | null;
    gzip: boolean;
  }): Promise<Answer<Uint8Array>> {
    const value = await encodeNifti(volume, header, { gzip });
    return { value, transfer: [value.buffer as ArrayBuffer] };
  },

  async release({ id }: { id: string }): Promise<Answer<void>> {
    held.delete(id);
    return { value: undefined };
  },
};

export type ComputeMethods = typeof methods;

locateCodecs();
serveCalls(methods);
