/** A BIDS file name taken apart: `sub-01_ses-2_ce-gadolinium_T1w.nii.gz`. */
export interface BidsName {
  /** In the order of the name, `sub` first. */
  readonly entities: ReadonlyMap<string, string>;
  /** The last part: `T1w`, `FLAIR`, `mask`. */
  readonly suffix: string;
}

/** The parts of the name of a NIfTI file by BIDS's rules, or null where the name does not follow them. */
export function parseBidsName(fileName: string): BidsName | null {
  const match = /^(sub-[^_]+(?:_[A-Za-z0-9]+-[^_]+)*)_([A-Za-z0-9]+)\.nii(?:\.gz)?$/.exec(fileName);
  if (match === null) return null;
  const entities = new Map<string, string>();
  for (const part of match[1].split('_')) {
    const dash = part.indexOf('-');
    entities.set(part.slice(0, dash), part.slice(dash + 1));
  }
  return { entities, suffix: match[2] };
}

/**
 * What rarevox calls the modality of an image: its suffix, and before it every entity but subject and session. So
 * `sub-01_FLAIR` is `FLAIR`, `sub-01_ce-gadolinium_T1w` is `ce-gadolinium_T1w`, and two runs of one sequence stay apart.
 */
export function modalityOf(name: BidsName): string {
  const parts = [...name.entities]
    .filter(([key]) => key !== 'sub' && key !== 'ses')
    .map(([key, value]) => `${key}-${value}`);
  return [...parts, name.suffix].join('_');
}
