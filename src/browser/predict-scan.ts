import { loadSubject } from '../dataset/load-subject.ts';
import type { Label } from '../dataset/subject.ts';
import { DataError, UsageError } from '../errors.ts';
import { decodeModel } from '../model/model-file.ts';
import { type Ensemble, loadForPrediction } from '../predict/ensemble.ts';
import { refuseUnknownModalities, requireModalities } from '../predict/modalities.ts';
import { type PredictionOptions, type PredictionSettings, resolvePrediction } from '../predict/options.ts';
import { type Prediction, predictPrepared, prepareForAll } from '../predict/predict.ts';
import { isWholeHead, measureBrain, wholeHeadWarning } from '../preprocess/brain.ts';
import type { PreparedCase } from '../preprocess/prepare.ts';
import type { NiftiHeader } from '../volume/nifti-header.ts';
import { readLabels } from '../volume/read-image.ts';
import type { LabelVolume, ScalarVolume } from '../volume/volume.ts';
import { checkPredictionMemory } from './check-memory.ts';
import type { ComputeEvent } from './compute-event.ts';
import { type BrowserDevice, findGpu, usualThreads } from './devices.ts';
import { onlyImage } from './open-images.ts';
import { type PageFile, PageFileAccess } from './page-file-access.ts';
import type { ScanImage } from './scan-image.ts';
import { WorkerEngine } from './worker-engine.ts';

/** An image as the compute worker gets it: files of one image, one of them named or not, or voxels. */
export type SentImage = ScanImage | readonly PageFile[] | ScalarVolume;

export interface PredictRequest {
  readonly models: readonly { readonly bytes: Uint8Array; readonly name: string }[];
  readonly images: Readonly<Record<string, SentImage>>;
  readonly brainMask?: ScanImage | readonly PageFile[] | LabelVolume | undefined;
  readonly options: PredictionOptions;
  readonly voteSpread: boolean;
  readonly device: BrowserDevice;
  readonly threads: number | undefined;
}

/** What a prediction in the browser gives. */
export interface BrowserPrediction extends Prediction {
  /** The foreground classes that masks and maps are of. */
  readonly labels: readonly Label[];
  /** With nothing left open: the model's defaults where no option was given. */
  readonly settings: PredictionSettings;
  /** What it was computed on in the end. */
  readonly device: 'cpu' | 'webgpu';
  /** Threads that computed together, on the processor. */
  readonly threads: number;
  /** Of the first image where that is a NIfTI file, for `encode`; null else. */
  readonly header: NiftiHeader | null;
}

/** Reads a scan, predicts it and lets go of everything but the result. */
export async function predictScan(
  request: PredictRequest,
  emit: (event: ComputeEvent) => void,
): Promise<BrowserPrediction> {
  const models = request.models.map(({ bytes, name }) => decodeModel(bytes, name));
  const settings = resolvePrediction(
    models.map(({ description }) => description),
    request.options,
  );
  const device = await chooseDevice(request.device, emit);
  const first = new WorkerEngine({ device, threads: chooseThreads(request.threads, device, emit) });
  let prepared: readonly PreparedCase[] = [];
  let header: NiftiHeader | null = null;
  try {
    // The engine starts while the scan is read.
    const ensemble = await loadForPrediction(first, models, settings);
    ({ prepared, header } = await readAndPrepare(request, ensemble, emit));
    checkPredictionMemory(models, settings, prepared, device, emit);
    return await predictOn(first, ensemble);
  } catch (error) {
    if (device === 'cpu' || prepared.length === 0 || !(error instanceof DataError)) throw error;
    const message = `${error.message} The prediction starts anew on the processor, which gives the same result.`;
    emit({ kind: 'notice', code: 'webgpu-failed', message });
  } finally {
    await first.close();
  }
  const second = new WorkerEngine({ device: 'cpu', threads: chooseThreads(request.threads, 'cpu', emit) });
  try {
    checkPredictionMemory(models, settings, prepared, 'cpu', emit);
    return await predictOn(second, await loadForPrediction(second, models, settings));
  } finally {
    await second.close();
  }

  async function predictOn(engine: WorkerEngine, ensemble: Ensemble): Promise<BrowserPrediction> {
    const asked = { label: 'Predicting', voteSpread: request.voteSpread, onEvent: emit };
    const prediction = await predictPrepared(ensemble, prepared, asked);
    const { device: used, threads } = engine;
    return { ...prediction, labels: ensemble.labels, settings, device: used, threads, header };
  }
}

/** Reads the scan and prepares it by the models' plans; its voxels are let go of. */
async function readAndPrepare(
  request: PredictRequest,
  ensemble: Ensemble,
  emit: (event: ComputeEvent) => void,
): Promise<{ prepared: readonly PreparedCase[]; header: NiftiHeader | null }> {
  refuseUnknownModalities(ensemble.modalities, Object.keys(request.images));
  requireModalities(ensemble, request.images);
  const { images, brainMask, header } = await readScan(request, ensemble.modalities);
  const prepared = prepareForAll(ensemble, images, brainMask);
  if (brainMask === undefined) warnOfHead(prepared[0] as PreparedCase, emit);
  return { prepared, header };
}

