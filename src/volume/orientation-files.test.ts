import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { readImage } from './nifti-read.ts';
import { orientationOf, reorientOnto, reorientToRas } from './orientation.ts';
import type { ScalarVolume } from './volume.ts';

/** One image stored along eight orientations: test/reference/orientations/README.md. */
const folder = new URL('../../test/reference/orientations/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.nii.gz'));

async function read(name: string): Promise<ScalarVolume> {
  const files = new MemoryFileAccess().set(name, readFileSync(new URL(name, folder)));
  return (await readImage(files, name)).volume;
}

describe('one image in eight orientations', () => {
  it.each(names)('%s is the same volume as RAS once it is turned, and goes back as it came', async (name) => {
    const volume = await read(name);
    expect(orientationOf(volume.affine)).toBe(name.slice(0, 3));
    const turned = reorientToRas(volume);
    const expected = await read('RAS.nii.gz');
    expect(turned.shape).toEqual(expected.shape);
    expect(turned.data).toEqual(expected.data);
    // The headers hold single precision.
    turned.affine.forEach((value, index) => {
      expect(value).toBeCloseTo(expected.affine[index], 4);
    });
    expect(reorientOnto(turned, volume)).toEqual(volume);
  });

  it('has no symmetry that could hide a wrong turn', async () => {
    const { data, shape } = await read('RAS.nii.gz');
    expect(names.length).toBe(8);
    const reversed = (axis: number) =>
      data.map((_, index) => {
        const voxel = [
          index % shape[0],
          Math.floor(index / shape[0]) % shape[1],
          Math.floor(index / (shape[0] * shape[1])),
        ];
        voxel[axis] = shape[axis] - 1 - voxel[axis];
        return data[voxel[0] + shape[0] * (voxel[1] + shape[1] * voxel[2])];
      });
    for (const axis of [0, 1, 2]) expect(reversed(axis)).not.toEqual(data);
  });
});
