import type { LabelVolume } from '../volume/volume.ts';

/** The labels of a map in ascending order, without the background 0. */
export function labelValuesOf(volume: LabelVolume): number[] {
  const { data } = volume;
  const values = new Set<number>();
  // Labels come in long runs, so the set is asked only where a run ends.
  let last = 0;
  for (let v = 0; v < data.length; v++) {
    const value = data[v] as number;
    if (value === last) continue;
    last = value;
    values.add(value);
  }
  values.delete(0);
  return ascending(values);
}

/** 1 where the map holds `label`, 0 elsewhere, in the map's own order. */
export function maskOfLabel(volume: LabelVolume, label: number): Uint8Array {
  const { data } = volume;
  const mask = new Uint8Array(data.length);
  for (let v = 0; v < data.length; v++) mask[v] = data[v] === label ? 1 : 0;
  return mask;
}

/** All values of some lists, each once, in ascending order. */
export function unionOf(lists: Iterable<readonly number[]>): number[] {
  const values = new Set<number>();
  for (const list of lists) for (const value of list) values.add(value);
  return ascending(values);
}

function ascending(values: ReadonlySet<number>): number[] {
  return [...values].sort((a, b) => a - b);
}
