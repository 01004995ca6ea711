import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sliceFile } from '../../test/dicom-file.ts';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { DataError } from '../errors.ts';
import { readImage } from './read-image.ts';

const folder = new URL('../../test/reference/formats/', import.meta.url);
const runs = Number(process.env.RAREVOX_FUZZ_RUNS ?? 150);

/** A file of each way in which voxels are stored. */
const FILES: Readonly<Record<string, Uint8Array>> = {
  'a.nrrd': readFileSync(new URL('brain1_label.nrrd', folder)),
  'a.mha': readFileSync(new URL('mha.mha', folder)),
  'plain.dcm': sliceFile(),
  'b.dcm.gz': readFileSync(new URL('siemens_dwi_0.dcm.gz', folder)),
  ...Object.fromEntries(
    ['bigendian', 'implicit', 'RLE', 'jp2klossless', 'jpeg_ls_lossless', 'jpeg_lossless'].map((name) => [
      `${name}.dcm`,
      readFileSync(new URL(`MR_small_${name}.dcm`, folder)),
    ]),
  ),
};

describe('a damaged file', () => {
  it.each(Object.keys(FILES))('%s is read or refused with a reason', async (name) => {
    const whole = FILES[name];
    // Most of what can go wrong goes wrong in the header: half of the changes are made there.
    const place = fc.oneof(fc.nat(Math.min(whole.length, 2000) - 1), fc.nat(whole.length - 1));
    const change = fc.tuple(place, fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 48, 57, 127, 255)));
    const damage = fc.record({
      changes: fc.array(change, { minLength: 1, maxLength: 6 }),
      end: fc.option(fc.nat(whole.length)),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ changes, end }) => {
        const bytes = new Uint8Array(whole.subarray(0, end ?? whole.length));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          const { volume } = await readImage(new MemoryFileAccess().set(name, bytes), name);
          // Nothing may be made up beyond what the file could hold.
          expect(volume.data.length).toBeLessThan(1032 * whole.length);
        } catch (error) {
          if (!(error instanceof DataError)) throw error;
          expect(error.message).toContain(name);
        }
      }),
      { seed: 11, numRuns: runs },
    );
  });
});
