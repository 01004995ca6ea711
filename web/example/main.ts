import { Niivue, NVImage } from '@niivue/niivue';
import { type ComputeEvent, isolatePage, openCompute, type ScanImage } from 'rarevox/browser';

/* Prediction in a page of one's own, with NiiVue for display: docs/embed-in-a-web-page.md goes through it. */

function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

await isolatePage('./isolation-worker.js');

const status = element('status');
const cancel = element<HTMLButtonElement>('cancel');
const save = element<HTMLButtonElement>('save');
const compute = openCompute();
const viewer = new Niivue({ loadingText: '' });

function show(event: ComputeEvent): void {
  status.textContent = event.kind === 'progress' ? `${event.label}: ${event.done} of ${event.total}` : event.message;
}

/** The chosen scans by their sequences, which names tell. */
async function chosenScans(): Promise<Record<string, ScanImage>> {
  const scans: Record<string, ScanImage> = {};
  for (const { name, image, modality, faults } of await compute.openImages([
    ...(element<HTMLInputElement>('scans').files ?? []),
  ])) {
    if (image === null) throw new Error(faults.join(' ') || `${name} holds several series: give the files of one.`);
    if (modality === null) throw new Error(`${name}: its name does not tell which sequence it is.`);
    scans[modality] = image;
  }
  return scans;
}

function saveFile(content: Uint8Array, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content as Uint8Array<ArrayBuffer>]));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function predict(signal: AbortSignal): Promise<void> {
  const [file] = element<HTMLInputElement>('model').files ?? [];
  if (file === undefined) throw new Error('Choose a model first.');
  const model = await compute.loadModel(file);
  const scans = await chosenScans();
  const { mask, lesions, header } = await compute.predict(model, scans, { signal, onEvent: show });

  const [shown] = Object.values(scans) as [ScanImage];
  const scan = await compute.readImage(shown);
  const [scanFile, maskFile] = [
    await compute.encode(scan.volume, scan.header, { gzip: false }),
    await compute.encode(mask, header),
  ];
  viewer.volumes = [];
  viewer.addVolume(await NVImage.loadFromUrl({ url: scanFile.buffer as ArrayBuffer, name: 'scan.nii' }));
  viewer.addVolume(
    await NVImage.loadFromUrl({
      ...{ url: maskFile.buffer as ArrayBuffer, name: 'mask.nii.gz', colormap: 'red', opacity: 0.6 },
      ...{ cal_min: 0, cal_max: 1 },
    }),
  );
  save.onclick = () => saveFile(maskFile, 'mask.nii.gz');
  save.disabled = false;
  const volume = lesions.reduce((sum, lesion) => sum + lesion.volume, 0);
  status.textContent = `${lesions.length} lesions, ${(volume / 1000).toFixed(2)} ml`;
}

element('predict').addEventListener('click', () => {
  const controller = new AbortController();
  cancel.disabled = false;
  cancel.onclick = () => controller.abort(new Error('Cancelled.'));
  predict(controller.signal)
    .catch((error: Error) => {
      status.textContent = error.message;
    })
    .finally(() => {
      cancel.disabled = true;
    });
});

await viewer.attachTo('viewer');
