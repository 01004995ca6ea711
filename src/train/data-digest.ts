import type { Label, Subject } from '../dataset/subject.ts';
import { DataError } from '../errors.ts';
import { sha256 } from '../preprocess/digest.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { contentOf } from './subject-content.ts';

/**
 * One digest of all scans, references and brain masks of subjects, the same whatever the files' names and the subjects' order:
 * `sha256:` and the SHA-256 of the sorted contents (`contentOf`), one a line.
 *
 * @param modalities those that count, in the order of a network's channels
 * @throws DataError with the names of subjects whose content can't be told: files that can't be read, or headers that name their
 *   data file
 */
export async function digestOfData(
  files: FileAccess,
  subjects: readonly Subject[],
  modalities: readonly string[],
  labels: readonly Label[],
): Promise<string> {
  const contents: string[] = [];
  const unknown: string[] = [];
  for (const subject of subjects) {
    const content = await contentOf(files, subject, modalities, labels);
    if (content === null) unknown.push(subject.id);
    else contents.push(content);
  }
  if (unknown.length > 0) {
    throw new DataError(
      `The content of ${unknown.join(', ')} can't be told: a file can't be read, or it is a header (.mhd, .nhdr) that names its data file. Convert those to NIfTI.`,
    );
  }
  return `sha256:${await sha256(contents.sort().join('\n'))}`;
}
