import { DataError } from '../errors.ts';
import { unionOf } from './label-values.ts';

/** The labels that one pair of files holds. */
export interface LabelsFound {
  readonly predictionFile: string;
  readonly predicted: readonly number[];
  readonly present: readonly number[];
}

/**
 * The labels to score where nobody named them: those of the references and those that the dataset declares, or 1 where
 * there is none.
 *
 * @throws DataError where the predictions speak another language than the references: a label that no reference holds
 *   (255 against 1, say), or masks of one label against references of several that were not declared
 */
export function agreeOnLabels(found: readonly LabelsFound[], declared: readonly number[] = []): readonly number[] {
  const present = unionOf([declared, ...found.map((item) => item.present)]);
  const labels = present.length === 0 ? [1] : present;
  const faults: string[] = [];
  for (const { predictionFile, predicted } of found) {
    const unknown = predicted.filter((label) => !labels.includes(label));
    if (unknown.length === 0) continue;
    faults.push(
      `${predictionFile} holds ${namesOf(unknown)}, and the references hold only ${namesOf(labels)}. ` +
        'Name the labels to score (--labels) if that is meant, or give the prediction the labels of the references.',
    );
  }
  const predicted = unionOf(found.map((item) => item.predicted));
  if (faults.length === 0 && declared.length === 0 && labels.length > 1 && predicted.length === 1) {
    faults.push(
      `The predictions hold only ${namesOf(predicted)}, and the references hold ${namesOf(labels)}: a binary mask ` +
        'cannot be scored against several labels. Name the labels to score (--labels) if that is meant.',
    );
  }
  if (faults.length > 0) throw new DataError(faults.join('\n'));
  return labels;
}

/** Labels of a message; of very many (somebody named a scan instead of a mask) a few, and how many more. */
const NAMED_LABELS = 10;

function namesOf(labels: readonly number[]): string {
  const more = labels.length - NAMED_LABELS;
  const names = labels.slice(0, NAMED_LABELS).join(', ');
  return `${labels.length === 1 ? 'label' : 'labels'} ${names}${more > 0 ? ` and ${more} more` : ''}`;
}
