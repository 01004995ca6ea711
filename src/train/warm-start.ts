import { DataError } from '../errors.ts';
import type { Model } from '../model/model-file.ts';
import type { ParameterValues, TrainingSession } from './training-session.ts';

/**
 * The parameters that a model lends a new run: those of the same name and size.
 *
 * @param place the model's path, for messages
 * @returns undefined where there is no model to start from
 * @throws DataError when the model is of another architecture, so that it has nothing to lend
 */
export function warmStartParameters(
  model: Model | undefined,
  session: TrainingSession,
  place: string | null,
  onWarning: ((message: string) => void) | undefined,
): ParameterValues | undefined {
  if (model === undefined) return undefined;
  const own = session.network.architecture;
  const { architecture } = model.description.network;
  // Some names are the same in both, so that the parameters alone would not tell.
  if (architecture !== own) {
    throw new DataError(
      `${place ?? 'The model'} is of the architecture ${architecture}, and the network to train of ${own}: start from a model of the same architecture, or leave --warm-start out.`,
    );
  }
  const given = new Map<string, Float32Array>();
  const fresh: string[] = [];
  for (const { name, shape } of session.parameters) {
    const values = model.parameters.get(name);
    if (values?.length === shape.reduce((product, size) => product * size, 1)) given.set(name, values);
    else fresh.push(name);
  }
  // Normalization layers are alike everywhere; without a kernel in common the networks are not.
  if (![...given.keys()].some((name) => name.endsWith('.weight'))) {
    throw new DataError(
      `${place ?? 'The model'} has no weights in common with the network to train: start from a model of the same architecture and preset, or leave --warm-start out.`,
    );
  }
  if (fresh.length > 0) {
    onWarning?.(
      `${given.size} of ${session.parameters.length} parameters start from ${place ?? 'the model'}; the others have another size and start afresh: ${fresh.slice(0, 5).join(', ')}${fresh.length > 5 ? ' …' : ''}.`,
    );
  }
  return given;
}