interface ReadScan {
  readonly images: Readonly<Record<string, ScalarVolume>>;
  readonly brainMask: LabelVolume | undefined;
  readonly header: NiftiHeader | null;
}

async function readScan({ images, brainMask }: PredictRequest, wanted: readonly string[]): Promise<ReadScan> {
  const modalities = wanted.filter((modality) => images[modality] !== undefined);
  const volumes: Record<string, ScalarVolume> = {};
  const given: Record<string, ScanImage> = {};
  for (const modality of modalities) {
    const image = images[modality] as SentImage;
    if ('kind' in image) volumes[modality] = image;
    else given[modality] = 'path' in image ? image : await onlyImage(image, modality);
  }
  const isSentMask = brainMask !== undefined && !('kind' in brainMask);
  const mask = isSentMask ? ('path' in brainMask ? brainMask : await onlyImage(brainMask, 'brain mask')) : undefined;
  let header: NiftiHeader | null = null;
  const files = modalities.filter((modality) => given[modality] !== undefined);
  if (files.length > 0) {
    const { access, paths, maskPath } = together(given, mask);
    const loaded = await loadSubject(
      access,
      {
        ...{ id: 'the scan', group: 'the scan', images: paths, split: 'test' },
        ...(maskPath !== undefined && { brainMask: maskPath }),
      },
      { modalities: files, needReference: false },
    );
    for (const [index, modality] of files.entries()) volumes[modality] = loaded.images[index] as ScalarVolume;
    if (files[0] === modalities[0]) header = loaded.header;
    if (loaded.brainMask !== undefined) return { images: volumes, brainMask: loaded.brainMask, header };
  }
  if (mask !== undefined) {
    const { volume } = await readLabels(new PageFileAccess(mask.files), mask.path);
    return { images: volumes, brainMask: volume, header };
  }
  return { images: volumes, brainMask: isSentMask ? undefined : (brainMask as LabelVolume | undefined), header };
}

/** All files of several images as one, with the modality before a path that two of them share. */
function together(images: Readonly<Record<string, ScanImage>>, mask: ScanImage | undefined) {
  const all = new Map<string, PageFile>();
  const place = ({ path, files }: ScanImage, name: string): string => {
    const clash = files.some((one) => all.has(one.path) && all.get(one.path)?.file !== one.file);
    const prefix = clash ? `${name}/` : '';
    for (const one of files) all.set(`${prefix}${one.path}`, { path: `${prefix}${one.path}`, file: one.file });
    return `${prefix}${path}`;
  };
  const paths = Object.fromEntries(Object.entries(images).map(([name, image]) => [name, place(image, name)]));
  const maskPath = mask === undefined ? undefined : place(mask, 'brain mask');
  return { access: new PageFileAccess([...all.values()]), paths, maskPath };
}

async function chooseDevice(asked: BrowserDevice, emit: (event: ComputeEvent) => void): Promise<'cpu' | 'webgpu'> {
  if (asked === 'cpu') return 'cpu';
  const gpu = await findGpu();
  // A software GPU is the processor in disguise, and a thousand times slower.
  if (asked === 'auto') return gpu === 'hardware' ? 'webgpu' : 'cpu';
  if (gpu !== null) return 'webgpu';
  const message =
    'This browser gives no GPU by WebGPU, so the processor computes. WebGPU takes a recent browser, a GPU with its driver, and a page by HTTPS or from this machine.';
  emit({ kind: 'notice', code: 'webgpu-missing', message });
  return 'cpu';
}

function chooseThreads(
  asked: number | undefined,
  device: 'cpu' | 'webgpu',
  emit: (event: ComputeEvent) => void,
): number {
  if (asked !== undefined && (!Number.isInteger(asked) || asked < 1)) {
    throw new UsageError(`threads: ${asked} is no number of threads; give a whole number from 1 on.`);
  }
  if (device === 'webgpu') return 1;
  if (!crossOriginIsolated && asked !== 1) {
    const message =
      'One thread computes, since the page is not cross-origin isolated: its server has to send the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.';
    emit({ kind: 'notice', code: 'one-thread', message });
    return 1;
  }
  return asked ?? usualThreads();
}

function warnOfHead({ source, sourceBrain }: PreparedCase, emit: (event: ComputeEvent) => void): void {
  const size = measureBrain(sourceBrain, source);
  const message = isWholeHead(size) ? wholeHeadWarning([{ name: 'The scan', milliliters: size.milliliters }]) : null;
  if (message !== null) emit({ kind: 'notice', code: 'whole-head', message });
}
