import { type ComputeEvent, loadModel, openImages, predict, type ScanImage } from 'rarevox/browser';

function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

const status = element('status');
const cancel = element<HTMLButtonElement>('cancel');

function show(event: ComputeEvent): void {
  status.textContent = event.kind === 'progress' ? `${event.label} ${event.done}/${event.total}` : event.message;
}

async function run(signal: AbortSignal): Promise<void> {
  const [modelFile] = element<HTMLInputElement>('model').files ?? [];
  if (modelFile === undefined) throw new Error('Choose a model first.');
  const model = await loadModel(modelFile);
  const images: Record<string, ScanImage> = {};
  for (const { modality, image, faults } of await openImages([...(element<HTMLInputElement>('scans').files ?? [])])) {
    if (faults.length > 0) throw new Error(faults.join(' '));
    if (modality !== null && image !== null) images[modality] = image;
  }
  const { lesions } = await predict(model, images, { signal, onEvent: show });
  status.textContent = `${lesions.length} lesions`;
}

element('predict').addEventListener('click', () => {
  const controller = new AbortController();
  cancel.disabled = false;
  cancel.onclick = () => controller.abort();
  run(controller.signal)
    .catch((error: Error) => {
      status.textContent = error.message;
    })
    .finally(() => {
      cancel.disabled = true;
    });
});
