import {
  type BrowserModel,
  type BrowserPrediction,
  type BrowserPredictOptions,
  type Compute,
  type ComputeEvent,
  findGpu,
  openCompute,
  predict as predictOnce,
  type ScanImage,
} from '../../../src/browser/index.ts';

/*
 * What tests ask of the page, from outside of it. Files are those that were chosen; what comes back can be written as JSON.
 */

/** A prediction, without its volumes. */
export interface Outcome {
  /** The mask and the probabilities as .nii.gz files in base64. */
  readonly mask: string;
  readonly probabilities: string;
  readonly lesions: BrowserPrediction['lesions'];
  readonly device: string;
  readonly threads: number;
  readonly events: readonly ComputeEvent[];
}

const compute = openCompute();
let last: BrowserPrediction | null = null;
/** Progress events of the prediction that is under way, or was last. */
let steps = 0;
const tasks: number[] = [];

function chosenFiles(): File[] {
  return [...((document.getElementById('files') as HTMLInputElement).files ?? [])];
}

async function opened(using: Compute): Promise<{ model: BrowserModel; images: Record<string, ScanImage> }> {
  const files = chosenFiles();
  const model = await using.loadModel(files.find(({ name }) => name.endsWith('.onnx')) as File);
  const images: Record<string, ScanImage> = {};
  for (const { image, modality, faults } of await using.openImages(
    files.filter(({ name }) => !name.endsWith('.onnx')),
  )) {
    if (image === null || modality === null) throw new Error(`not usable: ${faults.join(' ')}`);
    images[modality] = image;
  }
  return { model, images };
}

async function base64(bytes: Uint8Array): Promise<string> {
  const address = await new Promise<string>((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.readAsDataURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  });
  return address.slice(address.indexOf(',') + 1);
}

async function outcomeOf(prediction: BrowserPrediction, events: readonly ComputeEvent[]): Promise<Outcome> {
  const { mask, probabilities, lesions, header, device, threads } = prediction;
  return {
    mask: await base64(await compute.encode(mask, header)),
    probabilities: await base64(await compute.encode(probabilities[0], header)),
    ...{ lesions, device, threads, events },
  };
}

const page = {
  /** Whether the page may use threads. */
  isolation() {
    return { isolated: crossOriginIsolated };
  },

  /** What GPU WebGPU has. */
  gpu: findGpu,

  /** The voxels of the one file that was chosen. */
  async read() {
    const { volume } = await compute.readImage(chosenFiles());
    return { shape: volume.shape, affine: volume.affine, values: [...volume.data] };
  },

  async predict(options: BrowserPredictOptions): Promise<Outcome> {
    const events: ComputeEvent[] = [];
    steps = 0;
    const { model, images } = await opened(compute);
    const onEvent = (event: ComputeEvent): void => {
      if (event.kind === 'progress') steps++;
      events.push(event);
    };
    last = await compute.predict(model, images, { ...options, onEvent });
    return outcomeOf(last, events);
  },

  /** How many patches of the prediction are done. */
  progress: () => steps,

  /** By the function that a page with one prediction calls. */
  async predictOnce(options: BrowserPredictOptions): Promise<Outcome> {
    const { model, images } = await opened(compute);
    return outcomeOf(await predictOnce(model, images, options), []);
  },

  /** The last prediction at another threshold. */
  async decide(threshold: number): Promise<Pick<Outcome, 'mask' | 'lesions'>> {
    const prediction = last as BrowserPrediction;
    const { mask, lesions } = await compute.decide(prediction, { threshold });
    const measured = await compute.measureLesions(mask, prediction);
    if (JSON.stringify(measured) !== JSON.stringify(lesions)) throw new Error('the lesions of one mask differ');
    return { mask: await base64(await compute.encode(mask, prediction.header)), lesions };
  },

  /** Scores the last prediction against its mask at another threshold. */
  async evaluate(threshold: number) {
    const { mask, probabilities } = last as BrowserPrediction;
    const reference = await compute.decide(last as BrowserPrediction, { threshold });
    return compute.evaluate(mask, reference.mask, { probabilities: { 1: probabilities[0] } });
  },

  /** Cancels a prediction once its first patch is done; gives the error. */
  async cancel(options: BrowserPredictOptions): Promise<{ name: string; message: string }> {
    const controller = new AbortController();
    const { model, images } = await opened(compute);
    const onEvent = ({ kind }: ComputeEvent): void => {
      if (kind === 'progress') controller.abort();
    };
    try {
      await compute.predict(model, images, { ...options, signal: controller.signal, onEvent });
    } catch (error) {
      return { name: (error as Error).name, message: (error as Error).message };
    }
    throw new Error('the prediction ended by itself');
  },

  /** The message of what a prediction is refused with. */
  async refusal(options: BrowserPredictOptions, without: readonly string[] = []): Promise<string> {
    const { model, images } = await opened(compute);
    for (const modality of without) delete images[modality];
    return compute.predict(model, images, options).then(
      () => '',
      (error: Error) => `${error.name}: ${error.message}`,
    );
  },

  /** Begins to note how long the main thread is busy at a stretch. */
  watchTasks(): void {
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) tasks.push(Math.round(duration));
    });
    observer.observe({ type: 'longtask' });
  },

  /** Those of 50 ms or more, in ms. */
  tasks: () => tasks,

  /** Bytes of the page and its workers. */
  async memory(): Promise<number> {
    const measuring = performance as unknown as { measureUserAgentSpecificMemory(): Promise<{ bytes: number }> };
    return (await measuring.measureUserAgentSpecificMemory()).bytes;
  },
};

export type ComputePage = typeof page;

Object.assign(globalThis, { computePage: page });
