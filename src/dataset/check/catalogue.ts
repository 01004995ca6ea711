/** An error stops a training, or makes it wrong; a warning is worth a look. */
export type Severity = 'error' | 'warning';

/** One kind of fault: all texts that are shown of it, made from what was found. */
export interface Entry<Details> {
  readonly severity: Severity | ((details: Details) => Severity);
  /** What the code means, for the documentation. */
  readonly meaning: string;
  /** What is wrong, as the middle of the sentence `FILE: explanation; advice.` */
  readonly explanation: (details: Details) => string;
  readonly advice: (details: Details) => string;
}

/** For faults that are described where they are found. */
interface Described {
  readonly explanation: string;
  readonly advice: string;
}

/** What is to be known of a fault to describe it, by code. */
export interface FaultDetails {
  layout: Described;
  'missing-file': { place: string; path: string };
  'ambiguous-file': { paths: readonly string[]; kind: string };
  'duplicate-subject': { how: string };
  unreadable: Described;
  'missing-modality': {
    modality: string;
    available: readonly string[];
    use: 'training' | 'prediction';
    missing: 'refused' | 'allowed';
  };
  'missing-reference': Record<never, never>;
  'grid-mismatch': { image: string; difference: string; advice: string };
  'non-finite': { count: number; voxels: number };
  'empty-image': { value: number };
  'empty-mask': { kind: 'reference' | 'brain mask'; isTest: boolean };
  'not-a-mask': Described;
  'unknown-labels': { found: readonly (readonly [number, number])[]; listed: readonly string[] };
  'non-binary-brain-mask': { found: readonly (readonly [number, number])[] };
  'identical-images': { use: string; other: string };
  'wrong-splits': Described;
  'mask-outside-brain': { outside: number; lesion: number; brain: string };
  'implausible-spacing': { spacing: readonly number[]; extent: readonly number[] };
  'form-conflict': { angle: number; shift: number };
  'whole-head': { milliliters: number };
}

export type FaultCode = keyof FaultDetails;

const described = {
  explanation: ({ explanation }: Described) => explanation,
  advice: ({ advice }: Described) => advice,
};

