/** One stroke of the brush: the voxels that it changed, and what was said of each before. */
interface Stroke {
  readonly voxels: Uint32Array;
  readonly before: Uint8Array;
}

/** What a correction says of a voxel: nothing, that it is background, or that it has a class's value. */
const UNTOUCHED = 0;
const ERASED = 255;

/**
 * What a person changed of a mask with the brush. It is kept apart from the mask, so that it stays where it is when the mask
 * is decided anew at another threshold. Strokes can be taken back, last one first.
 */
export class Corrections {
  private readonly said: Uint8Array;
  private readonly strokes: Stroke[] = [];
  private counts = { added: 0, erased: 0 };

  /** @param voxels of the grid */
  constructor(voxels: number) {
    this.said = new Uint8Array(voxels);
  }

  /** Voxels that are background by hand, and those that have a class by hand. */
  get erased(): number {
    return this.counts.erased;
  }

  get added(): number {
    return this.counts.added;
  }

  get isEmpty(): boolean {
    return this.counts.added === 0 && this.counts.erased === 0;
  }

  get canUndo(): boolean {
    return this.strokes.length > 0;
  }

  /**
   * Takes up a stroke: every voxel in which the two differ.
   *
   * @param before the corrected mask before the stroke
   * @param after and after it, class values below 255
   * @returns whether anything changed
   */
  record(before: Uint8Array, after: Uint8Array): boolean {
    const voxels: number[] = [];
    for (let voxel = 0; voxel < after.length; voxel++) if (before[voxel] !== after[voxel]) voxels.push(voxel);
    if (voxels.length === 0) return false;
    const stroke = { voxels: Uint32Array.from(voxels), before: new Uint8Array(voxels.length) };
    for (let n = 0; n < voxels.length; n++) {
      const voxel = voxels[n] as number;
      stroke.before[n] = this.said[voxel] as number;
      this.say(voxel, after[voxel] === 0 ? ERASED : (after[voxel] as number));
    }
    this.strokes.push(stroke);
    return true;
  }

  /** Takes back the last stroke; nothing where there is none. */
  undo(): void {
    const stroke = this.strokes.pop();
    if (stroke === undefined) return;
    for (let n = 0; n < stroke.voxels.length; n++) this.say(stroke.voxels[n] as number, stroke.before[n] as number);
  }

  /** Takes back all strokes. */
  clear(): void {
    this.said.fill(UNTOUCHED);
    this.strokes.length = 0;
    this.counts = { added: 0, erased: 0 };
  }

  /** The mask with the corrections: itself where there are none, and a copy otherwise. */
  apply(mask: Uint8Array): Uint8Array {
    if (this.isEmpty) return mask;
    const corrected = mask.slice();
    for (let voxel = 0; voxel < corrected.length; voxel++) {
      const said = this.said[voxel];
      if (said !== UNTOUCHED) corrected[voxel] = said === ERASED ? 0 : (said as number);
    }
    return corrected;
  }

  private say(voxel: number, what: number): void {
    const before = this.said[voxel];
    if (before === ERASED) this.counts.erased--;
    else if (before !== UNTOUCHED) this.counts.added--;
    if (what === ERASED) this.counts.erased++;
    else if (what !== UNTOUCHED) this.counts.added++;
    this.said[voxel] = what;
  }
}
