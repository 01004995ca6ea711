import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { DataError } from '../../src/errors.ts';
import { describeFile } from '../../src/volume/describe-file.ts';
import type { FileStream } from '../../src/volume/file-access.ts';
import { copyNifti } from '../../src/volume/nifti-copy.ts';
import { readImage, readLabels } from '../../src/volume/nifti-read.ts';
import { encodeNifti } from '../../src/volume/nifti-write.ts';
import type { ScalarVolume } from '../../src/volume/volume.ts';
import { MemoryFileAccess } from '../memory-file-access.ts';

/** A file that something was done to. */
export interface FuzzedFile {
  readonly name: string;
  readonly header: Uint8Array;
  /** Of a pair, the content of the .img file. */
  readonly voxels: Uint8Array | null;
  readonly pieceSize: number;
}

const volume: ScalarVolume = {
  kind: 'scalar',
  shape: [5, 4, 3],
  affine: [2, 0.1, 0, -10, 0, 3, 0, 5, 0, 0.2, 4, 0.5, 0, 0, 0, 1],
  data: Float32Array.from({ length: 60 }, (_, index) => index),
};

/** A sound NIfTI-1 file, NIfTI-2 file and NIfTI-1 pair of the same volume. */
async function seeds(): Promise<{ single: Uint8Array; second: Uint8Array; header: Uint8Array; voxels: Uint8Array }> {
  const single = await encodeNifti(volume, null, { gzip: false });
  const second = new Uint8Array(544 + 240);
  second.set(single.subarray(352), 544);
  const view = new DataView(second.buffer);
  view.setInt32(0, 540, true);
  second.set([0x6e, 0x2b, 0x32, 0, 0x0d, 0x0a, 0x1a, 0x0a], 4);
  view.setInt16(12, 16, true);
  view.setInt16(14, 32, true);
  [3, 5, 4, 3, 1, 1, 1, 1].forEach((extent, axis) => {
    view.setBigInt64(16 + 8 * axis, BigInt(extent), true);
    view.setFloat64(104 + 8 * axis, 1, true);
  });
  view.setBigInt64(168, 544n, true);
  view.setFloat64(176, 1, true);
  view.setInt32(348, 1, true);
  volume.affine.slice(0, 12).forEach((value, index) => {
    view.setFloat64(400 + 8 * index, value, true);
  });
  const header = single.slice(0, 352);
  header[345] = 0x69;
  new DataView(header.buffer).setFloat32(108, 0, true);
  return { single, second, header, voxels: single.slice(352) };
}

type Kind = 'single' | 'second' | 'pair';

/** Where the fields that matter stand, so that they are hit more often than chance would hit them. */
const FIELDS: Record<Kind, [number, number][]> = {
  single: [
    [0, 4],
    [40, 16],
    [70, 4],
    [76, 16],
    [108, 12],
    [123, 1],
    [252, 76],
    [344, 8],
  ],
  second: [
    [0, 16],
    [16, 64],
    [104, 32],
    [168, 24],
    [344, 152],
    [500, 4],
    [540, 4],
  ],
  pair: [
    [0, 4],
    [40, 16],
    [70, 4],
    [76, 16],
    [108, 12],
    [252, 76],
    [344, 8],
  ],
};

/** Numbers that break things: signs, extremes, sizes of gigabytes, what is no number. */
const NASTY = [0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 348, 352, 540, 544, 1024, 32767, -32768, 65535, 2 ** 20, 2 ** 30];
const FLOATS = [
  0,
  -0,
  1,
  -1,
  0.5,
  351.5,
  352,
  1e9,
  1e38,
  -1e38,
  1e-40,
  Number.NaN,
  Infinity,
  -Infinity,
  2 ** 31,
  2 ** 53,
];

const edit = fc.record({
  where: fc.nat(10_000),
  isField: fc.boolean(),
  kind: fc.constantFrom('byte', 'int16', 'int32', 'int64', 'float32', 'float64', 'bit'),
  number: fc.oneof(fc.constantFrom(...NASTY), fc.integer()),
  real: fc.oneof(fc.constantFrom(...FLOATS), fc.double()),
  littleEndian: fc.boolean(),
});
/** Claims from too few voxels to more than anybody has. */
const extent = fc.constantFrom(1, 4, 5, 100, 1000, 1290, 32767);
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function apply(bytes: Uint8Array, kind: Kind, { where, isField, kind: type, number, real, littleEndian }: Edit): void {
  if (bytes.length === 0) return;
  const fields = FIELDS[kind];
  const [start, length] = fields[where % fields.length];
  const at = (isField ? start + (where % length) : where) % bytes.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sizes = { byte: 1, int16: 2, int32: 4, int64: 8, float32: 4, float64: 8, bit: 1 };
  // Fields are aligned to their size, counted from the start of their group.
  const place = isField ? start + Math.floor((at - start) / sizes[type]) * sizes[type] : at;
  if (place < 0 || place + sizes[type] > bytes.length) return;
  if (type === 'byte') view.setUint8(place, number);
  else if (type === 'bit') view.setUint8(place, view.getUint8(place) ^ (1 << (number & 7)));
  else if (type === 'int16') view.setInt16(place, number, littleEndian);
  else if (type === 'int32') view.setInt32(place, number, littleEndian);
  else if (type === 'int64') view.setBigInt64(place, BigInt(number) << BigInt(where % 33), littleEndian);
  else if (type === 'float32') view.setFloat32(place, real, littleEndian);
  else view.setFloat64(place, real, littleEndian);
}

