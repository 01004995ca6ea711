import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { imagePath, maskPath } from './synthetic-dataset.ts';

const SAMPLES = join(import.meta.dirname, '..', '..', 'samples', 'ms');
const PATIENTS = ['sub-tabriz01', 'sub-tabriz05', 'sub-tabriz06', 'sub-tabriz08'];

/** Writes the sample scans as MSSEG 2016 lays its patients out: two centers with two patients each. */
export function writeMsseg(root: string): void {
  for (const [index, id] of PATIENTS.entries()) {
    const patient = join(root, 'Training', index < 2 ? 'Center_01' : 'Center_07', `Patient_0${index + 1}`);
    for (const [modality, name] of [
      ['FLAIR', 'FLAIR'],
      ['T1w', 'T1'],
    ] as const) {
      copy(imagePath(SAMPLES, id, modality), join(patient, 'Preprocessed_Data', `${name}_preprocessed.nii.gz`));
    }
    copy(maskPath(SAMPLES, id), join(patient, 'Masks', 'Consensus.nii.gz'));
  }
}

/** Writes the sample scans as ISBI 2015 lays its patients out: two patients with two time points each, and two raters. */
export function writeIsbi(root: string): void {
  for (const [index, id] of PATIENTS.entries()) {
    const patient = `training0${Math.floor(index / 2) + 1}`;
    const time = `${patient}_0${(index % 2) + 1}`;
    for (const [modality, name] of [
      ['FLAIR', 'flair'],
      ['T1w', 'mprage'],
    ] as const) {
      copy(
        imagePath(SAMPLES, id, modality),
        join(root, 'training', patient, 'preprocessed', `${time}_${name}_pp.nii.gz`),
      );
    }
    for (const rater of [1, 2]) {
      copy(maskPath(SAMPLES, id), join(root, 'training', patient, 'masks', `${time}_mask${rater}.nii.gz`));
    }
  }
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
