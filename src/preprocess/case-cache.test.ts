import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { DataError } from '../errors.ts';
import { Random } from '../random.ts';
import type { Affine, LabelVolume, ScalarVolume, Triple } from '../volume/volume.ts';
import { CACHE_VERSION, CaseCache } from './case-cache.ts';
import { decodeCase, encodeCase, type StoredCase } from './case-file.ts';
import { sha256 } from './digest.ts';
import { fingerprintCase } from './fingerprint.ts';
import { NORMALIZATIONS, type PreprocessPlan } from './plan.ts';
import { prepareCase } from './prepare.ts';

const shape: Triple = [7, 6, 5];
const affine: Affine = [-1, 0, 0, 10, 0, -1.2, 0, 20, 0, 0.1, 3, -5, 0, 0, 0, 1];
const plan: PreprocessPlan = { version: 1, modalities: ['FLAIR', 'T1w'], spacing: null, normalization: 'z-score' };

function scan(seed: number): { images: ScalarVolume[]; reference: LabelVolume } {
  const random = new Random('scan', seed);
  const image = (): ScalarVolume => ({
    kind: 'scalar',
    shape,
    affine,
    data: Float32Array.from({ length: 210 }, (_, v) => (v % 7 === 0 ? 0 : 50 + 10 * random.normal())),
  });
  const data = Uint8Array.from({ length: 210 }, (_, v) => (v % 7 > 4 ? 1 : 0));
  return { images: [image(), image()], reference: { kind: 'label', shape, affine, data } };
}

function prepared(seed = 1, changed: Partial<PreprocessPlan> = {}): StoredCase {
  const { grid, image, reference, brain } = prepareCase(scan(seed), { ...plan, ...changed });
  return { grid, image, reference: reference as Uint8Array, brain };
}

const bytesOf = ({ image }: StoredCase): Uint8Array => new Uint8Array(image.buffer, image.byteOffset, image.byteLength);

/** JSON has no -0. */
const withoutSignOfZero = (values: readonly number[]): number[] => values.map((value) => value + 0);

function cacheIn(files: MemoryFileAccess, version = '1.0.0'): { cache: CaseCache; warnings: string[] } {
  const warnings: string[] = [];
  const onWarning = (message: string): void => {
    warnings.push(message);
  };
  return { cache: new CaseCache({ files, folder: 'cache', version, onWarning }), warnings };
}

describe('a stored case', () => {
  it('comes back bit for bit', async () => {
    const one = prepared();
    one.image[3] = -0;
    one.image[4] = 1e-42;
    one.brain[5] = 0;
    const back = (await decodeCase(await encodeCase(one, 'key'), 'key')) as StoredCase;
    expect(back.grid).toEqual({ ...one.grid, affine: withoutSignOfZero(one.grid.affine) });
    expect(bytesOf(back)).toEqual(bytesOf(one));
    expect(back.reference).toEqual(one.reference);
    expect(back.brain).toEqual(one.brain);
    expect(new Set(one.brain)).toEqual(new Set([0, 1]));
  });

  it('is a safetensors file, aligned to 8 bytes', async () => {
    const one = prepared();
    const bytes = await encodeCase(one, 'key');
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.slice(8, 8 + length)));
    const [ni, nj, nk] = one.grid.shape;
    expect(header.image).toEqual({ dtype: 'F32', shape: [2, nk, nj, ni], data_offsets: [0, 8 * ni * nj * nk] });
    expect(header.reference.shape).toEqual([nk, nj, ni]);
    expect(bytes.length).toBe(8 + length + 10 * ni * nj * nk);
    expect(JSON.parse(header.__metadata__.affine)).toEqual(withoutSignOfZero(one.grid.affine));
  });

  it('is refused when any single bit of it is not as it was written', async () => {
    const bytes = await encodeCase(prepared(), 'key');
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] ^= 1 << (at % 8);
      expect(await decodeCase(damaged, 'key'), `byte ${at}`).toBeNull();
    }
  });

  it('is refused when it is cut off anywhere, longer, empty, or under a name that is not its own', async () => {
    const bytes = await encodeCase(prepared(), 'key');
    for (let length = 0; length < bytes.length; length += 13) {
      expect(await decodeCase(bytes.slice(0, length), 'key'), `${length} bytes`).toBeNull();
    }
    const longer = new Uint8Array(bytes.length + 4);
    longer.set(bytes);
    expect(await decodeCase(longer, 'key')).toBeNull();
    expect(await decodeCase(bytes, 'another key')).toBeNull();
  });
});

