import { modalityOf, parseBidsName } from './bids-name.ts';

/** Words of file names and of scanners' series descriptions, the more telling ones first, with BIDS's names. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(t1w?)?(gado?|gadolinium|ce|postgd|contrast)(t1w?)?$/, 'ce-gadolinium_T1w'],
  [/^(flair|darkfluid|tirm)$/, 'FLAIR'],
  [/^(t1w?|mprage|bravo|spgr|tfe)$/, 'T1w'],
  [/^(t2w?)$/, 'T2w'],
  [/^(pdw?|dp)$/, 'PDw'],
];

/** The modalities that are guessed, common ones first. */
export const COMMON_MODALITIES: readonly string[] = ['FLAIR', 'T1w', 'T2w', 'PDw', 'ce-gadolinium_T1w'];

/** `T2star`, perfusion and diffusion have the letters of other sequences in their names. */
const OTHERS = /^(t2star|swi|dwi|adc|dti|asl|bold|swan)$/;

/** What names of masks and other label maps have in them. */
const LABEL_MAP =
  /(^|[^a-z])(mask|masks|seg|segmentation|dseg|label|labels|lesions?|consensus|reference|manual\w*|gt|roi|mask\d)([^a-z]|$)/i;

/**
 * The modality that a name speaks of, by the names of BIDS, which models are trained with: `sub-01_FLAIR.nii.gz`, `T1.nii`,
 * `training01_01_flair_pp.nii` or a scanner's `t2_tirm_tra_dark-fluid`. Null where it names none.
 *
 * @param name of a file, or a DICOM series' description
 */
export function guessModality(name: string): string | null {
  const bids = parseBidsName(name);
  if (bids !== null && /^(T1w|T2w|FLAIR|PDw|T2star|SWI)$/.test(bids.suffix)) return modalityOf(bids);
  const words = name
    .replace(/dark[-_ ]?fluid/i, 'darkfluid')
    .replace(/t2[-_ ]?(star|\*)/i, 't2star')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  if (words.some((word) => OTHERS.test(word))) return null;
  return WORDS.find(([pattern]) => words.some((word) => pattern.test(word)))?.[1] ?? null;
}

/** Whether a file's name says that it is a mask or another label map rather than a scan. */
export function isLabelMapName(name: string): boolean {
  return LABEL_MAP.test(name);
}
