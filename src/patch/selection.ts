import { z } from 'zod';
import { DataError } from '../errors.ts';
import type { Random } from '../random.ts';
import type { Triple } from '../volume/volume.ts';
import { countInCentralHalf } from './foreground.ts';
import { centeredStart } from './location.ts';
import { jitterRange, type SelectionOptions, trainedViews, type ViewProbability } from './selection-options.ts';
import { VIEWS, type View } from './view.ts';

/** What selection needs to know of a training subject. */
export interface SelectionCase {
  /** Extent i, j, k of the prepared volume. */
  readonly shape: Triple;
  /** Voxels of any foreground class, ascending (see `foregroundIndices`). */
  readonly foreground: Int32Array;
}

/** Where to cut a training patch, and how to turn it. */
export interface SelectedPatch {
  /** Index into the cases that the selector was made with. */
  readonly caseIndex: number;
  /** First voxel of the patch; negative along an axis where the volume is shorter than the patch. */
  readonly start: Triple;
  /** To be applied to the image and the reference alike. */
  readonly view: View;
}

/** All that a selector remembers between two draws; plain JSON. */
export const selectorStateSchema = z.strictObject({
  /** Patches drawn so far. */
  drawn: z.int().min(0),
  /** Passes through the subjects begun so far, not counting the first. */
  pass: z.int().min(0),
  /** Subjects of this pass that were visited already. */
  visited: z.int().min(0),
});

export type SelectorState = z.infer<typeof selectorStateSchema>;

interface Candidate {
  readonly caseIndex: number;
  readonly start: Triple;
}

/**
 * Draws training patches around lesions (method section 4): subjects in a fresh random order each pass, a random lesion voxel
 * with jitter, accepted when the patch's central half-cube holds lesion enough.
 *
 * It always comes to an end: a subject gets `maximalDraws` draws a visit, and when as many visits as there are subjects
 * brought no patch that satisfies the rule, the one with most lesion in its center is taken. When no subject has the minimal
 * number of lesion voxels, all that have any are visited.
 *
 * Every draw uses random numbers that depend on the given generator's keys and the number of the draw alone, so a selector
 * that is made with the state of another goes on exactly as that one would.
 */
export class PatchSelector {
  private readonly cases: readonly SelectionCase[];
  private readonly patch: Triple;
  private readonly options: SelectionOptions;
  private readonly random: Random;
  private readonly views: readonly ViewProbability[];
  private readonly jitter: readonly (readonly [number, number])[];
  /** Fewest lesion voxels of a subject worth a visit, by the early and by the late rule. */
  private readonly minimalVoxels: { readonly early: number; readonly late: number };
  private drawn: number;
  private pass: number;
  private visited: number;
  private order: readonly number[];

  /**
   * @param patch the patch's extent i, j, k
   * @param options parsed by `selectionOptionsSchema`
   * @param random keyed by the run's seed; nothing is drawn from it itself
   * @param state where another selector over the same cases, options and seed stood; from the start when not given
   * @throws DataError when no case has a foreground voxel
   */
  constructor(
    cases: readonly SelectionCase[],
    patch: Triple,
    options: SelectionOptions,
    random: Random,
    state: SelectorState = { drawn: 0, pass: 0, visited: 0 },
  ) {
    const largest = cases.reduce((most, { foreground }) => Math.max(most, foreground.length), 0);
    if (largest === 0) {
      throw new DataError(
        `None of the ${cases.length} training cases has a voxel of the structure to learn; give references that mark it.`,
      );
    }
    this.cases = cases;
    this.patch = patch;
    this.options = options;
    this.random = random;
    this.views = trainedViews(options);
    this.jitter = patch.map((length) => jitterRange(options.jitter, length));
    const reachable = (minimum: number): number => (largest >= minimum ? Math.max(1, minimum) : 1);
    this.minimalVoxels = {
      early: reachable(options.minimalLesionVoxels.early),
      late: reachable(options.minimalLesionVoxels.late),
    };
    this.drawn = state.drawn;
    this.pass = state.pass;
    this.visited = state.visited;
    this.order = this.orderOf(state.pass);
  }