describe('CaseCache', () => {
  it('has what was put in, for the same content, plan and version alone', async () => {
    const files = new MemoryFileAccess();
    const { cache, warnings } = cacheIn(files);
    const one = prepared();
    expect(await cache.readCase('content', plan)).toBeNull();
    await cache.writeCase('content', plan, one);
    const hit = (await cache.readCase('content', plan)) as StoredCase;
    expect(bytesOf(hit)).toEqual(bytesOf(one));
    expect(hit.reference).toEqual(one.reference);
    expect(hit.brain).toEqual(one.brain);

    expect(await cache.readCase('other content', plan)).toBeNull();
    expect(await cache.readCase('content', { ...plan, normalization: 'percentile' })).toBeNull();
    expect(await cache.readCase('content', { ...plan, spacing: [1, 1, 1] })).toBeNull();
    expect(await cache.readCase('content', { ...plan, modalities: ['T1w', 'FLAIR'] })).toBeNull();
    expect(await cacheIn(files, '1.0.1').cache.readCase('content', plan)).toBeNull();
    expect(warnings).toEqual([]);
  });

  it('has fingerprints too, and gives them the name that the subject has now', async () => {
    const { cache } = cacheIn(new MemoryFileAccess());
    const made = fingerprintCase('a', scan(1), plan.modalities, [{ value: 1, name: 'lesion' }]);
    await cache.writeFingerprint('content', made);
    expect(await cache.readFingerprint('content', 'b')).toEqual({ ...made, id: 'b' });
    expect(await cache.readFingerprint('other content', 'a')).toBeNull();
  });

  it('takes a damaged entry for none, says so, and gets a new one', async () => {
    const files = new MemoryFileAccess();
    const { cache, warnings } = cacheIn(files);
    await cache.writeCase('content', plan, prepared());
    await cache.writeFingerprint('content', fingerprintCase('a', scan(1), plan.modalities, []));
    for (const [path, bytes] of files.files) {
      const text = new TextDecoder().decode(bytes);
      if (path.endsWith('.json')) files.set(path, text.replace(/"voxels": \d/, '"voxels": 9'));
      else bytes[bytes.length - 5] ^= 1;
    }
    expect(await cache.readCase('content', plan)).toBeNull();
    expect(await cache.readFingerprint('content', 'a')).toBeNull();
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/^cache\/case-[0-9a-f]{64}.safetensors: this entry of the cache is damaged/);
    await cache.writeCase('content', plan, prepared());
    expect(await cache.readCase('content', plan)).not.toBeNull();
  });

  it('warns once where its folder refuses, and lets work go on', async () => {
    const files = new MemoryFileAccess();
    files.write = async (path) => {
      throw new DataError(`${path}: cannot be written: the disk is full.`);
    };
    const { cache, warnings } = cacheIn(files);
    await cache.writeCase('content', plan, prepared());
    await cache.writeCase('other content', plan, prepared());
    expect(await cache.readCase('content', plan)).toBeNull();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('the disk is full. Work goes on without the cache cache.');
  });
});

describe('CACHE_VERSION', () => {
  /** What preparing and measuring give, to four decimals: finer differences come with the processor. */
  async function digest(): Promise<string> {
    const results = NORMALIZATIONS.flatMap((normalization) => [
      prepared(7, { normalization }),
      prepared(7, { normalization, spacing: [1.5, 0.8, 1.1] }),
    ]);
    const texts = results.map(({ grid, image, reference, brain }) =>
      [...grid.shape, ...grid.affine, ...image, ...reference, ...brain].map((value) =>
        (value + 0).toFixed(4).replace('-0.0000', '0.0000'),
      ),
    );
    const made = fingerprintCase('a', scan(7), plan.modalities, [{ value: 1, name: 'lesion' }]);
    return sha256(JSON.stringify([texts, made]));
  }

  it('stands for what preparing gives: raise it and put the new digest here when this changes', async () => {
    expect([CACHE_VERSION, await digest()]).toMatchInlineSnapshot(`
      [
        2,
        "900d07fd21a3950243e0059a7373e3e5c5771e8669c945f3ae33049fc706749d",
      ]
    `);
  });
});