/** Files with changed headers, cut or lengthened, plain or compressed, the compressed data themselves cut or changed. */
export async function fuzzedFiles(): Promise<fc.Arbitrary<FuzzedFile>> {
  const { single, second, header, voxels } = await seeds();
  const damage = fc.record({
    kind: fc.constantFrom<Kind[]>('single', 'single', 'second', 'pair'),
    extents: fc.option(fc.tuple(extent, extent, extent), { freq: 2 }),
    edits: fc.array(edit, { minLength: 0, maxLength: 5 }),
    cut: fc.option(fc.nat(1000), { freq: 3 }),
    padding: fc.constantFrom(0, 0, 0, 1, 100, 70_000, 3_000_000),
    isZipped: fc.boolean(),
    zippedEdits: fc.array(edit, { minLength: 0, maxLength: 2 }),
    zippedCut: fc.option(fc.nat(1000), { freq: 3 }),
    pieceSize: fc.constantFrom(1, 2, 17, 65_536),
    half: fc.constantFrom('hdr', 'img'),
  });
  return damage.map((how) => {
    const whole = (how.kind === 'single' ? single : how.kind === 'second' ? second : header).slice();
    how.extents?.forEach((value, axis) => {
      const view = new DataView(whole.buffer);
      if (how.kind === 'second') view.setBigInt64(24 + 8 * axis, BigInt(value), true);
      else view.setInt16(42 + 2 * axis, value, true);
    });
    for (const one of how.edits) apply(whole, how.kind, one);
    const finish = (content: Uint8Array): Uint8Array => {
      let bytes = how.cut === null ? content : content.subarray(0, content.length - (how.cut % (content.length + 1)));
      if (how.padding > 0) {
        const longer = new Uint8Array(bytes.length + how.padding);
        longer.set(bytes);
        bytes = longer;
      }
      if (!how.isZipped) return bytes;
      const zipped = new Uint8Array(gzipSync(bytes, { level: 1 }));
      for (const one of how.zippedEdits) apply(zipped, how.kind, { ...one, isField: false });
      return how.zippedCut === null
        ? zipped
        : zipped.subarray(0, zipped.length - (how.zippedCut % (zipped.length + 1)));
    };
    return how.kind === 'pair'
      ? { name: `scan.${how.half}`, header: whole, voxels: finish(voxels), pieceSize: how.pieceSize }
      : { name: 'scan.nii', header: finish(whole), voxels: null, pieceSize: how.pieceSize };
  });
}

/** Hands out a file in pieces of a given size. */
class PiecewiseFiles extends MemoryFileAccess {
  pieceSize = 65_536;

  override async openStream(path: string): Promise<FileStream> {
    const content = await this.readBytes(path);
    const { pieceSize } = this;
    // One byte at a time only where that ends soon.
    const step = content.length > 5000 ? Math.max(pieceSize, 4096) : pieceSize;
    const pieces = async function* () {
      for (let start = 0; start < content.length; start += step) yield content.subarray(start, start + step);
    };
    return { size: content.length, pieces: pieces() };
  }
}

export interface FuzzOutcome {
  /** How many of the ways to read the file succeeded, of four. */
  readonly successes: number;
}

/**
 * Reads a file in every way, and throws where it is met with anything but a result or a DataError that names the file, or
 * where an array was allocated beyond what the file could plausibly hold.
 */
export async function readFuzzed(file: FuzzedFile, allocations: AllocationWatch): Promise<FuzzOutcome> {
  const files = new PiecewiseFiles();
  files.pieceSize = file.pieceSize;
  if (file.voxels === null) files.set('scan.nii', file.header);
  else files.set('scan.hdr', file.header).set('scan.img', file.voxels);
  let size = 0;
  for (const content of files.files.values()) {
    // What deflate may inflate to.
    size += content[0] === 0x1f && content[1] === 0x8b ? 1032 * content.length : content.length;
  }
  // Eight bytes a voxel where it was one, and the buffers that every file needs.
  const plausible = 8 * size + (1 << 20);
  let successes = 0;
  const reads = [
    () => readImage(files, file.name, { frame: 0 }),
    () => readLabels(files, file.name),
    () => describeFile(files, file.name),
    () => copyNifti(files, file.name, 'copy.nii'),
  ];
  for (const read of reads) {
    allocations.largest = 0;
    try {
      await read();
      successes++;
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      if (!/^scan\.(nii|hdr|img): .*[.]$/s.test(error.message)) throw new Error(`unclear: ${error.message}`);
    }
    if (allocations.largest > plausible) throw new Error(`allocated ${allocations.largest} bytes for ${size}`);
  }
  return { successes };
}

/** The largest typed array that was made by its length since the field was last set to 0. */
export interface AllocationWatch {
  largest: number;
}

/** Watches the typed arrays that volumes are made of. Call `restore` at the end. */
export function watchAllocations(): AllocationWatch & { restore(): void } {
  const names = ['Uint8Array', 'Uint16Array', 'Int16Array', 'Int32Array', 'Float32Array', 'Float64Array'] as const;
  const originals = names.map((name) => globalThis[name]);
  const watch = {
    largest: 0,
    restore() {
      names.forEach((name, index) => {
        Object.assign(globalThis, { [name]: originals[index] });
      });
    },
  };
  names.forEach((name, index) => {
    const watched = new Proxy(originals[index], {
      construct(target, parameters) {
        const [length] = parameters;
        if (typeof length === 'number') watch.largest = Math.max(watch.largest, length * target.BYTES_PER_ELEMENT);
        return Reflect.construct(target, parameters) as object;
      },
    });
    Object.assign(globalThis, { [name]: watched });
  });
  return watch;
}
