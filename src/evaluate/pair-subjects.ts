import { DataError } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { isImageFile } from '../volume/image-name.ts';
import { type LabelMapFile, listLabelMaps } from './label-map-files.ts';
import { type MatchedSubjects, matchSubjects } from './match-subjects.ts';
import { subjectKey } from './subject-key.ts';

/** The label map that a path names, or those of a folder. */
export async function labelMapsAt(files: FileAccess, path: string): Promise<readonly LabelMapFile[]> {
  return isImageFile(path) ? [{ subject: subjectKey(path), path }] : listLabelMaps(files, path);
}

/**
 * Finds the reference of each prediction by subject.
 *
 * @param predicted the predictions, found at the path `predictions`
 * @param references a file, a folder, or a list of label maps such as a dataset's references
 * @throws DataError where a side has none or several for a subject, none belong together, or, unless `allowMissing`, a
 *   reference has no prediction
 */
export async function pairSubjects(
  files: FileAccess,
  predicted: readonly LabelMapFile[],
  predictions: string,
  references: string | readonly LabelMapFile[],
  allowMissing: boolean,
): Promise<MatchedSubjects> {
  const present = typeof references === 'string' ? await labelMapsAt(files, references) : references;
  const where = typeof references === 'string' ? references : 'the dataset';
  if (present.length === 0)
    throw new DataError(`${where} holds no references (label maps: .nii, .nii.gz, .nrrd, .mha).`);

  const matched = matchSubjects(predicted, present);
  const { pairs, missing, extra } = matched;
  if (pairs.length === 0) {
    throw new DataError(
      `No prediction in ${predictions} belongs to a subject of ${where}: predictions of ${abridge(extra)}; ` +
        `references of ${abridge(missing)}. Name the files by subject (sub-01_…) or alike.`,
    );
  }
  // Whoever names one prediction's file means that one alone.
  if (missing.length > 0 && !allowMissing && !isImageFile(predictions)) {
    throw new DataError(
      `${missing.length} of ${present.length} references have no prediction in ${predictions}: ${missing.join(', ')}. ` +
        'Predict them too, or allow missing predictions (--allow-missing) to score the others alone.',
    );
  }
  return matched;
}

/** A few names, and how many more there are. */
function abridge(names: readonly string[]): string {
  const few = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${few} and ${names.length - 3} more` : few;
}
