/**
 * Arrays that are needed for one sample and again for the next: a patch's worth of memory is not allocated each time. A call owns
 * an array until it returns; what it holds at first is undefined.
 */
export class Scratch {
  private readonly buffers = new Map<string, ArrayBuffer>();

  uint8(name: string, length: number): Uint8Array {
    return new Uint8Array(this.bytes(name, length), 0, length);
  }

  int32(name: string, length: number): Int32Array {
    return new Int32Array(this.bytes(name, 4 * length), 0, length);
  }

  float32(name: string, length: number): Float32Array {
    return new Float32Array(this.bytes(name, 4 * length), 0, length);
  }

  float64(name: string, length: number): Float64Array {
    return new Float64Array(this.bytes(name, 8 * length), 0, length);
  }

  private bytes(name: string, length: number): ArrayBuffer {
    const held = this.buffers.get(name);
    if (held !== undefined && held.byteLength >= length) return held;
    const buffer = new ArrayBuffer(length);
    this.buffers.set(name, buffer);
    return buffer;
  }
}
