/** One scan session with its images, by the paths that `FileAccess` understands. Nothing of it has been read yet. */
export interface Subject {
  /** Unique in the dataset: `sub-01`, `sub-01_ses-2`, `hippocampus_001`. */
  readonly id: string;
  /** The patient. Sessions of one patient share it and stay on one side of every split. */
  readonly group: string;
  /** Where the scan was made, where the dataset says so. */
  readonly site?: string;
  readonly images: Readonly<Record<string, string>>;
  /** For modalities that are one volume of a 4D file: which, counted from 0. */
  readonly frames?: Readonly<Record<string, number>>;
  /** The reference label map. */
  readonly reference?: string;
  /** Where several raters segmented the scan: each one's label map, `reference` among them. See `withRater`. */
  readonly references?: Readonly<Record<string, string>>;
  readonly brainMask?: string;
  readonly split: 'training' | 'test';
}

/** A foreground label. */
export interface Label {
  readonly value: number;
  readonly name: string;
}

export type Layout = 'bids' | 'nnunet' | 'decathlon' | 'msseg' | 'isbi' | 'manifest';

/** One fold of a cross-validation by subject ids, in the words of nnU-Net's `splits_final.json`. */
export interface FoldIds {
  readonly train: readonly string[];
  readonly val: readonly string[];
}

export interface Dataset {
  readonly name: string;
  readonly layout: Layout;
  /** Every modality that some subject has, the most frequent first. */
  readonly modalities: readonly string[];
  /** The foreground labels, by rising value. */
  readonly labels: readonly Label[];
  /** Sorted by id. */
  readonly subjects: readonly Subject[];
  /** The folds that the dataset brings along in `splits_final.json`. */
  readonly folds?: readonly FoldIds[];
}

/** All modalities of some subjects: those that most subjects have first, then by name. */
export function modalitiesOf(subjects: readonly Subject[]): string[] {
  const counts = new Map<string, number>();
  for (const subject of subjects) {
    for (const modality of Object.keys(subject.images)) counts.set(modality, (counts.get(modality) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([modality]) => modality);
}
