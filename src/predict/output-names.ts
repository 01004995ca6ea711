/** The files that a subject's prediction is written to, relative to the output folder. */
export interface OutputNames {
  readonly mask: string;
  readonly sidecar: string;
  /** For each foreground class. */
  readonly probabilities: readonly string[];
}

/**
 * BIDS derivative names for BIDS subjects (`sub-01/anat/sub-01_desc-lesion_mask.nii.gz`); for others the mask has the
 * subject's own name (`hippocampus_001.nii.gz`), as nnU-Net writes and looks for it.
 *
 * @param id `sub-01`, `sub-01_ses-2`, or any other name
 * @param labels names of the foreground classes
 */
export function outputNames(id: string, labels: readonly string[]): OutputNames {
  const bids = /^(sub-[A-Za-z0-9]+)(?:_(ses-[A-Za-z0-9]+))?$/.exec(id);
  const stem = bids === null ? id : [bids[1], bids[2], 'anat', id].filter((part) => part !== undefined).join('/');
  const word = (name: string): string => name.replace(/[^A-Za-z0-9]/g, '');
  const single = labels.length === 1;
  const mask = single && bids !== null ? `${stem}_desc-${word(labels[0])}_mask` : bids !== null ? `${stem}_dseg` : stem;
  return {
    mask: `${mask}.nii.gz`,
    sidecar: `${mask}.json`,
    probabilities: labels.map((name) => `${stem}_label-${word(name)}_probseg.nii.gz`),
  };
}