  /** To be stored with a checkpoint and given to the constructor of the selector that goes on. */
  get state(): SelectorState {
    return { drawn: this.drawn, pass: this.pass, visited: this.visited };
  }

  /** Draws the next patch. */
  next(): SelectedPatch {
    const random = this.random.split('patch', this.drawn);
    const isBackground = random.uniform() < this.options.backgroundShare;
    const candidate = isBackground ? this.drawAnywhere(random) : this.drawAtLesion(random);
    const view = this.drawView(random.split('view'));
    this.drawn++;
    return { ...candidate, view };
  }

  private drawAnywhere(random: Random): Candidate {
    const caseIndex = this.visitNext();
    const { shape } = this.cases[caseIndex];
    const start = this.patch.map((length, axis) =>
      shape[axis] <= length ? centeredStart(shape[axis], length) : random.integer(shape[axis] - length + 1),
    );
    return { caseIndex, start: [start[0], start[1], start[2]] };
  }

  private drawAtLesion(random: Random): Candidate {
    const rule = this.drawn < this.options.earlyPatches ? 'early' : 'late';
    const needed = this.options.minimalCentralVoxels[rule];
    let best: Candidate | null = null;
    let most = -1;
    // An eligible subject is among any pass's worth of consecutive visits, unless they straddle two passes whose orders
    // have it outside of both parts; then the visits go on until there is a candidate.
    for (let visit = 0; visit < this.cases.length || best === null; visit++) {
      const caseIndex = this.visitNext();
      const { shape, foreground } = this.cases[caseIndex];
      if (foreground.length < this.minimalVoxels[rule]) continue;
      for (let draw = 0; draw < this.options.maximalDraws; draw++) {
        const start = this.placeAround(foreground[random.integer(foreground.length)], shape, random);
        const found = countInCentralHalf(foreground, shape, start, this.patch);
        if (found >= needed) return { caseIndex, start };
        if (found > most) {
          most = found;
          best = { caseIndex, start };
        }
      }
    }
    return best;
  }

  /** A patch with the voxel near its middle, moved into the volume where it would reach beyond. */
  private placeAround(voxel: number, shape: Triple, random: Random): Triple {
    const inPlane = voxel % (shape[0] * shape[1]);
    const i = inPlane % shape[0];
    const j = (inPlane - i) / shape[0];
    const k = (voxel - inPlane) / (shape[0] * shape[1]);
    return [
      this.placeAlong(0, i, shape[0], random),
      this.placeAlong(1, j, shape[1], random),
      this.placeAlong(2, k, shape[2], random),
    ];
  }

  private placeAlong(axis: number, voxel: number, length: number, random: Random): number {
    const patch = this.patch[axis];
    if (length <= patch) return centeredStart(length, patch);
    const [smallest, largest] = this.jitter[axis];
    const middle = voxel + smallest + random.integer(largest - smallest + 1);
    return Math.min(length - patch, Math.max(0, middle - Math.floor(patch / 2)));
  }

  private drawView(random: Random): View {
    let remaining = random.uniform();
    for (const { view, probability } of this.views) {
      remaining -= probability;
      if (remaining < 0) return VIEWS[view];
    }
    // The probabilities may add up to a rounding error less than 1.
    return VIEWS[this.views[this.views.length - 1].view];
  }

  private visitNext(): number {
    if (this.visited >= this.cases.length) {
      this.pass++;
      this.visited = 0;
      this.order = this.orderOf(this.pass);
    }
    return this.order[this.visited++];
  }

  private orderOf(pass: number): readonly number[] {
    return this.random.split('pass', pass).shuffle(this.cases.map((_, index) => index));
  }
}
