import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** What TensorBoard shows for one step: numbers as curves and pictures. */
export interface StepEvents {
  readonly step: number;
  /** Seconds since 1970. */
  readonly wallTime: number;
  /** Values by tag, such as `loss/training`; one that is not finite is left out. */
  readonly scalars: Readonly<Record<string, number>>;
  /** PNG files by tag. */
  readonly images?: Readonly<Record<string, Uint8Array>>;
}

/**
 * The name of a run's event file. TensorBoard reads every file whose name contains `tfevents`; a fixed one lets a resumed
 * run continue its own.
 */
export const EVENT_FILE = 'events.out.tfevents.0.rarevox';

/** Twice as many points as TensorBoard keeps of a curve by default. */
const MAX_STEPS = 2000;

/**
 * A whole event file. Rewriting it at each checkpoint costs a pass over the steps; `thinSteps` keeps it short.
 * @param wallTime when the run began, in seconds since 1970
 */
export function encodeEventFile(wallTime: number, events: readonly StepEvents[]): Uint8Array {
  return joined([fileVersionRecord(wallTime), encodeEvents(events)]);
}

/**
 * Every n-th step and the last one, with the smallest n that leaves at most 2000 before it. Steps with pictures
 * or anything else that must stay are added by the caller: events needn't be in order.
 */
export function thinSteps<Entry>(entries: readonly Entry[]): Entry[] {
  const every = Math.max(1, Math.ceil(entries.length / MAX_STEPS));
  return entries.filter((_, index) => index % every === 0 || index === entries.length - 1);
}

/**
 * The first record of an event file: `Event { wall_time = 1, file_version = 3 }`
 * (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto).
 */
export function fileVersionRecord(wallTime: number): Uint8Array {
  return record(new BinaryWriter().tag(1, FIXED64).double(wallTime).tag(3, BYTES).string('brain.Event:2').finish());
}

/** The records of several steps, one each: `Event { wall_time = 1, step = 2, summary = 5 }`. */
export function encodeEvents(events: readonly StepEvents[]): Uint8Array {
  return joined(
    events.map((event) => {
      const writer = new BinaryWriter().tag(1, FIXED64).double(event.wallTime).tag(2, VARINT).int64(event.step);
      return record(writer.tag(5, BYTES).bytes(encodeSummary(event)).finish());
    }),
  );
}

/**
 * `Summary { repeated Value value = 1 }` with `Value { tag = 1, simple_value = 2, image = 4 }` and
 * `Image { height = 1, width = 2, colorspace = 3, encoded_image_string = 4 }`
 * (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/summary.proto).
 */
function encodeSummary({ scalars, images = {} }: StepEvents): Uint8Array {
  const summary = new BinaryWriter();
  for (const [tag, value] of Object.entries(scalars)) {
    // protobuf's writer refuses what a float can't hold.
    const single = Math.fround(value);
    if (!Number.isFinite(single)) continue;
    summary.tag(1, BYTES).bytes(new BinaryWriter().tag(1, BYTES).string(tag).tag(2, FIXED32).float(single).finish());
  }
  for (const [tag, png] of Object.entries(images)) {
    const image = encodeImage(png);
    summary.tag(1, BYTES).bytes(new BinaryWriter().tag(1, BYTES).string(tag).tag(4, BYTES).bytes(image).finish());
  }
  return summary.finish();
}

/** Channels by the color type of a PNG (ISO/IEC 15948, table 11.1): what summary.proto calls the color space. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

function encodeImage(png: Uint8Array): Uint8Array {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  // After the signature (8 bytes), the length and the name of the first chunk, IHDR, stand width, height, depth and color type.
  const [width, height, colorType] = [view.getUint32(16), view.getUint32(20), view.getUint8(25)];
  const channels = CHANNELS[colorType];
  if (channels === undefined) throw new Error(`a PNG has no color type ${colorType}`);
  const writer = new BinaryWriter().tag(1, VARINT).int32(height).tag(2, VARINT).int32(width);
  return writer.tag(3, VARINT).int32(channels).tag(4, BYTES).bytes(png).finish();
}

/** Wire types (https://protobuf.dev/programming-guides/encoding/). */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * A TFRecord: length as uint64, masked CRC of the length, data, masked CRC of the data, all little-endian
 * (https://www.tensorflow.org/tutorials/load_data/tfrecord).
 */
function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(bytes.subarray(0, 8))), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return bytes;
}

/** So that the CRC of data with CRCs inside is no special case: rotated by 15 bits, plus a constant. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** The polynomial 0x1EDC6F41 of CRC-32C with its bits reversed (RFC 3720, section 12.1). */
const POLYNOMIAL = 0x82f63b78;

const CRC_OF_BYTE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc >>> 0;
});

/** CRC-32C (Castagnoli) as RFC 3720 has it. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (CRC_OF_BYTE[(crc ^ byte) & 255] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
