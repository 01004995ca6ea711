import { DataError } from '../errors.ts';
import type { CaseFingerprint } from '../preprocess/fingerprint.ts';

/**
 * Looks at what subjects can teach a network before any time is spent on it.
 *
 * @param subjects those to train on, without the held-out ones
 * @param onWarning called for a single subject, and for classes that none of the references holds
 * @throws DataError where no subject has an image of a modality, or no reference holds any class
 */
export function checkTrainingSubjects(
  subjects: readonly Pick<CaseFingerprint, 'id' | 'intensities' | 'labels'>[],
  modalities: readonly string[],
  labels: readonly { readonly value: number; readonly name: string }[],
  onWarning?: (message: string) => void,
): void {
  const unseen = modalities.filter((modality) =>
    subjects.every(({ intensities }) => !Object.hasOwn(intensities, modality)),
  );
  if (unseen.length > 0) {
    throw new DataError(
      `No subject to train on has a ${unseen.join(' or ')} image: leave it out of --modalities, or hold other subjects out.`,
    );
  }
  const absent = labels.filter(({ value }) =>
    subjects.every((subject) => !(subject.labels[String(value)]?.voxels > 0)),
  );
  if (absent.length === labels.length) {
    throw new DataError(
      `None of the ${subjects.length} references to train on holds a voxel of ${listNames(labels)}: complete the masks, or correct the labels.`,
    );
  }
  if (absent.length > 0) {
    onWarning?.(
      `None of the ${subjects.length} references to train on holds ${listNames(absent)}: the model cannot learn that; correct the labels or the masks, or hold other subjects out.`,
    );
  }
  if (subjects.length === 1) {
    onWarning?.(
      `${subjects[0].id} is the only subject to train on: the model will fit its scan, and may fail on every other; add subjects.`,
    );
  }
}

function listNames(labels: readonly { readonly value: number; readonly name: string }[]): string {
  return labels.map(({ value, name }) => `${name} (${value})`).join(', ');
}
