import { describeGridDifference } from '../../src/volume/affine.ts';
import { reorientToRas } from '../../src/volume/orientation.ts';
import { comparisonOf, NO_CURVE } from './comparison.ts';
import { type Context, report } from './context.ts';
import { volumeOf } from './mask-volume.ts';
import { scansAs } from './roles.ts';
import { scansShown } from './showing.ts';
import { MASK, REFERENCE } from './state.ts';
import type { Mask } from './store.ts';

/** Compares the mask that was dropped with the reference, once that is read; a prediction goes. */
export async function compareMasks(context: Context): Promise<void> {
  await scansShown(context);
  const { store, compute } = context;
  const { scans, reference } = store.state;
  const [scan] = scansAs(scans, MASK);
  const [referenceScan] = scansAs(scans, REFERENCE);
  if (scan === undefined || scan.opened.image === null || referenceScan === undefined || reference === null) return;
  try {
    const { volume } = await compute.readLabels(scan.opened.image);
    const own = inValuesOf({ ...volume, data: Uint8Array.from(volume.data) }, reference);
    const labels = valuesOf(own).map((value) => ({ value, name: `class ${value}` }));
    const lesions = await compute.measureMask(own, labels);
    const mask = reorientToRas(own);
    const { shown, display } = store.state;
    // Other files may have been chosen meanwhile, or another scan.
    if (store.state.scans !== scans || store.state.reference !== reference || shown === null) return;
    if (describeGridDifference(shown.volume, mask) !== null) return;
    store.update({
      predicted: null,
      compared: {
        ...{ name: scan.opened.name, referenceName: referenceScan.opened.name, mask, labels, lesions },
        volume: volumeOf(mask),
        comparison: comparisonOf(mask, reference, NO_CURVE),
      },
      display: { ...display, mask: true, reference: true, map: 'none' },
      tab: 'result',
    });
  } catch (error) {
    report(store, error);
  }
}

/** Masks of one class are compared whatever their values are: some programs write 255 where others write 1. */
function inValuesOf(mask: Mask, reference: Mask): Mask {
  const values = valuesOf(mask);
  const [value, ...others] = valuesOf(reference);
  if (values.length !== 1 || value === undefined || others.length > 0 || values[0] === value) return mask;
  return { ...mask, data: mask.data.map((own) => (own === 0 ? 0 : value)) };
}

/** The classes of a mask, in rising order. */
function valuesOf({ data }: Mask): number[] {
  return [...new Set(data)].filter((value) => value !== 0).sort((a, b) => a - b);
}
