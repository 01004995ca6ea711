import { type ComponentRuns, componentRuns } from '../volume/connected-components.ts';
import type { Triple } from '../volume/volume.ts';

/** The thresholds of Anima's lesion detection, as its command line has them by default. */
const ANIMA_RULES = {
  /** mm3; only lesions strictly larger than this are counted. */
  minimalVolume: 3,
  /** More than this share of a lesion must be covered. */
  alpha: 0.1,
  /** At most this share of a lesion that covers it may lie outside. */
  beta: 0.7,
  /** Of what covers a lesion, the largest parts are looked at until they make up this share. */
  gamma: 0.65,
} as const;

/** Lesions as Anima counts them, and how many of them are detected. */
export interface AnimaLesions {
  readonly reference: number;
  /** Reference lesions that the prediction detects: SensL is their share. */
  readonly referenceDetected: number;
  readonly predicted: number;
  /** Predicted lesions that the reference detects, with the roles swapped: PPVL is their share. */
  readonly predictedDetected: number;
}

/**
 * Lesion detection as in MSSEG 2016 (Commowick et al., Scientific Reports 2018;8:13650, doi 10.1038/s41598-018-31911-7) by the rules
 * of Anima's `animaSegPerfAnalyzer`. Lesions are 6-connected components of strictly more than 3 mm3; smaller ones count as background
 * everywhere. A lesion is detected when
 *
 * 1. more than alpha = 10 % of it is covered by lesions of the other mask, and
 * 2. of these, going by decreasing overlap until they make up gamma = 65 % of what is covered, none has more than beta = 70 % of itself
 *    outside all lesions of the first mask. Of equal overlaps the larger lesion comes first, as there.
 *
 * Anima's code ends the walk of rule 2 also after as many lesions as the first mask has in all plus one. That bound has no reason in
 * the rules, and is not kept; it matters only where a lesion is covered by more lesions than that.
 *
 * @param prediction one value a voxel, i fastest; anything but 0 belongs to it
 * @param voxelVolume mm3
 */
export function animaLesions(
  prediction: Uint8Array,
  reference: Uint8Array,
  shape: Triple,
  voxelVolume: number,
): AnimaLesions {
  const smallest = Math.floor(ANIMA_RULES.minimalVolume / voxelVolume) + 1;
  const predicted = largeComponents(prediction, shape, smallest);
  const present = largeComponents(reference, shape, smallest);
  const overlaps = overlapsOf(present, predicted);
  return {
    reference: present.count,
    referenceDetected: countDetected(present, predicted, overlaps.ofFirst),
    predicted: predicted.count,
    predictedDetected: countDetected(predicted, present, overlaps.ofSecond),
  };
}

interface Lesions extends Pick<ComponentRuns, 'starts' | 'ends' | 'count'> {
  /** For each run its lesion, 1 … count, or 0 for one that is too small. */
  readonly lesions: Int32Array;
  /** Voxels of each lesion by its label. */
  readonly sizes: readonly number[];
}

/** For each lesion by its label, those of the other mask that share voxels with it, and how many voxels. */
type Overlaps = readonly ReadonlyMap<number, number>[];

function largeComponents(mask: Uint8Array, shape: Triple, smallest: number): Lesions {
  const { starts, ends, components, count, sizes } = componentRuns(mask, shape, 6);
  const renumbered = new Int32Array(count + 1);
  const kept = [0];
  for (let component = 1; component <= count; component++) {
    const size = sizes[component];
    if (size < smallest) continue;
    renumbered[component] = kept.length;
    kept.push(size);
  }
  const lesions = components.map((component) => renumbered[component]);
  return { starts, ends, lesions, count: kept.length - 1, sizes: kept };
}

function overlapsOf(first: Lesions, second: Lesions): { ofFirst: Overlaps; ofSecond: Overlaps } {
  const ofFirst = first.sizes.map(() => new Map<number, number>());
  const ofSecond = second.sizes.map(() => new Map<number, number>());
  let m = 0;
  let n = 0;
  while (m < first.starts.length && n < second.starts.length) {
    const start = Math.max(first.starts[m], second.starts[n]);
    const end = Math.min(first.ends[m], second.ends[n]);
    const a = first.lesions[m];
    const b = second.lesions[n];
    if (start < end && a > 0 && b > 0) {
      const shared = (ofFirst[a].get(b) ?? 0) + end - start;
      ofFirst[a].set(b, shared);
      ofSecond[b].set(a, shared);
    }
    if (first.ends[m] < second.ends[n]) m++;
    else n++;
  }
  return { ofFirst, ofSecond };
}

function countDetected(lesions: Lesions, others: Lesions, overlaps: Overlaps): number {
  const outside = others.sizes.slice();
  for (const shares of overlaps) {
    for (const [other, shared] of shares) outside[other] = outside[other] - shared;
  }
  let detected = 0;
  for (let lesion = 1; lesion <= lesions.count; lesion++) {
    const shares = [...overlaps[lesion]];
    const covered = shares.reduce((sum, [, shared]) => sum + shared, 0);
    if (!(covered / lesions.sizes[lesion] > ANIMA_RULES.alpha)) continue;
    shares.sort(([a, m], [b, n]) => n - m || others.sizes[b] - others.sizes[a] || a - b);
    let seen = 0;
    let isDetected = true;
    for (const [other, shared] of shares) {
      if (seen >= ANIMA_RULES.gamma) break;
      if (outside[other] / others.sizes[other] > ANIMA_RULES.beta) {
        isDetected = false;
        break;
      }
      seen += shared / covered;
    }
    if (isDetected) detected++;
  }
  return detected;
}
