import type { ComputeEvent } from '../../src/browser/compute-event.ts';
import { parseBidsName } from '../../src/dataset/bids-name.ts';
import type { ProgressEvent } from '../../src/progress-event.ts';
import { withoutImageExtension } from '../../src/volume/image-name.ts';
import { reorientToRas } from '../../src/volume/orientation.ts';
import { WorkRate } from '../../src/work-rate.ts';
import { type Context, report } from './context.ts';
import { volumeOf } from './mask-volume.ts';
import { imageOf, scansAs, sequencesOf } from './roles.ts';
import { BRAIN_MASK, type Decision, type Scan } from './state.ts';
import type { Mask, Predicted, Store } from './store.ts';

/** Predicts the scans that there are with the model that is chosen. A signal that is aborted ends it, and nothing changes. */
export async function predictScans({ store, compute, model }: Context, signal: AbortSignal): Promise<boolean> {
  const { scans, settings, shown } = store.state;
  if (model === null || shown === null) return false;
  const { modalities } = model.description.preprocess;
  const used = sequencesOf(scans, model.description).filter(({ role }) => modalities.includes(role));
  const images = Object.fromEntries(
    used.map((scan) => [scan.role, imageOf(scan) as NonNullable<ReturnType<typeof imageOf>>]),
  );
  const brainMask = scansAs(scans, BRAIN_MASK)[0]?.opened.image ?? undefined;
  const began = performance.now();
  const show = progressShower(store);
  store.update({ work: { label: 'Starting', share: 0, remaining: null } });
  try {
    const prediction = await compute.predict(model, images, {
      device: settings.device,
      overlap: settings.overlap ?? undefined,
      window: settings.window ?? undefined,
      views: settings.views ?? undefined,
      voteSpread: settings.voteSpread,
      brainMask,
      signal,
      onEvent: show,
    });
    const { threshold, lesionThreshold } = prediction.settings;
    const decision: Decision = { threshold, lesionThreshold };
    const mask = reorientToRas(prediction.mask) as Mask;
    const predicted: Predicted = {
      subject: subjectOf(used),
      modelName: store.state.model.kind === 'ready' ? store.state.model.name : model.name,
      hasBrainMask: brainMask !== undefined,
      files: used.map(({ opened, role }) => ({ modality: role, name: opened.name })),
      grid: { shape: prediction.mask.shape, affine: prediction.mask.affine },
      maps: prediction,
      seconds: (performance.now() - began) / 1000,
      ...{ defaults: decision, decision, mask },
      result: {
        lesions: prediction.lesions,
        volume: volumeOf(mask),
        ...{ comparison: null, added: 0, erased: 0, canUndo: false },
      },
    };
    store.update({
      predicted,
      compared: null,
      tab: 'result',
      brush: { ...store.state.brush, label: prediction.labels[0]?.value ?? 1 },
    });
    return true;
  } catch (error) {
    if (!signal.aborted) report(store, error);
    return false;
  } finally {
    store.update({ work: null });
  }
}

/** Turns a prediction's events into what the page shows. */
function progressShower(store: Store): (event: ComputeEvent) => void {
  let rate = new WorkRate();
  let label = '';
  const progress = ({ label: name, done, total }: ProgressEvent): void => {
    if (name !== label) rate = new WorkRate();
    label = name;
    rate.observe(done, performance.now());
    const perMillisecond = rate.perMillisecond;
    const remaining = perMillisecond === null ? null : (total - done) / perMillisecond;
    store.update({ work: { label: name, share: total === 0 ? 0 : done / total, remaining } });
  };
  return (event) => {
    if (event.kind === 'progress') progress(event);
    else store.notify(event.code === 'one-thread' ? 'info' : 'warning', event.message);
  };
}

/** `sub-01_ses-2` of BIDS, or the first scan's own name. */
function subjectOf([first]: readonly Scan[]): string {
  if (first === undefined) return 'scan';
  const bids = parseBidsName(first.opened.name);
  if (bids === null) return withoutImageExtension(first.opened.name);
  const session = bids.entities.get('ses');
  return `sub-${bids.entities.get('sub')}${session === undefined ? '' : `_ses-${session}`}`;
}
