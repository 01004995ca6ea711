import { elementCount, parametersOf } from '../src/graph/program.ts';
import { inferenceProgram } from '../src/model/inference-program.ts';
import type { ModelDescription } from '../src/model/model-card.ts';
import type { Model } from '../src/model/model-file.ts';
import { presetNetwork } from '../src/network/options.ts';
import { Random } from '../src/random.ts';

/** A model of FLAIR and T1w whose weights are all 0: one class, or two with the values 2 and 7. */
export function makeModel(outputs: 1 | 3, changed: Partial<ModelDescription> = {}): Model {
  const description: ModelDescription = {
    version: 2,
    network: presetNetwork('tiny', { channels: 2, outputs, initialFilters: 2, growth: 1, layers: 1, levels: 1 }),
    preprocess: { version: 1, modalities: ['FLAIR', 'T1w'], spacing: null, normalization: 'z-score' },
    missingModalities: 'refused',
    labels:
      outputs === 1
        ? [{ value: 1, name: 'lesion' }]
        : [
            { value: 2, name: 'a' },
            { value: 7, name: 'b' },
          ],
    patch: [8, 8, 8],
    prediction: { overlap: 0.5, window: 'spline', padding: 'fit', views: 2, threshold: 0.5 },
    card: { name: '', task: 'test', created_by: '', intended_use: '', training: {}, references: [] },
    ...changed,
  };
  const program = inferenceProgram(description.network, description.patch);
  const nodes = [...parametersOf(program, 'weight'), ...parametersOf(program, 'statistic')];
  return {
    description,
    parameters: new Map(nodes.map(({ op }) => [op.name, new Float32Array(elementCount(op.shape))])),
  };
}

/** A model as `makeModel` makes it, with the weights that training starts from. */
export function makeUntrainedModel(changed: Partial<ModelDescription> = {}): Model {
  const { description } = makeModel(1, changed);
  const program = inferenceProgram(description.network, description.patch);
  const nodes = [...parametersOf(program, 'weight'), ...parametersOf(program, 'statistic')];
  const parameters = nodes.map(({ op }): [string, Float32Array] => {
    const { name, shape, initializer } = op;
    const random = new Random('untrained model', name);
    const draw =
      initializer.kind === 'constant'
        ? () => initializer.value
        : () => random.normal() * Math.sqrt(2 / initializer.fanIn);
    return [name, Float32Array.from({ length: elementCount(shape) }, draw)];
  });
  return { description, parameters: new Map(parameters) };
}
