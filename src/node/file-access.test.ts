import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DataError } from '../errors.ts';
import type { GzipCodec } from '../volume/file-access.ts';
import { inPieces, joinPieces, webGzip } from '../volume/gzip.ts';
import { nodeFileAccess as files } from './file-access.ts';

/** Set by a test: what the disk does after half of a file was written, and whether the process dies before it tidies up. */
const disk = vi.hoisted(() => ({ fault: null as Error | null, keep: false }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open: typeof real.open = async (...parameters) => {
    const file = await real.open(...parameters);
    const writeWhole = file.writeFile.bind(file);
    file.writeFile = async (content, ...rest) => {
      if (disk.fault === null) return writeWhole(content, ...rest);
      await writeWhole((content as Uint8Array).subarray(0, 2), ...rest);
      throw disk.fault;
    };
    return file;
  };
  const rm: typeof real.rm = async (...parameters) => {
    if (!disk.keep) await real.rm(...parameters);
    disk.keep = false;
  };
  return { ...real, open, rm };
});

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rarevox-'));
});
afterEach(async () => {
  disk.fault = null;
  disk.keep = false;
  await rm(folder, { recursive: true });
});

describe('writing', () => {
  it('makes folders, replaces whole files and leaves nothing else', async () => {
    const path = `${folder}/a/b/file.bin`;
    await files.write(path, 'first, and longer');
    await files.write(path, Uint8Array.of(1, 2, 3));
    expect([...(await files.readBytes(path))]).toEqual([1, 2, 3]);
    expect(await readdir(`${folder}/a/b`)).toEqual(['file.bin']);
  });

  it.each([
    ['ENOSPC', /^(.*)scan\.nii\.gz: cannot be written: the disk is full; make room/],
    ['EDQUOT', /quota/],
  ])('keeps the old file and no half one when the disk refuses (%s)', async (code, message) => {
    const path = `${folder}/scan.nii.gz`;
    await files.write(path, 'old');
    disk.fault = Object.assign(new Error('no'), { code });
    const error: unknown = await files.write(path, Uint8Array.of(1, 2, 3, 4)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toMatch(message);
    expect(await readdir(folder)).toEqual(['scan.nii.gz']);
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  it('names the file when a part of its path is a file', async () => {
    await writeFile(`${folder}/plain`, '');
    await expect(files.write(`${folder}/plain/x.nii`, '')).rejects.toThrow(
      /plain\/x\.nii: cannot be written: a part of its path is a file/,
    );
    await expect(files.write(`${folder}/plain/x.nii`, '')).rejects.toBeInstanceOf(DataError);
  });
});

describe('streams', () => {
  const pieces = async function* (...list: Uint8Array[]) {
    yield* list;
  };

  it('give a file in pieces, and take one', async () => {
    const content = Uint8Array.from({ length: 700_001 }, (_, index) => (index * 7919) >> 5);
    const path = `${folder}/a/large.bin`;
    await files.write(path, pieces(content.subarray(0, 300_000), content.subarray(300_000)));
    expect(await readdir(`${folder}/a`)).toEqual(['large.bin']);
    const stream = await files.openStream(path);
    expect(stream.size).toBe(content.length);
    const read: Uint8Array[] = [];
    for await (const piece of stream.pieces) read.push(piece);
    expect(read.length).toBeGreaterThan(1);
    expect(Buffer.concat(read).equals(content)).toBe(true);
  });

  it('close the file when they are left early', async () => {
    const path = `${folder}/file.bin`;
    await files.write(path, new Uint8Array(1_000_000));
    const open = async () => (await readdir('/proc/self/fd').catch(() => [])).length;
    const before = await open();
    for (let i = 0; i < 20; i++) {
      for await (const piece of (await files.openStream(path)).pieces) {
        expect(piece.length).toBeLessThan(1_000_000);
        break;
      }
      // Never begun, hence never opened.
      await files.openStream(path);
    }
    expect(await open()).toBeLessThan(before + 10);
  });

  it('leave the old file and pass the fault on when a piece fails, or the disk', async () => {
    const path = `${folder}/scan.nii.gz`;
    await files.write(path, 'old');
    const failing = async function* () {
      yield Uint8Array.of(1, 2, 3);
      throw new DataError('source.nii: truncated');
    };
    await expect(files.write(path, failing())).rejects.toThrow('source.nii: truncated');
    disk.fault = Object.assign(new Error('no'), { code: 'ENOSPC' });
    await expect(files.write(path, pieces(Uint8Array.of(1, 2, 3)))).rejects.toThrow(/scan\.nii\.gz: .*disk is full/);
    expect(await readdir(folder)).toEqual(['scan.nii.gz']);
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  it('name what is missing or no file', async () => {
    await expect(files.openStream(`${folder}/missing`)).rejects.toThrow(/missing: cannot be read: it does not exist/);
    await expect(files.openStream(folder)).rejects.toThrow(/it is a folder; give a file/);
  });
});

describe('gzip', () => {
  const gzip = files.gzip as GzipCodec;

  it('compresses to the same bytes every time, which the Web streams read, and the other way round', async () => {
    const content = Uint8Array.from({ length: 600_000 }, (_, index) => (index * index) >> 9);
    const first = await joinPieces(gzip.compress(inPieces(content)));
    expect(Buffer.compare(await joinPieces(gzip.compress(inPieces(content))), first)).toBe(0);
    expect([...first.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, first[8], 255]);
    const webFirst = await joinPieces(webGzip.compress(inPieces(content)));
    for (const compressed of [first, webFirst]) {
      for (const codec of [gzip, webGzip]) {
        expect(Buffer.compare(await joinPieces(codec.decompress(inPieces(compressed))), content)).toBe(0);
      }
    }
  });

  it.each([0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5_300_000])(
    'keeps %d bytes, in whatever pieces they come',
    async (size) => {
      const content = Uint8Array.from({ length: size }, (_, index) => (index * index) >> 11);
      const inTwo = async function* () {
        yield content.subarray(0, size >> 1);
        yield new Uint8Array(0);
        yield content.subarray(size >> 1);
      };
      const compressed = await joinPieces(gzip.compress(inPieces(content)));
      expect(Buffer.compare(await joinPieces(gzip.compress(inTwo())), compressed)).toBe(0);
      // One member, which readers that stop behind the first can read, with the right checksum and size.
      expect(Buffer.compare(gunzipSync(compressed), content)).toBe(0);
      expect(Buffer.compare(await joinPieces(webGzip.decompress(inPieces(compressed))), content)).toBe(0);
      expect(new DataView(compressed.buffer).getUint32(compressed.length - 4, true)).toBe(size);
    },
  );

  it('fails on data that are cut short or damaged', async () => {
    const compressed = await joinPieces(gzip.compress(inPieces(Uint8Array.from({ length: 5000 }, (_, i) => i * i))));
    const damaged = compressed.slice();
    damaged[damaged.length - 6] ^= 1;
    for (const codec of [gzip, webGzip]) {
      for (const length of [2, 11, compressed.length - 9, compressed.length - 1]) {
        await expect(joinPieces(codec.decompress(inPieces(compressed.slice(0, length))))).rejects.toThrow();
      }
      await expect(joinPieces(codec.decompress(inPieces(damaged)))).rejects.toThrow();
    }
  });

  it('passes the fault of what it compresses on', async () => {
    const failing = async function* () {
      yield Uint8Array.of(1, 2, 3);
      throw new DataError('source.nii: truncated');
    };
    await expect(files.write(`${folder}/x.gz`, gzip.compress(failing()))).rejects.toThrow('source.nii: truncated');
    await expect(files.write(`${folder}/x.gz`, webGzip.compress(failing()))).rejects.toThrow('source.nii: truncated');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('deleting', () => {
  it('removes a file, and does not mind when there is none', async () => {
    await files.write(`${folder}/a`, '');
    await files.remove(`${folder}/a`);
    await files.remove(`${folder}/a`);
    expect(await readdir(folder)).toEqual([]);
    await expect(files.remove(folder)).rejects.toThrow(`${folder}: cannot be deleted: `);
  });

  it('clears away what a kill left of a write, and nothing else', async () => {
    const kept = ['.hidden', '.notes.tmp', 'a.tmp', 'log.jsonl'];
    for (const name of kept) await writeFile(`${folder}/${name}`, '');
    // What `write` itself leaves when it is cut short: the file that it renames at the end.
    for (const name of [undefined, 'log.jsonl']) {
      disk.fault = Object.assign(new Error('no'), { code: 'ENOSPC' });
      disk.keep = true;
      await files.write(`${folder}/log.jsonl`, Uint8Array.of(1, 2, 3, 4)).catch(() => undefined);
      await files.removeUnfinished(folder, 'log');
      expect(await readdir(folder)).toHaveLength(kept.length + 1);
      await files.removeUnfinished(folder, name);
      expect((await readdir(folder)).sort()).toEqual(kept);
    }
  });
});

describe('reading', () => {
  it('lists entries by name and follows links to folders', async () => {
    await files.write(`${folder}/b/inside`, '');
    await files.write(`${folder}/a.txt`, 'text');
    await symlink(`${folder}/b`, `${folder}/c`);
    await symlink(`${folder}/nowhere`, `${folder}/d`);
    expect(await files.list(folder)).toEqual([
      { name: 'a.txt', isFolder: false },
      { name: 'b', isFolder: true },
      { name: 'c', isFolder: true },
      { name: 'd', isFolder: false },
    ]);
    expect(await files.readText(`${folder}/a.txt`)).toBe('text');
  });

  it('says what exists', async () => {
    await writeFile(`${folder}/a`, '');
    expect(await files.exists(`${folder}/a`)).toBe(true);
    expect(await files.exists(folder)).toBe(true);
    expect(await files.exists(`${folder}/b`)).toBe(false);
    expect(await files.exists(`${folder}/a/b`)).toBe(false);
  });

  it('names what is missing or no file', async () => {
    const missing = `${folder}/missing.nii`;
    for (const read of [files.readBytes, files.readText, files.list]) {
      await expect(read(missing)).rejects.toThrow(`${missing}: cannot be read: it does not exist; check the path.`);
      await expect(read(missing)).rejects.toBeInstanceOf(DataError);
    }
    await expect(files.readBytes(folder)).rejects.toThrow(/it is a folder; give a file/);
  });
});