/** Every kind of fault that a dataset can have. `docs/datasets.md` has the same list for the user. */
export const CATALOGUE: { readonly [Code in FaultCode]: Entry<FaultDetails[Code]> } = {
  layout: {
    severity: 'error',
    meaning: 'the folder has no known layout, or its description (`dataset.json`, the manifest) is at fault',
    ...described,
  },
  'missing-file': {
    severity: 'error',
    meaning: 'the manifest names a file that does not exist; with row and column',
    explanation: ({ place, path }) => `${place}: there is no file ${path}`,
    advice: () => 'correct the path, which counts from the folder of this file',
  },
  'ambiguous-file': {
    severity: 'error',
    meaning: 'two files compete for one place, such as two lesion masks of a scan',
    explanation: ({ paths, kind }) => `it has ${paths.length} files for its ${kind} (${paths.join(', ')})`,
    advice: () => 'keep the one to use',
  },
  'duplicate-subject': {
    severity: 'error',
    meaning: 'a subject is listed twice, or all of its images hold the same voxels as those of another one',
    explanation: ({ how }) => how,
    advice: () => 'remove one of the two, lest one scan stand on both sides of a split',
  },
  unreadable: {
    severity: 'error',
    meaning: 'the file does not exist, is damaged, or is no image that can be read',
    ...described,
  },
  'missing-modality': {
    severity: 'error',
    meaning:
      'a subject lacks an image of a modality that others have, or that was asked for; with `--allow-missing`, it has none of them',
    explanation: ({ modality, available }) => `it has no ${modality} image (it has ${available.join(', ') || 'none'})`,
    advice: ({ modality, use, missing }) => {
      if (missing === 'allowed') return 'add one, or leave the subject out';
      return use === 'prediction'
        ? 'add the image, or take a model that was trained to do without (train --modality-dropout)'
        : `add the image, leave the subject out, leave ${modality} out of --modalities, or train with --modality-dropout`;
    },
  },
  'missing-reference': {
    severity: 'error',
    meaning: 'a subject for training has no reference mask',
    explanation: () => 'it has no reference mask',
    advice: () => 'add the mask or leave the subject out',
  },
  'grid-mismatch': {
    severity: 'error',
    meaning:
      'an image, mask or brain mask lies on another grid than the first image of the subject (beyond float noise)',
    explanation: ({ image, difference }) => `its grid is not that of ${image}: ${difference}`,
    advice: ({ advice }) => advice,
  },
  'non-finite': {
    severity: 'error',
    meaning: 'an image holds NaN or infinite values',
    explanation: ({ count, voxels }) => `${count} of its ${voxels} voxels are NaN or infinite`,
    advice: () => 'set them to 0 or convert the original again',
  },
  'empty-image': {
    severity: 'error',
    meaning: 'all voxels of an image have one value',
    explanation: ({ value }) => `this image is empty: all of its voxels are ${value}`,
    advice: () => 'give the right file or leave the subject out',
  },
  'empty-mask': {
    severity: ({ kind, isTest }) => (kind === 'reference' && isTest ? 'warning' : 'error'),
    meaning: 'a reference or a brain mask has no voxel above 0; only a warning for the reference of a test subject',
    explanation: ({ kind, isTest }) =>
      kind === 'brain mask'
        ? 'this brain mask is empty'
        : `this mask is empty${isTest ? '' : ', which teaches nothing'}`,
    advice: ({ kind, isTest }) => {
      if (kind === 'brain mask') return 'make it again or remove the file';
      return isTest ? 'make sure that the scan shows no lesion' : 'complete the mask or leave the subject out';
    },
  },
  'not-a-mask': {
    severity: 'error',
    meaning: 'a reference or brain mask holds values that are no integers, as an image or a probability map does',
    ...described,
  },
  'unknown-labels': {
    severity: 'error',
    meaning: 'a reference holds label values outside the list of the dataset, such as 255 where the lesion is 1',
    explanation: ({ found, listed }) =>
      `it holds labels that the dataset does not list: ${listCounts(found)}; the dataset lists 0 (background), ${listed.join(', ')}`,
    advice: () => 'correct the mask or the list',
  },
  'non-binary-brain-mask': {
    severity: 'warning',
    meaning: 'a brain mask holds more than 0 and one other value; every value above 0 counts as brain',
    explanation: ({ found }) => `a brain mask holds 0 and 1, but this one ${listCounts(found)}`,
    advice: () => 'make sure that everything above 0 in it is brain',
  },
  'identical-images': {
    severity: 'error',
    meaning: 'two images hold the same voxels under two names',
    explanation: ({ use, other }) => `as ${use} it holds the same voxels as ${other}`,
    advice: () => 'find out which of the two it is, and replace the other',
  },
  'wrong-splits': {
    severity: 'error',
    meaning: 'a fold of `splits_final.json` names a subject that cannot be trained on, or a patient on both sides',
    ...described,
  },
  'mask-outside-brain': {
    severity: ({ outside, lesion }) => (outside > lesion / 2 ? 'error' : 'warning'),
    meaning:
      'more than 1 % of the lesion voxels lie outside the brain mask or, without one, on zeros of the first image; an error above half of them',
    explanation: ({ outside, lesion, brain }) =>
      `${outside} of its ${lesion} lesion voxels (${percent(outside / lesion)}) lie outside the brain of ${brain}`,
    advice: () => 'check in a viewer that the two are not shifted or flipped against each other',
  },
  'implausible-spacing': {
    severity: 'warning',
    meaning: 'voxels smaller than 0.05 mm or larger than 15 mm, or a field of view of more than 1 m',
    explanation: ({ spacing, extent }) =>
      `its voxels measure ${spacing.map(round).join(' x ')} mm and its field of view ${extent.map(round).join(' x ')} mm, which no scanner of patients makes`,
    advice: () => 'set the voxel sizes and their unit in the header',
  },
  'form-conflict': {
    severity: 'warning',
    meaning: 'the qform and the sform of the header disagree; the sform is the one that counts',
    explanation: ({ angle, shift }) =>
      `its qform and sform disagree by ${Number(angle.toFixed(2))} degrees and ${Number(shift.toFixed(2))} mm; the sform is used`,
    advice: () => 'make sure that it is the right one, and copy it over the other (fslorient -copysform2qform)',
  },
  'whole-head': {
    severity: 'warning',
    meaning:
      "without a brain mask the voxels other than 0 count as brain, and they take more than 2500 ml, or fill a box of a head's size: the skull is still there",
    explanation: ({ milliliters }) =>
      `${Math.round(milliliters)} ml of it are not 0, more than a brain has: this seems to be a whole head, which has to be skull-stripped`,
    advice: () => 'skull-strip it (HD-BET, SynthStrip) or give a brain mask; ignore this for other parts of the body',
  },
};

/** `3 (2 voxels), 7 (1 voxel)`, cut off after eight. */
function listCounts(counts: readonly (readonly [number, number])[]): string {
  const listed = counts.slice(0, 8).map(([value, count]) => `${value} (${count} voxel${count === 1 ? '' : 's'})`);
  if (counts.length > 8) listed.push(`${counts.length - 8} more`);
  return listed.join(', ');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}
