import { z } from 'zod';
import { type Affine, type Triple, voxelCount } from '../volume/volume.ts';
import { sha256 } from './digest.ts';
import type { PreparedCase } from './prepare.ts';

/** What training needs of a prepared case. */
export type StoredCase = Pick<PreparedCase, 'grid' | 'image' | 'brain'> & { readonly reference: Uint8Array };

const extent = z.number().int().min(1);
const offset = z.number().int().min(0);
const offsets = z.tuple([offset, offset]);
const bytes = z.strictObject({
  dtype: z.literal('U8'),
  shape: z.tuple([extent, extent, extent]),
  data_offsets: offsets,
});
const headerSchema = z.strictObject({
  __metadata__: z.strictObject({ sha256: z.string(), key: z.string(), affine: z.string() }),
  image: z.strictObject({
    dtype: z.literal('F32'),
    shape: z.tuple([extent, extent, extent, extent]),
    data_offsets: offsets,
  }),
  reference: bytes,
  brain: bytes,
});
type Header = z.infer<typeof headerSchema>;

const affineSchema = z.array(z.number()).length(16);

/**
 * A prepared case as a safetensors file: 8 bytes with the length of a JSON header, the header, `image`, `reference` and
 * `brain`. The header's metadata holds what the case was made from (`key`), its affine, and a SHA-256 over all of the file.
 */
export async function encodeCase({ grid, image, reference, brain }: StoredCase, key: string): Promise<Uint8Array> {
  const [ni, nj, nk] = grid.shape;
  const channels = image.length / voxelCount(grid.shape);
  const brainStart = image.byteLength + reference.length;
  const values = new Uint8Array(brainStart + brain.length);
  values.set(new Uint8Array(image.buffer, image.byteOffset, image.byteLength));
  values.set(reference, image.byteLength);
  values.set(brain, brainStart);
  const header: Header = {
    __metadata__: { sha256: '', key, affine: JSON.stringify(grid.affine) },
    image: { dtype: 'F32', shape: [channels, nk, nj, ni], data_offsets: [0, image.byteLength] },
    reference: { dtype: 'U8', shape: [nk, nj, ni], data_offsets: [image.byteLength, brainStart] },
    brain: { dtype: 'U8', shape: [nk, nj, ni], data_offsets: [brainStart, values.length] },
  };
  const text = headerText(header, await digestOf(header, values));
  const file = new Uint8Array(8 + text.length + values.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(values, 8 + text.length);
  return file;
}

/**
 * Reads a stored case back.
 * @param key what it has to be made from
 * @returns null when any byte of the file is not as it was written, or it is another case's
 */
export async function decodeCase(bytes: Uint8Array, key: string): Promise<StoredCase | null> {
  if (bytes.length < 8) return null;
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > bytes.length - 8) return null;
  const text = bytes.subarray(8, 8 + length);
  const values = bytes.subarray(8 + length);
  const header = parseHeader(text);
  if (header === null || header.__metadata__.key !== key) return null;
  // Written anew, the header has to be what was read, byte for byte: so all of it stands under the digest.
  const expected = headerText(header, await digestOf(header, values));
  if (expected.length !== length || expected.some((byte, index) => byte !== text[index])) return null;
  const affine = parseAffine(header.__metadata__.affine);
  const [channels, nk, nj, ni] = header.image.shape;
  const shape: Triple = [ni, nj, nk];
  const size = voxelCount(shape);
  if (affine === null || values.length !== (4 * channels + 2) * size) return null;
  // Copies, since the values need not be aligned to four in memory.
  return {
    grid: { shape, affine },
    image: new Float32Array(values.slice(0, 4 * channels * size).buffer),
    reference: values.slice(4 * channels * size, (4 * channels + 1) * size),
    brain: values.slice((4 * channels + 1) * size),
  };
}

/** Over the header, with nothing in the digest's place, and the values. */
async function digestOf(header: Header, values: Uint8Array): Promise<string> {
  const withoutDigest = new TextDecoder().decode(headerText(header, ''));
  return sha256(`${withoutDigest}\n${await sha256(values)}`);
}

/** The header with its digest, filled with blanks to a multiple of 8 bytes, which keeps the values aligned. */
function headerText(header: Header, digest: string): Uint8Array {
  const json = JSON.stringify({ ...header, __metadata__: { ...header.__metadata__, sha256: digest } });
  const text = new TextEncoder().encode(json);
  const padded = new Uint8Array(8 * Math.ceil(text.length / 8)).fill(0x20);
  padded.set(text);
  return padded;
}

function parseHeader(text: Uint8Array): Header | null {
  try {
    return headerSchema.parse(JSON.parse(new TextDecoder().decode(text)));
  } catch {
    return null;
  }
}

function parseAffine(text: string): Affine | null {
  try {
    return affineSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
