import type { OpenedImage, ScanImage } from '../../src/browser/scan-image.ts';
import type { ModelDescription } from '../../src/model/model-card.ts';
import { describeGridDifference } from '../../src/volume/affine.ts';
import { BRAIN_MASK, MASK, REFERENCE, type Role, type Scan, UNUSED } from './state.ts';

const BRAIN = /brain|bet|skull|strip/i;
/** Such as `_desc-lesion_mask` of `rarevox predict`. */
const PREDICTION = /(^|_)desc-|pred/i;

/** What an image is taken for at first: what its name says. */
export function guessRole({ name, modality, isLabelMap }: OpenedImage): Role {
  if (isLabelMap) return BRAIN.test(name) && !/lesion/i.test(name) ? BRAIN_MASK : REFERENCE;
  return modality ?? UNUSED;
}

/** What images are taken for beside those that there are: one mask for the reference, another one for the mask that is compared with it. */
export function guessScans(opened: readonly OpenedImage[], present: readonly Scan[]): Scan[] {
  const masks = opened
    .filter((one) => guessRole(one) === REFERENCE && one.faults.length === 0)
    .sort((a, b) => Number(PREDICTION.test(a.name)) - Number(PREDICTION.test(b.name)));
  const free = [REFERENCE, MASK].filter((role) => scansAs(present, role).length === 0);
  return opened.map((one) => {
    const guess = guessRole(one);
    return { opened: one, seriesUid: null, role: guess === REFERENCE ? (free[masks.indexOf(one)] ?? UNUSED) : guess };
  });
}

/** The files of an image; null where there is a fault or a series is to be chosen first. */
export function imageOf({ opened, seriesUid }: Scan): ScanImage | null {
  if (opened.series.length > 1) return opened.series.find(({ uid }) => uid === seriesUid) ?? null;
  return opened.image;
}

/** The images that are taken for one thing. */
export function scansAs(scans: readonly Scan[], role: Role): Scan[] {
  return scans.filter((scan) => scan.role === role && scan.opened.faults.length === 0);
}

/** The images that are taken for sequences, in the model's order where it knows them. */
export function sequencesOf(scans: readonly Scan[], model: ModelDescription | null): Scan[] {
  const order = model?.preprocess.modalities ?? [];
  const rank = ({ role }: Scan): number => (order.includes(role) ? order.indexOf(role) : order.length);
  return scans
    .filter(({ role, opened }) => !role.startsWith(':') && opened.faults.length === 0)
    .sort((a, b) => rank(a) - rank(b));
}

/** Why these scans can't be predicted with this model yet, in words; empty where they can. */
export function obstaclesOf(scans: readonly Scan[], model: ModelDescription | null): string[] {
  const obstacles = scans
    .filter((scan) => scan.role !== UNUSED && scan.opened.series.length > 1 && imageOf(scan) === null)
    .map(({ opened }) => `${opened.name} holds several DICOM series: choose one.`);
  if (model === null) return [...obstacles, 'Choose a model, or open a model.onnx of your own.'];
  const { modalities } = model.preprocess;
  const sequences = sequencesOf(scans, model);
  for (const role of new Set(sequences.map((scan) => scan.role))) {
    const same = scansAs(sequences, role);
    if (same.length > 1)
      obstacles.push(`${same.map(({ opened }) => opened.name).join(' and ')} are both ${role}: say which one is used.`);
  }
  const used = sequences.filter(({ role }) => modalities.includes(role));
  const missing = modalities.filter((modality) => used.every(({ role }) => role !== modality));
  if (used.length === 0) {
    obstacles.push(`The model takes ${listOf(modalities)}: say above which scan is which.`);
  } else if (missing.length > 0 && model.missingModalities === 'refused') {
    obstacles.push(
      `${listOf(missing)} ${missing.length === 1 ? 'is' : 'are'} missing, and the model was not trained to do without: add ${missing.length === 1 ? 'it' : 'them'}, or take another model.`,
    );
  }
  return [...obstacles, ...gridFaults([...used, ...scansAs(scans, BRAIN_MASK)])];
}

/**
 * Why the mask can't be compared with the reference, in words; empty where it can, null where the two are not both there.
 * @param shown the role of the scan under them
 */
export function comparisonObstacles(scans: readonly Scan[], shown: Role | null): string[] | null {
  const [scan] = shown === null ? [] : scansAs(scans, shown);
  const [reference] = scansAs(scans, REFERENCE);
  const [mask] = scansAs(scans, MASK);
  if (scan === undefined || reference === undefined || mask === undefined) return null;
  return gridFaults([scan, reference, mask]);
}

/** What a prediction will do without, in words; null where nothing is missing. */
export function missingNote(scans: readonly Scan[], model: ModelDescription): string | null {
  const { modalities } = model.preprocess;
  const roles = sequencesOf(scans, model).map(({ role }) => role);
  const missing = modalities.filter((modality) => !roles.includes(modality));
  if (missing.length === 0 || missing.length === modalities.length) return null;
  return `Without ${listOf(missing)}: the model was trained to do without it, at some loss.`;
}

/** Images that don't lie on the grid of the first one. */
export function gridFaults(images: readonly Scan[]): string[] {
  const [first, ...rest] = images.filter(({ opened }) => opened.shape !== null);
  if (first === undefined) return [];
  return rest.flatMap(({ opened }) => {
    const difference = differenceOf(first.opened, opened);
    if (difference === null) return [];
    return [
      `${opened.name} lies on another grid than ${first.opened.name} (${difference}). Register and resample one onto the other first, with the program that you use for that.`,
    ];
  });
}

function differenceOf(a: OpenedImage, b: OpenedImage): string | null {
  if (a.shape === null || a.affine === null || b.shape === null || b.affine === null) return null;
  return describeGridDifference({ shape: a.shape, affine: a.affine }, { shape: b.shape, affine: b.affine });
}

function listOf(names: readonly string[]): string {
  if (names.length <= 1) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
