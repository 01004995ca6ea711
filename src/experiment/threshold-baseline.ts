import { loadSubject } from '../dataset/load-subject.ts';
import type { Label, Subject } from '../dataset/subject.ts';
import { DataError } from '../errors.ts';
import { evaluateInDetail } from '../evaluate/evaluate-case.ts';
import { subjectKey } from '../evaluate/subject-key.ts';
import { countAtThresholds, thinCounts } from '../evaluate/threshold-counts.ts';
import { momentsOf } from '../preprocess/moments.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { LabelVolume, ScalarVolume } from '../volume/volume.ts';
import type { ResultCase } from './result.ts';

/** Candidates, in standard deviations above the brain's mean: 0.5, 0.55, … 6. */
export const CANDIDATES: readonly number[] = Array.from({ length: 111 }, (_, n) => (50 + 5 * n) / 100);

export interface BaselineOutcome {
  readonly cases: readonly ResultCase[];
  /** The threshold that each subject was segmented with, by its key. */
  readonly thresholds: Readonly<Record<string, number>>;
}

/**
 * What a trained network has to beat: every voxel of the brain above a threshold on one sequence is a lesion. Intensities are z-scores over
 * the voxels that are not 0. A subject's threshold is the candidate with the highest mean Dice over the scans of all other patients,
 * the lower one of two that are equally good. APR and the curve rank voxels by the same z-scores, squeezed into 0 … 1.
 *
 * @param subjects with a reference; those that lack the sequence are left out
 * @throws DataError where there are fewer than two patients, or several labels
 */
export async function thresholdBaseline(
  files: FileAccess,
  subjects: readonly Subject[],
  labels: readonly Label[],
  sequence: string,
): Promise<BaselineOutcome> {
  const chosen = subjects.filter(({ images }) => images[sequence] !== undefined);
  if (labels.length !== 1)
    throw new DataError(`A threshold on ${sequence} tells one label from the rest, not ${labels.length}.`);
  if (new Set(chosen.map(({ group }) => group)).size < 2) {
    throw new DataError(
      `A threshold on ${sequence} is chosen on other patients: it takes two that have this sequence.`,
    );
  }
  const label = labels[0] as Label;
  const read = async (subject: Subject): Promise<{ scores: ScalarVolume; reference: LabelVolume }> => {
    const loaded = await loadSubject(files, subject, {
      modalities: [sequence],
      labels,
      needReference: true,
      missing: 'refused',
    });
    return { scores: zScores(loaded.images[0] as ScalarVolume), reference: loaded.reference as LabelVolume };
  };
  // Scans are read twice, so that one at a time is in memory.
  const dices: Float64Array[] = [];
  for (const subject of chosen) {
    const { scores, reference } = await read(subject);
    dices.push(diceAtCandidates(scores.data, reference.data, label.value));
  }
  const thresholds: Record<string, number> = {};
  const cases: ResultCase[] = [];
  for (const subject of chosen) {
    const others = dices.filter((_, index) => chosen[index]?.group !== subject.group);
    const threshold = CANDIDATES[bestCandidate(others)] as number;
    const { scores, reference } = await read(subject);
    const mask: LabelVolume = {
      ...reference,
      data: Uint8Array.from(scores.data, (z) => (z > threshold ? label.value : 0)),
    };
    const probabilities: ScalarVolume = { ...scores, data: scores.data.map(squeeze) };
    const key = String(label.value);
    const { metrics } = evaluateInDetail(mask, reference, {
      labels: [label.value],
      connectivity: 18,
      probabilities: { [key]: probabilities },
    });
    const isLesion = Uint8Array.from(reference.data, (value) => (value === label.value ? 1 : 0));
    const counted = { [key]: thinCounts(countAtThresholds(probabilities.data, isLesion)) };
    cases.push({ subject: subjectKey(subject.id), metrics, counted });
    thresholds[subjectKey(subject.id)] = threshold;
  }
  return { cases, thresholds };
}

/** Z-scores over the voxels that are not 0; the others get minus infinity, which no threshold admits. */
function zScores(image: ScalarVolume): ScalarVolume {
  const brain = Uint8Array.from(image.data, (value) => (value === 0 ? 0 : 1));
  const { mean, deviation } = momentsOf(image.data, brain);
  return {
    ...image,
    data: image.data.map((value) => (value === 0 ? Number.NEGATIVE_INFINITY : (value - mean) / deviation)),
  };
}

/** The logistic function about a z-score of 3, which keeps the order of the voxels; 0 for minus infinity. */
function squeeze(z: number): number {
  return 1 / (1 + Math.exp(3 - z));
}

/** The Dice of each candidate. A voxel passes all candidates below its value. */
export function diceAtCandidates(scores: Float32Array, reference: LabelVolume['data'], label: number): Float64Array {
  const found = new Float64Array(CANDIDATES.length + 1);
  const predicted = new Float64Array(CANDIDATES.length + 1);
  let present = 0;
  for (let voxel = 0; voxel < scores.length; voxel++) {
    const isLesion = reference[voxel] === label;
    if (isLesion) present++;
    const passed = candidatesBelow(scores[voxel] as number);
    predicted[passed]++;
    if (isLesion) found[passed]++;
  }
  const dices = new Float64Array(CANDIDATES.length);
  let [both, all] = [0, 0];
  for (let n = CANDIDATES.length; n > 0; n--) {
    both += found[n] as number;
    all += predicted[n] as number;
    dices[n - 1] = (2 * both) / Math.max(1, all + present);
  }
  return dices;
}

/** How many candidates lie below a value. */
function candidatesBelow(value: number): number {
  let low = 0;
  let high = CANDIDATES.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((CANDIDATES[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The candidate with the highest mean over scans; the first of several. */
function bestCandidate(dices: readonly Float64Array[]): number {
  let best = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (let n = 0; n < CANDIDATES.length; n++) {
    const sum = dices.reduce((total, of) => total + (of[n] as number), 0);
    if (sum <= highest) continue;
    best = n;
    highest = sum;
  }
  return best;
}
