import { loadSubject } from '../dataset/load-subject.ts';
import type { Label } from '../dataset/subject.ts';
import { throwFaults } from '../errors.ts';
import { firstImageOf } from '../preprocess/case-input.ts';
import type { PreprocessPlan } from '../preprocess/plan.ts';
import { prepareCase } from '../preprocess/prepare.ts';
import {
  collectFaults,
  inputOf,
  namingFaults,
  type Reading,
  type ReadSubject,
  trainingCase,
} from './prepare-subjects.ts';
import type { ValidationCase } from './validation.ts';

/**
 * Prepares held-out subjects for validation on the way.
 * @throws DataError with the faults of all subjects together
 */
export async function prepareValidation(
  read: readonly ReadSubject[],
  plan: PreprocessPlan,
  labels: readonly Label[],
  { files, signal, onEvent, missing }: Reading,
): Promise<ValidationCase[]> {
  const cases: ValidationCase[] = [];
  const faults: string[] = [];
  for (const [index, one] of read.entries()) {
    signal?.throwIfAborted();
    await collectFaults(faults, async () => {
      const { id } = one.subject;
      const { modalities } = plan;
      const scans =
        one.loaded ?? (await loadSubject(files, one.subject, { modalities, labels, needReference: true, missing }));
      const prepared = namingFaults(id, () => prepareCase(inputOf(scans), plan));
      const { reference } = scans;
      if (reference === undefined || prepared.reference === undefined) return;
      const training = trainingCase(id, { ...prepared, reference: prepared.reference });
      cases.push({ id, prepared, reference, scan: firstImageOf(scans), training });
    });
    one.loaded = null;
    onEvent?.({ kind: 'progress', label: 'Preparing held-out scans', done: index + 1, total: read.length });
  }
  throwFaults(faults);
  return cases;
}
