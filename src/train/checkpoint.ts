import { z } from 'zod';
import { DataError } from '../errors.ts';

/** A tensor of a checkpoint. */
export interface SavedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * A checkpoint: named tensors and the run's state, in the safetensors format (8 bytes with the length of a JSON header, the
 * header, the values; https://github.com/huggingface/safetensors), so that other tools can read it.
 */
export interface Checkpoint<State> {
  /** Stored as JSON in the header's metadata, under `state`. */
  readonly state: State;
  readonly tensors: Readonly<Record<string, SavedTensor>>;
}

const count = z.number().int().min(0);
const headerSchema = z.object({ __metadata__: z.object({ state: z.string() }) }).catchall(
  z.object({
    dtype: z.literal('F32'),
    shape: z.array(count),
    data_offsets: z.tuple([count, count]),
  }),
);

export function encodeCheckpoint({ state, tensors }: Checkpoint<unknown>): Uint8Array {
  let offset = 0;
  const entries = Object.entries(tensors).map(([name, { shape, data }]) => {
    const start = offset;
    offset += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [start, offset] }] as const;
  });
  const header = new TextEncoder().encode(
    JSON.stringify({ __metadata__: { state: JSON.stringify(state) }, ...Object.fromEntries(entries) }),
  );
  // Spaces after the header keep the values aligned to 8 bytes.
  const text = new Uint8Array(8 * Math.ceil(header.length / 8)).fill(0x20);
  text.set(header);
  const bytes = new Uint8Array(8 + text.length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let position = 8 + text.length;
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a checkpoint back.
 * @param file its name, for messages
 * @throws DataError when it is truncated, damaged, or of another kind
 */
export function decodeCheckpoint<State>(
  bytes: Uint8Array,
  file: string,
  stateSchema: z.ZodType<State>,
): Checkpoint<State> {
  const damaged = (what: string, cause?: unknown): DataError =>
    new DataError(
      `${file} is not a usable checkpoint (${what}): start the run anew in another folder, or restore the file.`,
      {
        cause,
      },
    );
  if (bytes.length < 8) throw damaged('it is shorter than its header');
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > bytes.length - 8) throw damaged('its header is cut off');
  let header: z.infer<typeof headerSchema>;
  let state: State;
  try {
    header = headerSchema.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))));
    state = stateSchema.parse(JSON.parse(header.__metadata__.state));
  } catch (cause) {
    throw damaged('its header is not valid', cause);
  }
  const tensors: Record<string, SavedTensor> = {};
  const values = bytes.subarray(8 + length);
  let covered = 0;
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__' || !('data_offsets' in entry)) continue;
    const [start, end] = entry.data_offsets;
    if (end > values.length) throw damaged(`its values of ${name} are cut off`);
    if (end - start !== 4 * entry.shape.reduce((product, size) => product * size, 1)) {
      throw damaged(`its values of ${name} are not as many as it says`);
    }
    covered = Math.max(covered, end);
    // A copy, since the values need not be aligned to four in the file.
    tensors[name] = { shape: entry.shape, data: new Float32Array(Uint8Array.from(values.subarray(start, end)).buffer) };
  }
  if (covered !== values.length) throw damaged('it is longer than it says');
  return { state, tensors };
}
