import { DataError } from '../errors.ts';
import { allocateVoxels } from './allocate.ts';
import type { LabelVolume } from './volume.ts';

type Labels = LabelVolume['data'];
type LabelsType = { new (length: number): Labels; readonly BYTES_PER_ELEMENT: number };

/** In the order in which they are tried. */
const TYPES = [
  { Labels: Uint8Array, smallest: 0, largest: 255 },
  { Labels: Uint16Array, smallest: 0, largest: 65535 },
  { Labels: Int16Array, smallest: -32768, largest: 32767 },
  { Labels: Int32Array, smallest: -2147483648, largest: 2147483647 },
] as const;

/** Label values that come piece by piece, held in the first of uint8, uint16, int16 and int32 that holds them all. */
export class LabelCollector {
  private readonly path: string;
  private labels: Labels;
  private length = 0;
  private smallest = 0;
  private largest = 0;

  constructor(capacity: number, path: string) {
    this.labels = allocateVoxels(Uint8Array, capacity, path);
    this.path = path;
  }

  get capacity(): number {
    return this.labels.length;
  }

  /** Makes room for so many labels in all. */
  grow(capacity: number): void {
    this.replace(this.labels.constructor as unknown as LabelsType, capacity);
  }

  /**
   * Adds values, rounded: those within 1e-4 of an integer are that integer. The array is overwritten.
   *
   * @throws DataError naming the file, where a value is no integer or needs more than 32 bits
   */
  add(values: Float64Array): void {
    let { smallest, largest } = this;
    for (let i = 0; i < values.length; i++) {
      const rounded = Math.round(values[i]);
      if (!(Math.abs(values[i] - rounded) <= 1e-4)) {
        throw new DataError(
          `${this.path}: a label map holds integers, but voxel ${this.length + i} holds ${values[i]}; use a mask, not an ` +
            'image or a probability map.',
        );
      }
      values[i] = rounded;
      if (rounded < smallest) smallest = rounded;
      if (rounded > largest) largest = rounded;
    }
    if (smallest < this.smallest || largest > this.largest) this.widen(smallest, largest);
    this.labels.set(values, this.length);
    this.length += values.length;
  }

  /** The labels, once there are as many as the capacity. */
  finish(): Labels {
    return this.labels;
  }

  private widen(smallest: number, largest: number): void {
    this.smallest = smallest;
    this.largest = largest;
    const type = TYPES.find((candidate) => smallest >= candidate.smallest && largest <= candidate.largest);
    if (type === undefined) {
      throw new DataError(
        `${this.path}: its labels reach from ${smallest} to ${largest}, which is more than 32 bits; renumber them.`,
      );
    }
    if (!(this.labels instanceof type.Labels)) this.replace(type.Labels, this.labels.length);
  }

  private replace(Labels: LabelsType, capacity: number): void {
    const labels = allocateVoxels<Labels>(Labels, capacity, this.path);
    labels.set(this.length < this.labels.length ? this.labels.subarray(0, this.length) : this.labels);
    this.labels = labels;
  }
}
