import { reorientToRas } from '../../src/volume/orientation.ts';
import type { ScalarVolume } from '../../src/volume/volume.ts';
import { colorsOfCodes, fillCodes, type Rgb } from './mask-codes.ts';
import type { State } from './store.ts';

/** What lies over the scan, made of the state, and made anew only when something in it changed. */
export class Layers {
  private codes: { readonly of: readonly unknown[]; readonly codes: Uint8Array } | null = null;
  private colors: { readonly of: unknown; readonly colors: ReadonlyMap<number, Rgb> } | null = null;
  private map: { readonly of: ScalarVolume; readonly ras: ScalarVolume } | null = null;

  /** The mask layer, see mask-codes.ts; null where no scan is shown. */
  codesOf({ shown, predicted, compared, reference, display }: State): Uint8Array | null {
    if (shown === null) return null;
    const mask = (predicted ?? compared)?.mask.data ?? null;
    const prediction = display.mask ? mask : null;
    const expected = reference !== null && display.reference ? reference.data : null;
    const of = [shown.volume, prediction, expected];
    if (this.codes?.of.every((part, index) => part === of[index]) === true) return this.codes.codes;
    const codes = new Uint8Array(shown.volume.data.length);
    fillCodes(codes, prediction, expected);
    this.codes = { of, codes };
    return codes;
  }

  colorsOf({ predicted, compared }: State): ReadonlyMap<number, Rgb> {
    const labels = predicted?.maps.labels ?? compared?.labels;
    if (this.colors === null || this.colors.of !== labels) {
      this.colors = { of: labels, colors: colorsOfCodes(labels?.map(({ value }) => value) ?? []) };
    }
    return this.colors.colors;
  }

  /** The map that is shown, of the class that the brush would paint, in RAS order; null where none is. */
  mapOf({ predicted, display, brush }: State): ScalarVolume | null {
    if (predicted === null || display.map === 'none') return null;
    const { probabilities, voteSpread, labels } = predicted.maps;
    const maps = display.map === 'probability' ? probabilities : voteSpread;
    const index = labels.findIndex(({ value }) => value === brush.label);
    const of = maps?.[Math.max(0, index)];
    if (of === undefined) return null;
    if (this.map?.of !== of) this.map = { of, ras: reorientToRas(of) };
    return this.map.ras;
  }
}
