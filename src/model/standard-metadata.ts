import type { ModelDocumentation } from '../engine/onnx-writer.ts';
import { viewsOf } from '../patch/view.ts';
import { type Normalization, normalizationOf } from '../preprocess/plan.ts';
import type { ModelDescription } from './model-card.ts';

/**
 * A model's description as entries of ONNX metadata that people and other tools read. They follow from the entry `rarevox` and
 * are never read back. Their names are those of MONAI's bundles where there is one (MONAI bundle specification,
 * metadata.json); those that end in `.json` say the same as their namesakes for programs.
 */
export function standardMetadata(description: ModelDescription): Record<string, string> {
  const { card, labels, preprocess } = description;
  return {
    name: card.name,
    task: card.task,
    description: descriptionOf(description),
    ...(card.authors !== undefined && { authors: card.authors }),
    intended_use: card.intended_use,
    ...(card.must_not_be_used_for !== undefined && { must_not_be_used_for: card.must_not_be_used_for }),
    ...(card.limits && { limits: card.limits.join('\n') }),
    data_source: card.data_source ?? `the dataset ${String(card.training.dataset ?? 'of an unknown name')}`,
    references: card.references.join('\n'),
    ...(card.eval_metrics && { eval_metrics: JSON.stringify(card.eval_metrics) }),
    modalities: preprocess.modalities.join(', '),
    labels: labels.map(({ value, name }) => `${value}: ${name}`).join(', '),
    network_data_format: JSON.stringify(dataFormat(description)),
    preprocessing: sentences(preprocessingSteps(description)),
    'preprocessing.json': JSON.stringify({ ...preprocess, orientation: 'RAS', crop: 'brain', outside_brain: 0 }),
    postprocessing: sentences(postprocessingSteps(description)),
    'postprocessing.json': JSON.stringify(postprocessing(description)),
  };
}

/** What the ONNX model says of itself, its input and its output. */
export function documentationOf(description: ModelDescription): ModelDocumentation {
  const { card, labels, preprocess, network } = description;
  const channels = preprocess.modalities.join(', ');
  const classes = labels.map(({ name }) => name).join(', ');
  return {
    producerVersion: card.rarevox_version ?? '',
    text: `${descriptionOf(description)} ${card.intended_use}`,
    tensors: {
      image: `[N, channels, K, J, I], float32: a patch of normalized intensities, i (right) innermost. Channels: ${channels}.`,
      probabilities:
        network.outputs === 1
          ? `[N, 1, K, J, I]: the probability of ${classes}.`
          : `[N, classes, K, J, I]: probabilities that add up to 1: background, ${classes}.`,
    },
  };
}

function descriptionOf({ card, patch }: ModelDescription): string {
  const own = card.description ?? `${card.name}: ${card.task}.`;
  return `${own} The network sees patches of ${patch.join(' x ')} voxels; the entries preprocessing and postprocessing tell the rest.`;
}

/** MONAI's `network_data_format`; spatial shapes are in the order of the tensors, K, J, I. */
function dataFormat({ network, patch, labels, preprocess }: ModelDescription) {
  const classes = labels.map(({ name }) => name);
  const outputs = network.outputs === 1 ? classes : ['background', ...classes];
  const common = {
    type: 'image',
    spatial_shape: [patch[2], patch[1], patch[0]],
    dtype: 'float32',
    is_patch_data: true,
  };
  return {
    inputs: {
      image: {
        ...common,
        format: 'magnitude',
        modality: preprocess.modalities.join(', '),
        num_channels: network.channels,
        value_range: [],
        channel_def: channelDefinition(preprocess.modalities),
      },
    },
    outputs: {
      probabilities: {
        ...common,
        format: 'segmentation',
        num_channels: network.outputs,
        value_range: [0, 1],
        channel_def: channelDefinition(outputs),
      },
    },
  };
}

function channelDefinition(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, channel) => [String(channel), name]));
}

const standardized = (modality: string): string =>
  `${modality} less its mean, divided by its standard deviation (of the population)`;

/** What each normalization does, for a reader who knows nothing but the file. */
const NORMALIZED: Readonly<Record<Normalization, (modality: string) => string>> = {
  'z-score': standardized,
  mean: (modality) => `${modality} is divided by its mean`,
  percentile: (modality) => `${modality} clipped to its percentiles 0.5 and 99.5, then ${standardized(modality)}`,
  mode: (modality) =>
    `${modality} less its mode, divided by the width of the peak above it (histogram of 256 bins between the percentiles 0.5 and 99.5, smoothed by a ` +
    'Gaussian of 8 bins; the distance from the center of the fullest bin up to half its density, divided by sqrt(2 ln 2))',
};

function preprocessingSteps({ preprocess, missingModalities }: ModelDescription): string[] {
  const { modalities, spacing } = preprocess;
  const normalized = modalities.map((modality) => NORMALIZED[normalizationOf(preprocess, modality)](modality));
  return [
    `Take ${modalities.join(', ')} on one grid, skull-stripped (the brain is where ${modalities[0]} is not 0) or with a brain mask`,
    'permute and flip the axes to RAS+',
    spacing === null
      ? 'keep the own voxel size'
      : `resample linearly to ${spacing.join(' x ')} mm along x, y, z, averaging along axes that become coarser, where the voxel size is off by more than 1 %`,
    'crop to the bounding box of the brain',
    `over the voxels of the brain: ${normalized.join('; ')}`,
    'set all else to 0',
    ...(missingModalities === 'allowed' ? ['a sequence that is missing is 0 everywhere'] : []),
  ];
}

function postprocessingSteps({ prediction, patch, labels, network }: ModelDescription): string[] {
  const {
    overlap,
    window,
    padding,
    views,
    threshold,
    hysteresis,
    fillHoles,
    lesionThreshold,
    connectivity = 18,
  } = prediction;
  const names = viewsOf(views).map(({ name }) => name);
  const [label] = labels;
  return [
    `Cover the crop with patches of ${patch.join(' x ')} voxels that overlap by ${Math.round(100 * overlap)} % at least (padding: ${padding})`,
    `for each patch average the outputs of ${names.length === 1 ? 'one view' : `${names.length} views`} (${names.join(', ')}), each turned back`,
    `average overlapping patches, weighted by a ${window} window along each axis`,
    'bring the probabilities back to the grid of the scan (linearly, or exactly where only axes were turned), 0 outside the brain',
    network.outputs === 1 && label !== undefined
      ? `label ${label.value} (${label.name}) is where the probability is ${threshold} or more, and above 0`
      : `the label is that of the most probable class where that is more probable than the background: ${labels.map(({ value, name }) => `${value} ${name}`).join(', ')}`,
    ...(hysteresis === undefined
      ? []
      : [`so is every ${connectivity}-connected component of ${hysteresis} or more that holds such a voxel`]),
    ...(fillHoles === true ? ['holes of the background that faces do not join to the border are filled'] : []),
    ...(lesionThreshold === undefined || lesionThreshold === 0
      ? []
      : [`${connectivity}-connected components of less than ${lesionThreshold} mm3 are removed`]),
  ];
}

function postprocessing({ prediction, patch, labels, network }: ModelDescription) {
  const { threshold, ...tiling } = prediction;
  const decision = network.outputs === 1 ? { rule: 'threshold', threshold } : { rule: 'most probable class' };
  return { patch, ...tiling, view_names: viewsOf(prediction.views).map(({ name }) => name), decision, labels };
}

function sentences(steps: readonly string[]): string {
  return steps.map((step, index) => `${index + 1}. ${step}.`).join('\n');
}
