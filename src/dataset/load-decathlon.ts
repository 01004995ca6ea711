import { z } from 'zod';
import { DataError, throwFaults } from '../errors.ts';
import { type Fault, faultOf } from './check/fault.ts';
import type { OpenedDataset } from './opened-dataset.ts';
import type { Label, Subject } from './subject.ts';

/** The fields of the Medical Segmentation Decathlon's dataset.json that matter here (http://medicaldecathlon.com). */
const descriptionSchema = z.object({
  name: z.string(),
  modality: z.record(z.string().regex(/^\d+$/), z.string()),
  labels: z.record(z.string().regex(/^\d+$/), z.string()),
  training: z.array(z.object({ image: z.string(), label: z.string() })),
  test: z.array(z.union([z.string(), z.object({ image: z.string() })])).default([]),
});

/**
 * Reads a Medical Segmentation Decathlon folder. Several modalities are the volumes of one 4D file there. Every scan counts
 * as a patient of its own, since the layout does not say more. Whether the files exist is seen when a subject is loaded.
 *
 * @param description the content of `dataset.json`
 * @throws DataError with all faults of dataset.json but scans that are listed twice
 */
export function loadDecathlon(root: string, description: unknown): OpenedDataset {
  const parsed = descriptionSchema.safeParse(description);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'its content'}: ${issue.message}`);
    throw new DataError(`${root}/dataset.json: it is no Decathlon description; correct ${faults.join('; ')}.`);
  }
  const { name, modality, labels, training, test } = parsed.data;
  const modalities = Object.entries(modality)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, modalityName]) => modalityName);
  const faults: string[] = [];
  if (modalities.length === 0) faults.push(`${root}/dataset.json: it names no modality; add one under "modality".`);
  for (const repeated of new Set(modalities.filter((other, index) => modalities.indexOf(other) < index))) {
    faults.push(`${root}/dataset.json: two modalities are called ${repeated}; give each its own name.`);
  }

  const subjectOf = (image: string, reference: string | null): Subject => {
    const path = resolve(root, image);
    const id = path.slice(path.lastIndexOf('/') + 1).replace(/\.nii(\.gz)?$/, '');
    return {
      id,
      group: id,
      images: Object.fromEntries(modalities.map((modalityName) => [modalityName, path])),
      ...(modalities.length > 1
        ? { frames: Object.fromEntries(modalities.map((modalityName, frame) => [modalityName, frame])) }
        : {}),
      ...(reference === null ? {} : { reference: resolve(root, reference) }),
      split: reference === null ? 'test' : 'training',
    };
  };
  const subjects = [
    ...training.map(({ image, label }) => subjectOf(image, label)),
    ...test.map((entry) => subjectOf(typeof entry === 'string' ? entry : entry.image, null)),
  ].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (subjects.length === 0) faults.push(`${root}/dataset.json: it lists no scans; fill in "training".`);
  throwFaults(faults);
  const repeated: Fault[] = [];
  for (let i = 1; i < subjects.length; i++) {
    const { id } = subjects[i];
    if (id !== subjects[i - 1].id) continue;
    const place = { file: `${root}/dataset.json`, subject: id };
    repeated.push(faultOf('duplicate-subject', place, { how: `it lists ${id} twice` }));
  }
  const distinct = subjects.filter(({ id }, index) => index === 0 || id !== subjects[index - 1].id);
  return {
    dataset: { name, layout: 'decathlon', modalities, labels: foreground(labels), subjects: distinct },
    faults: repeated,
  };
}

function foreground(labels: Readonly<Record<string, string>>): Label[] {
  return Object.entries(labels)
    .map(([value, name]) => ({ value: Number(value), name }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => a.value - b.value);
}

/** Paths in dataset.json start with "./" and mean the folder that it stands in. */
function resolve(root: string, path: string): string {
  return `${root}/${path.replace(/^(\.\/)+/, '')}`;
}
