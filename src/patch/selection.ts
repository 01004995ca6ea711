import { z } from 'zod';
import { DataError } from '../errors.ts';
import type { Random } from '../random.ts';
import type { Triple } from '../volume/volume.ts';
import { countInCentralHalf } from './foreground.ts';
import { voxelsByClass, voxelsByLesion } from './foreground-groups.ts';
import { centeredStart } from './location.ts';
import { type CurriculumOptions, jitterRange, type SelectionOptions } from './selection-options.ts';

/** What selection needs to know of a training subject. */
export interface SelectionCase {
  /** Extent i, j, k of the prepared volume. */
  readonly shape: Triple;
  /** Label values, [K, J, I]. */
  readonly labels: Uint8Array;
  /** Voxels of any foreground class, ascending (see `foregroundIndices`). */
  readonly foreground: Int32Array;
}

/** Where to cut a training patch. */
export interface SelectedPatch {
  /** Index into the cases that the selector was made with. */
  readonly caseIndex: number;
  /** First voxel of the patch; negative along an axis where the volume is shorter than the patch. */
  readonly start: Triple;
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
 * Draws training patches (selection-options.ts has the kinds): subjects in a fresh random order each pass, and in each a place.
 *
 * It always comes to an end. Under the curriculum a subject gets `maximalDraws` draws a visit, and when as many visits as there
 * are subjects brought no patch that satisfies the rule, the one with most lesion in its center is taken. When no subject has the
 * minimal number of lesion voxels, all that have any are visited.
 *
 * Every draw uses random numbers that depend on the given generator's keys and the number of the draw alone, so a selector
 * that is made with the state of another goes on exactly as that one would.
 */
export class PatchSelector {
  private readonly cases: readonly SelectionCase[];
  private readonly patch: Triple;
  private readonly options: SelectionOptions;
  private readonly random: Random;
  private readonly largest: number;
  /** Of each case, its foreground voxels by lesion or by class, once it was asked for. */
  private readonly groups: (readonly Int32Array[])[] = [];
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
    this.largest = cases.reduce((most, { foreground }) => Math.max(most, foreground.length), 0);
    if (this.largest === 0) {
      throw new DataError(
        `None of the ${cases.length} training cases has a voxel of the structure to learn; give references that mark it.`,
      );
    }
    this.cases = cases;
    this.patch = patch;
    this.options = options;
    this.random = random;
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
    const candidate = this.place(this.random.split('patch', this.drawn));
    this.drawn++;
    return candidate;
  }

  private place(random: Random): Candidate {
    const { options, drawn } = this;
    switch (options.kind) {
      case 'curriculum':
        if (random.uniform() < options.backgroundShare) return this.placeAnywhere(this.visitNext(), random);
        return this.placeByCurriculum(options, random);
      case 'uniform':
        return this.placeAnywhere(this.visitNext(), random);
      case 'foreground-share': {
        // The share holds for every number of patches, to within one.
        const isAround = Math.floor((drawn + 1) * options.share) > Math.floor(drawn * options.share);
        const caseIndex = this.visitNext();
        if (!isAround || this.cases[caseIndex].foreground.length === 0) return this.placeAnywhere(caseIndex, random);
        return this.placeAround(caseIndex, drawVoxel(this.groupsOf(caseIndex, voxelsByClass), random), [0, 0], random);
      }
      case 'lesion-balanced': {
        if (random.uniform() < options.backgroundShare) return this.placeAnywhere(this.visitNext(), random);
        let caseIndex = this.visitNext();
        while (this.cases[caseIndex].foreground.length === 0) caseIndex = this.visitNext();
        const voxel = drawVoxel(this.groupsOf(caseIndex, voxelsByLesion), random);
        return this.placeAround(caseIndex, voxel, options.jitter, random);
      }
      default:
        return options satisfies never;
    }
  }

  private placeAnywhere(caseIndex: number, random: Random): Candidate {
    const { shape } = this.cases[caseIndex];
    const start = this.patch.map((length, axis) =>
      shape[axis] <= length ? centeredStart(shape[axis], length) : random.integer(shape[axis] - length + 1),
    );
    return { caseIndex, start: [start[0], start[1], start[2]] };
  }

  private placeByCurriculum(options: CurriculumOptions, random: Random): Candidate {
    const rule = this.drawn < options.earlyPatches ? 'early' : 'late';
    const needed = options.minimalCentralVoxels[rule];
    const wanted = options.minimalLesionVoxels[rule];
    const minimum = this.largest >= wanted ? Math.max(1, wanted) : 1;
    let best: Candidate | null = null;
    let most = -1;
    // An eligible subject is among any pass's worth of consecutive visits, unless they straddle two passes whose orders
    // have it outside of both parts; then the visits go on until there is a candidate.
    for (let visit = 0; visit < this.cases.length || best === null; visit++) {
      const caseIndex = this.visitNext();
      const { shape, foreground } = this.cases[caseIndex];
      if (foreground.length < minimum) continue;
      for (let draw = 0; draw < options.maximalDraws; draw++) {
        const voxel = foreground[random.integer(foreground.length)];
        const candidate = this.placeAround(caseIndex, voxel, options.jitter, random);
        const found = countInCentralHalf(foreground, shape, candidate.start, this.patch);
        if (found >= needed) return candidate;
        if (found > most) {
          most = found;
          best = candidate;
        }
      }
    }
    return best;
  }

  /** A patch with the voxel near its middle, moved into the volume where it would reach beyond. */
  private placeAround(
    caseIndex: number,
    voxel: number,
    jitter: CurriculumOptions['jitter'],
    random: Random,
  ): Candidate {
    const { shape } = this.cases[caseIndex];
    const inPlane = voxel % (shape[0] * shape[1]);
    const i = inPlane % shape[0];
    const position = [i, (inPlane - i) / shape[0], (voxel - inPlane) / (shape[0] * shape[1])];
    const [a, b, c] = position.map((at, axis) => {
      const length = shape[axis];
      const patch = this.patch[axis];
      if (length <= patch) return centeredStart(length, patch);
      const [smallest, largest] = jitterRange(jitter, patch);
      const middle = at + smallest + random.integer(largest - smallest + 1);
      return Math.min(length - patch, Math.max(0, middle - Math.floor(patch / 2)));
    });
    return { caseIndex, start: [a, b, c] };
  }

  private groupsOf(caseIndex: number, group: (of: SelectionCase) => readonly Int32Array[]): readonly Int32Array[] {
    this.groups[caseIndex] ??= group(this.cases[caseIndex]);
    return this.groups[caseIndex];
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

/** Of a group that is drawn first, each as likely as another. */
function drawVoxel(groups: readonly Int32Array[], random: Random): number {
  const group = groups[random.integer(groups.length)];
  return group[random.integer(group.length)];
}
