import { describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../errors.ts';
import type { ModelDescription } from '../model/model-card.ts';
import { presetNetwork } from '../network/options.ts';
import { type PredictionOptions, resolvePrediction } from './options.ts';
import { outputNames } from './output-names.ts';

function model(classes: number): ModelDescription {
  return {
    version: 1,
    network: presetNetwork('tiny', { channels: 1, outputs: classes === 1 ? 1 : classes + 1 }),
    preprocess: { version: 1, modalities: ['FLAIR'], spacing: null, normalization: 'z-score' },
    labels: Array.from({ length: classes }, (_, index) => ({ value: index + 1, name: `class ${index + 1}` })),
    patch: [64, 64, 32],
    prediction: { overlap: 0.5, window: 'spline', padding: 'fit', views: 2, threshold: 0.25 },
    card: { name: '', task: '', created_by: '', intended_use: '', training: {}, references: [] },
  };
}

describe('resolvePrediction', () => {
  it("takes the model's defaults where nothing else is asked for", () => {
    const defaults = { overlap: 0.5, window: 'spline', padding: 'fit', views: 2, threshold: 0.25, patch: [64, 64, 32] };
    expect(resolvePrediction(model(1), {})).toEqual(defaults);
    expect(resolvePrediction(model(1), { views: undefined } as object)).toEqual(defaults);
    const asked: PredictionOptions = {
      overlap: 0,
      window: 'uniform',
      padding: 'half',
      views: 8,
      threshold: 0,
      patch: [32, 16, 48],
    };
    expect(resolvePrediction(model(1), asked)).toEqual(asked);
  });

  it.each([
    { overlap: 0.96 },
    { overlap: -0.1 },
    { views: 3 },
    { threshold: 1.5 },
    { window: 'hann' },
    { patch: [0, 1, 1] },
    { treshold: 0.5 },
  ])('refuses %j', (options) => {
    expect(() => resolvePrediction(model(1), options as object)).toThrow(UsageError);
  });

  it('refuses a threshold for several classes, and a patch that the network cannot run on', () => {
    expect(() => resolvePrediction(model(2), { threshold: 0.5 })).toThrow(UsageError);
    expect(() => resolvePrediction(model(2), { patch: [64, 60, 64] })).toThrow(DataError);
    expect(() => resolvePrediction(model(2), { patch: [64, 60, 64] })).toThrow(/the patch 64x60x64 must have sides/);
  });
});

describe('outputNames', () => {
  it.each([
    ['sub-01', ['lesion'], 'sub-01/anat/sub-01_desc-lesion_mask'],
    ['sub-01_ses-2', ['MS lesion'], 'sub-01/ses-2/anat/sub-01_ses-2_desc-MSlesion_mask'],
    ['sub-01', ['a', 'b'], 'sub-01/anat/sub-01_dseg'],
    ['hippocampus_001', ['a', 'b'], 'hippocampus_001_dseg'],
    ['scan 3', ['lesion'], 'scan 3_desc-lesion_mask'],
    ['scan 3', ['病灶'], 'scan 3_desc-1_mask'],
  ])('of %s with %j', (id, labels, mask) => {
    expect(outputNames(id, labels)).toMatchObject({ mask: `${mask}.nii.gz`, sidecar: `${mask}.json` });
  });

  it('has probabilities for each class', () => {
    expect(outputNames('sub-01_ses-2', ['a', 'b-c']).probabilities).toEqual([
      'sub-01/ses-2/anat/sub-01_ses-2_label-a_probseg.nii.gz',
      'sub-01/ses-2/anat/sub-01_ses-2_label-bc_probseg.nii.gz',
    ]);
    expect(outputNames('case', ['lesion']).probabilities).toEqual(['case_label-lesion_probseg.nii.gz']);
    expect(outputNames('case', ['a-b', 'ab']).probabilities).toEqual([
      'case_label-1_probseg.nii.gz',
      'case_label-2_probseg.nii.gz',
    ]);
  });
});
