import { DataError } from '../errors.ts';
import type { ModelDescription } from '../model/model-card.ts';

/**
 * Insists that models can vote on the same scans: the same classes in the same order, and the same modalities in any
 * order. Spacing, normalization, network and patch may differ.
 *
 * @throws DataError naming every model that does not go with the first one, and why
 */
export function requireAgreement(models: readonly ModelDescription[]): void {
  const [first, ...others] = models;
  if (first === undefined) throw new RangeError('requireAgreement: no models were given');
  const faults: string[] = [];
  for (const [index, model] of others.entries()) {
    const name = `model ${index + 2} (${model.card.name})`;
    if (labelsOf(model) !== labelsOf(first))
      faults.push(`${name} finds ${labelsOf(model)}, model 1 ${labelsOf(first)}`);
    if (modalitiesOf(model) !== modalitiesOf(first)) {
      faults.push(`${name} takes ${modalitiesOf(model)}, model 1 ${modalitiesOf(first)}`);
    }
  }
  if (faults.length > 0) {
    throw new DataError(
      `These models can't predict together: ${faults.join('; ')}. Give models of the same labels and modalities.`,
    );
  }
}

function labelsOf({ labels }: ModelDescription): string {
  return labels.map(({ value, name }) => `${name} (${value})`).join(', ');
}

function modalitiesOf({ preprocess }: ModelDescription): string {
  return [...preprocess.modalities].sort().join(', ');
}
