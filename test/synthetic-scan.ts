import { Random } from '../src/random.ts';
import type { Affine, Grid, Triple } from '../src/volume/volume.ts';

/** A made-up scan: a head of noise in air, with a ball of each class in it that is brighter by class and modality. */
export interface Scan {
  readonly grid: Grid;
  readonly images: Readonly<Record<string, Float32Array>>;
  readonly reference: Uint8Array;
}

export interface ScanOptions {
  readonly shape?: Triple;
  readonly affine?: Affine;
  readonly modalities?: readonly string[];
  readonly classes?: number;
}

/** RAS+, 1 mm, with the origin off the corner. */
export const RAS: Affine = [1, 0, 0, -9, 0, 1, 0, -20, 0, 0, 1, 5, 0, 0, 0, 1];
/** Axes permuted and flipped, 1 x 1.25 x 2 mm: i runs backwards along y, j down along z, k to the left. */
export const PIL: Affine = [0, 0, -2, 30, -1, 0, 0, 12, 0, -1.25, 0, -4, 0, 0, 0, 1];

export const FLAIR = 'FLAIR';
export const T1W = 'T1w';

export function makeScan(
  seed: number,
  { shape = [18, 15, 13], affine = RAS, modalities = [FLAIR, T1W], classes = 1 }: ScanOptions = {},
): Scan {
  const random = new Random('scan', seed);
  const [si, sj, sk] = shape;
  const centers = Array.from({ length: classes }, (_, index): Triple => {
    const place = (size: number, axis: number): number =>
      size * (0.35 + 0.3 * random.uniform() + (axis === 0 ? 0.25 * (index - (classes - 1) / 2) : 0));
    return [place(si, 0), place(sj, 1), place(sk, 2)];
  });
  const reference = new Uint8Array(si * sj * sk);
  const images = Object.fromEntries(modalities.map((name) => [name, new Float32Array(si * sj * sk)]));
  let voxel = 0;
  for (let k = 0; k < sk; k++) {
    for (let j = 0; j < sj; j++) {
      for (let i = 0; i < si; i++, voxel++) {
        const head = ((2 * i + 1) / si - 1) ** 2 + ((2 * j + 1) / sj - 1) ** 2 + ((2 * k + 1) / sk - 1) ** 2 < 1;
        if (!head) continue;
        for (const [index, [ci, cj, ck]] of centers.entries()) {
          if ((i - ci) ** 2 + (j - cj) ** 2 + (k - ck) ** 2 < 6) reference[voxel] = index + 1;
        }
        for (const [channel, name] of modalities.entries()) {
          images[name][voxel] = 100 + 10 * random.normal() + 60 * reference[voxel] * (channel % 2 === 0 ? 1 : -0.5);
        }
      }
    }
  }
  return { grid: { shape, affine }, images, reference };
}

/** The smallest network there is, and patches to fit; what a `--config` file holds. */
export function tinyConfig(changed: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    preset: 'tiny',
    network: { initialFilters: 4, growth: 2, layers: 1, levels: 1, stemStride: [1, 1, 1] },
    patch: [8, 8, 8],
    steps: 4,
    selection: { minimalCentralVoxels: { early: 1, late: 1 }, minimalLesionVoxels: { early: 1, late: 1 } },
    ...changed,
  };
}
