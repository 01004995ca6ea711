import type { PageFile } from '../../src/browser/page-file-access.ts';
import { type Context, report } from './context.ts';
import { guessScans } from './roles.ts';
import type { ScanChange } from './scan-list.ts';
import { showScans } from './showing.ts';
import { type Scan, type ShippedModel, UNUSED } from './state.ts';

const SAMPLE = ['sub-tabriz09_FLAIR.nii.gz', 'sub-tabriz09_T1w.nii.gz', 'sub-tabriz09_label-lesion_mask.nii.gz'];

/** Takes what was dropped or chosen: models are loaded, everything else is sorted into images. */
export async function openFiles(context: Context, files: readonly (File | PageFile)[]): Promise<void> {
  const { store, compute } = context;
  const models = files.filter((file) => nameOf(file).endsWith('.onnx'));
  const others = files.filter((file) => !models.includes(file));
  for (const model of models) await loadModel(context, model instanceof File ? model : model.file, nameOf(model));
  if (others.length === 0) return;
  store.update({ opening: true });
  try {
    const opened = await compute.openImages(others);
    const scans = [...store.state.scans, ...guessScans(opened, store.state.scans)];
    if (opened.length === 0) store.notify('warning', 'There is no image among these files.');
    store.update({ scans, predicted: null, compared: null, tab: 'scan' });
    await showScans(context);
  } catch (error) {
    report(store, error);
  } finally {
    store.update({ opening: false });
  }
}

/** Opens the sample scan that comes with the page, with the model that never saw this patient. */
export async function openSample(context: Context): Promise<void> {
  const { store } = context;
  store.update({ opening: true });
  try {
    const files = await Promise.all(SAMPLE.map((name) => fetchFile(`sample/${name}`, name)));
    const shipped = store.state.shipped.find(({ forSample }) => forSample);
    if (shipped !== undefined && store.state.model.kind === 'none') await chooseModel(context, shipped);
    await openFiles(context, files);
  } catch (error) {
    report(store, error);
    store.update({ opening: false });
  }
}

export async function chooseModel(context: Context, shipped: ShippedModel): Promise<void> {
  await loadModel(context, new URL(shipped.url, document.baseURI), shipped.name);
}

async function loadModel(context: Context, source: URL | Blob, name: string): Promise<void> {
  const { store, compute } = context;
  const before = store.state.model;
  store.update({ model: { kind: 'loading', name } });
  try {
    const model = await compute.loadModel(source);
    context.model = model;
    store.update({ model: { kind: 'ready', name, description: model.description } });
  } catch (error) {
    store.update({ model: before });
    report(store, error);
  }
}

export async function changeScan(context: Context, { index, role, seriesUid }: ScanChange): Promise<void> {
  const { store } = context;
  const scans = store.state.scans.map((scan, at): Scan => {
    if (at !== index) return scan;
    const series = scan.opened.series.find(({ uid }) => uid === seriesUid);
    const guessed = series?.modality ?? (scan.role === UNUSED ? null : scan.role);
    return { ...scan, seriesUid: seriesUid ?? scan.seriesUid, role: role ?? guessed ?? scan.role };
  });
  store.update({ scans, compared: null });
  await showScans(context);
}

export async function removeScan(context: Context, index: number): Promise<void> {
  context.store.update({ scans: context.store.state.scans.filter((_, at) => at !== index), compared: null });
  await showScans(context);
}

export async function fetchFile(address: string, name: string): Promise<File> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: the server answers ${response.status}`);
  return new File([await response.blob()], name);
}

function nameOf(file: File | PageFile): string {
  return file instanceof File ? file.name : file.path;
}
