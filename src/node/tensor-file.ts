import { closeSync, existsSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { HostTensor } from '../engine/engine.ts';

/** Where a tensor lies in a tensor file. */
export interface TensorPlace {
  readonly kind: 'place';
  readonly shape: readonly number[];
  readonly dataType: 'float32' | 'uint8';
  /** In bytes from the start of the file. */
  readonly offset: number;
}

/** A tensor on its way: within the message, or in a file that both processes have open. */
export type SentTensor = { readonly kind: 'message'; readonly tensor: HostTensor } | TensorPlace;

/** Below this many bytes a tensor travels within its message. */
const WORTH_A_FILE = 1 << 16;

/** A file system in memory, where Linux has one. */
const IN_MEMORY = '/dev/shm';

/**
 * Opens a file without a name for tensors on their way to or from another process, which inherits it. Node's messages would carry them
 * at 80 MB a second; a write and a read of the page cache take a millisecond for 10 MB.
 *
 * @returns its descriptor; null where no such file can be made
 */
export function openTensorFile(): number | null {
  const folder = existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir();
  const path = `${folder}/rarevox-${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    const descriptor = openSync(path, 'wx+', 0o600);
    try {
      // Without a name nobody else can open it, and it is gone with the last process that has it open.
      unlinkSync(path);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    return descriptor;
  } catch {
    return null;
  }
}

/**
 * Reads a tensor that the other process sent.
 *
 * @param memory to read it into, where that has the right size: fresh memory costs more than the reading
 */
export function receiveTensor(descriptor: number | null, sent: SentTensor, memory?: ArrayBufferLike): HostTensor {
  if (sent.kind === 'message') return sent.tensor;
  if (descriptor === null) throw new Error('a tensor was sent through a file that is not open');
  const { shape, dataType, offset } = sent;
  const length = shape.reduce((product, size) => product * size, dataType === 'float32' ? 4 : 1);
  // Not set to 0 first, unlike a typed array of its own.
  const buffer = memory?.byteLength === length ? memory : Buffer.allocUnsafeSlow(length).buffer;
  const bytes = new Uint8Array(buffer);
  let read = 0;
  while (read < bytes.length) {
    const more = readSync(descriptor, bytes, read, bytes.length - read, offset + read);
    if (more === 0) throw new Error('a tensor file ends too early');
    read += more;
  }
  return { shape, data: dataType === 'float32' ? new Float32Array(buffer) : bytes };
}

interface Region {
  readonly offset: number;
  readonly end: number;
}

/**
 * The sending side of a tensor file. What a message carries stays untouched until it is told that the message was read; as
 * messages are read in their order, so are their tensors released.
 */
export class TensorSender {
  private readonly descriptor: number | null;
  /** For each message that was not read yet, the oldest first. */
  private readonly underway: Region[][] = [];
  private current: Region[] = [];

  /** @param descriptor of `openTensorFile`; without one all tensors travel within their messages */
  constructor(descriptor: number | null) {
    this.descriptor = descriptor;
  }

  /** Adds a tensor to the message that is being written. Its data may be changed as soon as the message is sent. */
  send(tensor: HostTensor): SentTensor {
    const { shape, data } = tensor;
    if (this.descriptor === null || data.byteLength < WORTH_A_FILE) return { kind: 'message', tensor };
    const offset = this.freeOffset(data.byteLength);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (!writeWhole(this.descriptor, bytes, offset)) return { kind: 'message', tensor };
    this.current.push({ offset, end: offset + bytes.length });
    return { kind: 'place', shape, dataType: data instanceof Float32Array ? 'float32' : 'uint8', offset };
  }

  /** Ends the message that is being written. */
  endMessage(): void {
    this.underway.push(this.current);
    this.current = [];
  }

  /** Releases the tensors of the oldest messages. */
  release(messages: number): void {
    this.underway.splice(0, messages);
  }

  /** The first place where so many bytes are free. */
  private freeOffset(size: number): number {
    const taken = [...this.underway.flat(), ...this.current].sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const region of taken) {
      if (region.offset - offset >= size) break;
      offset = Math.max(offset, region.end);
    }
    return offset;
  }
}

/** Whether all could be written: a file system in memory may be small. */
function writeWhole(descriptor: number, bytes: Uint8Array, offset: number): boolean {
  try {
    let written = 0;
    while (written < bytes.length) {
      written += writeSync(descriptor, bytes, written, bytes.length - written, offset + written);
    }
    return true;
  } catch {
    return false;
  }
}
