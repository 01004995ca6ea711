import { z } from 'zod';
import { DataError, throwFaults } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { type Fault, faultOf } from './check/fault.ts';
import { filesIn } from './folders.ts';
import type { OpenedDataset } from './opened-dataset.ts';
import type { Label, Subject } from './subject.ts';

const value = z.number().int().min(0);

/**
 * The fields of nnU-Net's dataset.json that matter here
 * (https://github.com/MIC-DKFZ/nnUNet/blob/master/documentation/dataset_format.md).
 */
const descriptionSchema = z.object({
  name: z.string().optional(),
  channel_names: z.record(z.string().regex(/^\d+$/), z.string()),
  /** A list of values is a region, for region-based training. */
  labels: z.record(z.string(), z.union([value, z.array(value).min(1)])),
  numTraining: value.optional(),
  file_ending: z.string().regex(/^\./).default('.nii.gz'),
  /** Training cases by paths, in place of the folders. */
  dataset: z.record(z.string(), z.object({ images: z.array(z.string()), label: z.string() })).optional(),
});
type Description = z.infer<typeof descriptionSchema>;

/**
 * Reads a raw dataset of nnU-Net: `imagesTr/CASE_0000.nii.gz` with one file a channel, `labelsTr/CASE.nii.gz`, and
 * `imagesTs` (with `labelsTs` where there is one) for testing. The channels' names are the modalities. Every case counts as a
 * patient of its own, since the layout does not say more.
 *
 * @param description the content of `dataset.json`
 * @param name of the folder, for a description without one
 * @throws DataError with all faults of dataset.json
 */
export async function loadNnunet(
  files: FileAccess,
  root: string,
  description: unknown,
  name: string,
): Promise<OpenedDataset> {
  const path = `${root}/dataset.json`;
  const parsed = descriptionSchema.safeParse(description);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'its content'}: ${issue.message}`);
    throw new DataError(`${path}: it is no description of an nnU-Net dataset; correct ${faults.join('; ')}.`);
  }
  const modalities = modalitiesIn(parsed.data, path);
  const labels = labelsIn(parsed.data, path);
  const faults: Fault[] = [];
  const training =
    parsed.data.dataset === undefined
      ? await casesIn(files, root, 'Tr', modalities, parsed.data.file_ending, faults)
      : Object.entries(parsed.data.dataset).map(([id, { images, label }]) => ({
          id,
          group: id,
          images: Object.fromEntries(
            images.slice(0, modalities.length).map((file, i) => [modalities[i], at(root, file)]),
          ),
          reference: at(root, label),
          split: 'training' as const,
        }));
  const subjects = [
    ...training,
    ...(await casesIn(files, root, 'Ts', modalities, parsed.data.file_ending, faults)),
  ].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (subjects.length === 0) {
    throw new DataError(
      `${root}: it holds no cases; they are looked for as imagesTr/CASE_0000${parsed.data.file_ending}, by the file_ending of dataset.json.`,
    );
  }
  const { numTraining } = parsed.data;
  if (numTraining !== undefined && numTraining !== training.length) {
    const explanation = `it speaks of ${numTraining} training cases (numTraining), but there are ${training.length}`;
    faults.push(
      faultOf('layout', { file: path }, { explanation, advice: 'add what is missing or correct the number' }),
    );
  }
  for (let i = 1; i < subjects.length; i++) {
    const { id } = subjects[i];
    if (id !== subjects[i - 1].id) continue;
    const how = `the case ${id} stands in imagesTr and in imagesTs`;
    faults.push(faultOf('duplicate-subject', { file: path, subject: id }, { how }));
  }
  return {
    dataset: { name: parsed.data.name ?? name, layout: 'nnunet', modalities, labels, subjects },
    faults,
  };
}

function modalitiesIn({ channel_names }: Description, path: string): string[] {
  const modalities = Object.entries(channel_names)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, channel]) => channel);
  const faults: string[] = [];
  if (modalities.length === 0) faults.push(`${path}: it names no channel; add one under "channel_names".`);
  for (const repeated of new Set(modalities.filter((other, index) => modalities.indexOf(other) < index))) {
    faults.push(`${path}: two channels are called ${repeated}; give each its own name.`);
  }
  throwFaults(faults);
  return modalities;
}

/** The foreground. Values that stand in regions only are called by their number. */
function labelsIn({ labels }: Description, path: string): Label[] {
  if ('ignore' in labels) {
    throw new DataError(`${path}: the label "ignore" is not supported; complete the masks, or leave those cases out.`);
  }
  const names = new Map<number, string>();
  for (const values of Object.values(labels)) {
    for (const one of [values].flat()) if (!names.has(one)) names.set(one, `label ${one}`);
  }
  for (const [name, one] of Object.entries(labels)) if (typeof one === 'number') names.set(one, name);
  const foreground = [...names]
    .filter(([one]) => one > 0)
    .sort(([a], [b]) => a - b)
    .map(([one, name]) => ({ value: one, name }));
  if (foreground.length === 0) {
    throw new DataError(`${path}: it names no label but the background; add one under "labels".`);
  }
  return foreground;
}

/** The cases of `imagesTr` or `imagesTs`, from their names; a label without an image is a fault. */
async function casesIn(
  files: FileAccess,
  root: string,
  part: 'Tr' | 'Ts',
  modalities: readonly string[],
  ending: string,
  faults: Fault[],
): Promise<Subject[]> {
  const references = new Map<string, string>();
  for (const file of await filesIn(files, `${root}/labels${part}`)) {
    if (file.endsWith(ending) && !file.startsWith('.')) {
      references.set(file.slice(0, -ending.length), `${root}/labels${part}/${file}`);
    }
  }
  const images = new Map<string, Record<string, string>>();
  for (const file of await filesIn(files, `${root}/images${part}`)) {
    if (!file.endsWith(ending) || file.startsWith('.')) continue;
    const path = `${root}/images${part}/${file}`;
    const match = /^(.+)_(\d{4})$/.exec(file.slice(0, -ending.length));
    const modality = match === null ? undefined : modalities[Number(match[2])];
    if (match === null || modality === undefined) {
      const explanation =
        match === null
          ? 'its name does not end in the number of a channel, as in CASE_0000'
          : `dataset.json names no channel ${Number(match[2])}`;
      faults.push(faultOf('layout', { file: path }, { explanation, advice: 'rename it or correct channel_names' }));
      continue;
    }
    images.set(match[1], { ...images.get(match[1]), [modality]: path });
  }
  for (const [id, path] of references) {
    if (images.has(id)) continue;
    const explanation = `there is no image images${part}/${id}_0000${ending} for this label map`;
    faults.push(
      faultOf('layout', { file: path, subject: id }, { explanation, advice: 'add the image or remove the label map' }),
    );
  }
  return [...images].map(([id, own]) => {
    const reference = references.get(id);
    return {
      id,
      group: id,
      images: own,
      ...(reference === undefined ? {} : { reference }),
      split: part === 'Tr' ? ('training' as const) : ('test' as const),
    };
  });
}

/** Paths in dataset.json count from the folder that it stands in. */
function at(root: string, path: string): string {
  return path.startsWith('/') ? path : `${root}/${path.replace(/^(\.\/)+/, '')}`;
}
