import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { encodeNifti } from '../../src/volume/nifti-write.ts';
import type { Grid } from '../../src/volume/volume.ts';
import { type Scan, tinyConfig } from '../synthetic-scan.ts';

export async function writeImage(path: string, grid: Grid, data: Float32Array): Promise<void> {
  writeFile(path, await encodeNifti({ kind: 'scalar', ...grid, data }, null, { gzip: path.endsWith('.gz') }));
}

export async function writeLabels(path: string, grid: Grid, data: Uint8Array): Promise<void> {
  writeFile(path, await encodeNifti({ kind: 'label', ...grid, data }, null, { gzip: path.endsWith('.gz') }));
}

/** Path of a subject's image in a BIDS folder that `writeBids` makes. */
export function imagePath(root: string, id: string, modality: string): string {
  return `${root}/${id}/anat/${id}_${modality}.nii.gz`;
}

export function maskPath(root: string, id: string): string {
  return `${root}/derivatives/manual/${id}/anat/${id}_label-lesion_mask.nii.gz`;
}

/** Writes a BIDS folder with subjects `sub-01`, `sub-02` …, one for each scan. */
export async function writeBids(root: string, scans: readonly Scan[]): Promise<void> {
  writeFile(`${root}/dataset_description.json`, '{"Name": "Made up", "BIDSVersion": "1.9.0"}');
  for (const [index, { grid, images, reference }] of scans.entries()) {
    const id = `sub-${String(index + 1).padStart(2, '0')}`;
    for (const [modality, data] of Object.entries(images)) await writeImage(imagePath(root, id, modality), grid, data);
    await writeLabels(maskPath(root, id), grid, reference);
  }
}

/** Writes a Decathlon folder with `case_1`, `case_2` … of one modality; the last `tests` scans have no reference. */
export async function writeDecathlon(root: string, scans: readonly Scan[], tests = 0): Promise<void> {
  const labels: Record<string, string> = { '0': 'background' };
  const training: { image: string; label: string }[] = [];
  const test: string[] = [];
  for (const [index, { grid, images, reference }] of scans.entries()) {
    for (const label of reference) if (label > 0) labels[String(label)] = `part ${label}`;
    const file = `case_${index + 1}.nii.gz`;
    const image = Object.values(images)[0] as Float32Array;
    if (index < scans.length - tests) {
      training.push({ image: `./imagesTr/${file}`, label: `./labelsTr/${file}` });
      await writeImage(`${root}/imagesTr/${file}`, grid, image);
      await writeLabels(`${root}/labelsTr/${file}`, grid, reference);
    } else {
      test.push(`./imagesTs/${file}`);
      await writeImage(`${root}/imagesTs/${file}`, grid, image);
    }
  }
  const description = { name: 'Made up', modality: { '0': 'MRI' }, labels, training, test };
  writeFile(`${root}/dataset.json`, JSON.stringify(description));
}

export function writeConfig(path: string, changed: Readonly<Record<string, unknown>> = {}): void {
  writeFile(path, JSON.stringify(tinyConfig(changed)));
}

function writeFile(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
