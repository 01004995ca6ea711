import { intensityWindow } from '../../src/report/intensity-window.ts';
import { describeGridDifference } from '../../src/volume/affine.ts';
import { reorientToRas } from '../../src/volume/orientation.ts';
import { type Context, report } from './context.ts';
import { imageOf, scansAs, sequencesOf } from './roles.ts';
import { REFERENCE, type Scan } from './state.ts';
import type { Mask, ShownScan, Store } from './store.ts';

/** The images that were last asked to be shown, so that what is asked for twice is read once, and what is late is dropped. */
interface Asked {
  scan: object | null;
  reference: object | null;
}

const asked = new WeakMap<Store, Asked>();

/** What is being read for the screen. */
const showing = new WeakMap<Store, Promise<void>>();

/** Brings the scans and the reference on the screen that there are now. A prediction of other scans goes. */
export function showScans(context: Context, sequence?: string): Promise<void> {
  const { store } = context;
  const before = showing.get(store) ?? Promise.resolve();
  const done = Promise.all([before, bringOnScreen(context, sequence)]).then(() => undefined);
  showing.set(store, done);
  return done;
}

/** Waits until all is on the screen that was asked for. */
export async function scansShown({ store }: Context): Promise<void> {
  await showing.get(store);
}

async function bringOnScreen(context: Context, sequence: string | undefined): Promise<void> {
  const { store } = context;
  const { scans, model, shown } = store.state;
  const description = model.kind === 'ready' ? model.description : null;
  const sequences = sequencesOf(scans, description).filter((scan) => imageOf(scan) !== null);
  const kept = sequences.find(({ role }) => role === (sequence ?? shown?.name));
  const scan = kept ?? sequences[0] ?? null;
  const reference = scansAs(scans, REFERENCE)[0] ?? null;
  const before = asked.get(store) ?? { scan: null, reference: null };
  const now: Asked = { scan: scan?.opened ?? null, reference: reference?.opened ?? null };
  asked.set(store, now);
  try {
    if (scan === null) store.update({ shown: null, predicted: null, compared: null });
    else if (before.scan !== now.scan || shown === null || shown.name !== scan.role) await showScan(context, scan);
    if (reference === null) store.update({ reference: null });
    else if (before.reference !== now.reference) await showReference(context, reference);
  } catch (error) {
    report(store, error);
  }
}

async function showScan({ store, compute }: Context, scan: Scan): Promise<void> {
  const image = imageOf(scan);
  if (image === null) return;
  const { volume } = await compute.readImage(image);
  if (asked.get(store)?.scan !== scan.opened) return;
  const { predicted, compared, shown } = store.state;
  const isOther = shown !== null && describeGridDifference(shown.grid, volume) !== null;
  const window = intensityWindow(volume.data);
  const next: ShownScan = {
    name: scan.role,
    grid: { shape: volume.shape, affine: volume.affine },
    volume: reorientToRas(volume),
    range: rangeOf(volume.data),
  };
  store.update({
    shown: next,
    display: { ...store.state.display, window },
    ...(isOther && (predicted ?? compared) !== null && { predicted: null, compared: null, tab: 'scan' as const }),
  });
}

async function showReference({ store, compute }: Context, { opened }: Scan): Promise<void> {
  if (opened.image === null) return;
  const { volume } = await compute.readLabels(opened.image);
  if (asked.get(store)?.reference !== opened) return;
  const { shown } = store.state;
  const difference = shown === null ? null : describeGridDifference(shown.grid, volume);
  if (difference !== null) {
    store.notify(
      'warning',
      `The reference ${opened.name} lies on another grid than the scan (${difference}), so it can't be compared with it.`,
    );
    return;
  }
  const { data, ...rest } = reorientToRas(volume);
  const reference: Mask = { ...rest, data: Uint8Array.from(data) };
  store.update({ reference });
}

function rangeOf(data: Float32Array): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low < high ? { low, high } : { low: 0, high: 1 };
}
