/** The files that a subject's prediction is written to, relative to the output folder. */
export interface OutputNames {
  readonly mask: string;
  readonly sidecar: string;
  /** The table of its lesions. */
  readonly lesions: string;
  /** For each foreground class. */
  readonly probabilities: readonly string[];
  /** For each foreground class. */
  readonly voteSpread: readonly string[];
}

/**
 * BIDS derivative names: `sub-01/anat/sub-01_desc-lesion_mask.nii.gz` for the subjects of a BIDS dataset, and
 * `hippocampus_001_dseg.nii.gz` (several classes), `flair_desc-lesion_mask.nii.gz` (one) for whatever else a subject or a
 * single scan is called. No name is that of an input, so that an output folder that holds the scans can't lose one.
 *
 * @param id `sub-01`, `sub-01_ses-2`, or any other name
 * @param labels names of the foreground classes
 */
export function outputNames(id: string, labels: readonly string[]): OutputNames {
  const bids = /^(sub-[A-Za-z0-9]+)(?:_(ses-[A-Za-z0-9]+))?$/.exec(id);
  const stem = bids === null ? id : [bids[1], bids[2], 'anat', id].filter((part) => part !== undefined).join('/');
  const words = labelWords(labels);
  const mask = labels.length === 1 ? `${stem}_desc-${words[0]}_mask` : `${stem}_dseg`;
  return {
    mask: `${mask}.nii.gz`,
    sidecar: `${mask}.json`,
    lesions: `${stem}_lesions.csv`,
    probabilities: words.map((word) => `${stem}_label-${word}_probseg.nii.gz`),
    voteSpread: words.map((word) => `${stem}_label-${word}_desc-voteSpread_statmap.nii.gz`),
  };
}

/** The letters and digits of the labels' names, as BIDS asks for; numbers from 1 where those don't tell all labels apart. */
function labelWords(labels: readonly string[]): string[] {
  const words = labels.map((name) => name.replace(/[^A-Za-z0-9]/g, ''));
  const areDistinct = new Set(words).size === words.length && !words.includes('');
  return areDistinct ? words : labels.map((_, index) => String(index + 1));
}
