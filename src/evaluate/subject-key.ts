import { withoutImageExtension } from '../volume/image-name.ts';

/**
 * What a file's name says about whom it shows, so that a prediction finds its reference:
 *
 * - `sub-01_ses-2_desc-lesion_mask.nii.gz` -> `sub-01_ses-2` (BIDS names: subject and session, whatever else follows);
 * - `hippocampus_017.nii.gz` -> `hippocampus_017` (nnU-Net and Decathlon: the name without its extension), and the same for
 *   `hippocampus_017_desc-lesion_mask.nii.gz` and `hippocampus_017_label-lesion_probseg.nii.gz`, as predictions of such a dataset are
 *   named.
 */
export function subjectKey(path: string): string {
  const stem = baseName(withoutImageExtension(path));
  const bids = /^sub-[A-Za-z0-9]+(_ses-[A-Za-z0-9]+)?(?=_|$)/.exec(stem);
  if (bids !== null) return bids[0];
  return stem.replace(/(_(desc|label|space|res)-[A-Za-z0-9]+)*_(mask|dseg|probseg)$/, '');
}

/** The patient of a subject by the names of BIDS, `sub-01` of `sub-01_ses-2`; other names say nothing of the patient. */
export function patientKey(subject: string): string {
  return /^sub-[A-Za-z0-9]+(?=_ses-)/.exec(subject)?.[0] ?? subject;
}

/** The last part of a path, after the last slash of either kind. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
