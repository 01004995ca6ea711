/**
 * The project's only source of randomness: a seeded generator that splits by name. Two generators made from the same
 * path of keys give the same numbers on every machine, so results never depend on the order of work or on the number of
 * workers.
 *
 * The numbers come from sfc32 (Chris Doty-Humphrey, PractRand), whose state is filled by hashing the keys with
 * MurmurHash3's 32-bit mixing steps (Austin Appleby, public domain).
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;
  private readonly keys: readonly (string | number)[];

  /** @param keys the seed, and then whatever tells this stream from others, such as a step and a layer's name */
  constructor(...keys: readonly (string | number)[]) {
    this.keys = keys;
    const text = JSON.stringify(keys);
    this.a = hash(text, 0x9e3779b9);
    this.b = hash(text, 0x243f6a88);
    this.c = hash(text, 0xb7e15162);
    for (let i = 0; i < 12; i++) this.nextUint32();
  }

  /** An independent stream that is determined by this one's keys and the given ones, whatever was drawn so far. */
  split(...keys: readonly (string | number)[]): Random {
    return new Random(...this.keys, ...keys);
  }

  /** Uniform over the integers 0 … 2^32 - 1. */
  nextUint32(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    this.c |= 0;
    return sum >>> 0;
  }

  /** Uniform over [0, 1). */
  uniform(): number {
    return this.nextUint32() / 4294967296;
  }

  /** Uniform over the integers 0 … count - 1, without modulo bias. */
  integer(count: number): number {
    const limit = 4294967296 - (4294967296 % count);
    let value = this.nextUint32();
    while (value >= limit) value = this.nextUint32();
    return value % count;
  }

  /** Standard normal, by the Box-Muller transform. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /**
   * Fills an array with standard normal numbers, by Marsaglia's polar method (SIAM Review 6:260-264, 1964), which makes two at a
   * time without a sine or a cosine. They are others than `normal` gives.
   */
  fillNormal(values: Float32Array): void {
    for (let i = 0; i < values.length; i += 2) {
      let x = 0;
      let y = 0;
      let square = 0;
      do {
        x = this.nextUint32() / 2147483648 - 1;
        y = this.nextUint32() / 2147483648 - 1;
        square = x * x + y * y;
      } while (square >= 1 || square === 0);
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      values[i] = factor * x;
      if (i + 1 < values.length) values[i + 1] = factor * y;
    }
  }

  /** A fresh array with the items in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swapped = result[i] as T;
      result[i] = result[j] as T;
      result[j] = swapped;
    }
    return result;
  }

  /**
   * Fills `mask` with 1 (keep) and 0 (drop), each byte dropped with probability `rate` to the nearest 1/65536.
   * Two bytes come from one 32-bit draw, since a training step needs tens of millions of them.
   */
  fillKeepMask(mask: Uint8Array, rate: number): void {
    const threshold = Math.round(rate * 65536);
    const pairs = mask.length & ~1;
    for (let i = 0; i < pairs; i += 2) {
      const bits = this.nextUint32();
      mask[i] = (bits & 0xffff) >= threshold ? 1 : 0;
      mask[i + 1] = bits >>> 16 >= threshold ? 1 : 0;
    }
    if (pairs < mask.length) mask[pairs] = (this.nextUint32() & 0xffff) >= threshold ? 1 : 0;
  }
}

/** MurmurHash3 (32 bits, x86) over the UTF-16 code units of a text, one unit a block. */
function hash(text: string, seed: number): number {
  let h = seed;
  for (let i = 0; i < text.length; i++) {
    let k = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= text.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
