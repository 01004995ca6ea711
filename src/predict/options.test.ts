import { describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../errors.ts';
import type { ModelDescription } from '../model/model-card.ts';
import { presetNetwork } from '../network/options.ts';
import { type PredictionOptions, resolvePrediction } from './options.ts';

function model(classes: number): ModelDescription {
  return {
    version: 2,
    network: presetNetwork('tiny', { channels: 1, outputs: classes === 1 ? 1 : classes + 1 }),
    preprocess: { version: 1, modalities: ['FLAIR'], spacing: null, normalization: 'z-score' },
    missingModalities: 'refused',
    labels: Array.from({ length: classes }, (_, index) => ({ value: index + 1, name: `class ${index + 1}` })),
    patch: [64, 64, 32],
    prediction: { overlap: 0.5, window: 'spline', padding: 'fit', views: 2, threshold: 0.25 },
    card: { name: '', task: '', created_by: '', intended_use: '', training: {}, references: [] },
  };
}

describe('resolvePrediction', () => {
  it("takes the model's defaults where nothing else is asked for", () => {
    const voting = { overlap: 0.5, window: 'spline', padding: 'fit', views: 2, patch: [64, 64, 32] };
    const nothing = { hysteresis: null, fillHoles: false, lesionThreshold: 0, connectivity: 18 };
    const defaults = { voting: [voting], threshold: 0.25, ...nothing };
    expect(resolvePrediction(model(1), {})).toEqual(defaults);
    expect(resolvePrediction(model(1), { views: undefined } as object)).toEqual(defaults);
    const asked = { overlap: 0, window: 'uniform', padding: 'half', views: 8, patch: [32, 16, 48] } as const;
    const decision = { threshold: 0, hysteresis: 0, fillHoles: true, lesionThreshold: 3, connectivity: 6 } as const;
    const options: PredictionOptions = { ...asked, patch: [32, 16, 48], ...decision };
    expect(resolvePrediction(model(1), options)).toEqual({ voting: [asked], ...decision });
  });

  it('lets each of several models collect its votes by its own defaults', () => {
    const other: ModelDescription = { ...model(1), patch: [32, 32, 32] };
    expect(resolvePrediction([model(1), other], { views: 1 }).voting).toMatchObject([
      { patch: [64, 64, 32], views: 1 },
      { patch: [32, 32, 32], views: 1 },
    ]);
  });

  it.each([
    { overlap: 0.96 },
    { overlap: -0.1 },
    { views: 3 },
    { threshold: 1.5 },
    { window: 'hann' },
    { patch: [0, 1, 1] },
    { treshold: 0.5 },
    { hysteresis: -0.1 },
    { lesionThreshold: -1 },
    { connectivity: 8 },
    { threshold: 0.4, hysteresis: 0.5 },
  ])('refuses %j', (options) => {
    expect(() => resolvePrediction(model(1), options as object)).toThrow(UsageError);
  });

  it('refuses a threshold for several classes, and a patch that the network cannot run on', () => {
    expect(() => resolvePrediction(model(2), { threshold: 0.5 })).toThrow(UsageError);
    expect(() => resolvePrediction(model(2), { patch: [64, 60, 64] })).toThrow(DataError);
    expect(() => resolvePrediction(model(2), { patch: [64, 60, 64] })).toThrow(/the patch 64x60x64 must have sides/);
  });

  it("takes the model's post-processing, refuses two defaults, and lets each be turned off", () => {
    const prediction = {
      ...model(1).prediction,
      threshold: 0.5,
      hysteresis: 0.3,
      fillHoles: true,
      lesionThreshold: 10,
    };
    const careful: ModelDescription = { ...model(1), prediction: { ...prediction, connectivity: 26 } };
    const own = { threshold: 0.5, hysteresis: 0.3, fillHoles: true, lesionThreshold: 10, connectivity: 26 };
    expect(resolvePrediction(careful, {})).toMatchObject(own);
    const off = { threshold: 0.5, hysteresis: 0.5, fillHoles: false, lesionThreshold: 0, connectivity: 18 } as const;
    expect(resolvePrediction([careful, model(1)], off)).toMatchObject(off);
    expect(() => resolvePrediction([careful, model(1)], { ...off, fillHoles: undefined })).toThrow(
      'The models have different defaults for fillHoles (true, false): give one.',
    );
    expect(() => resolvePrediction(careful, { threshold: 0.2 })).toThrow(
      "The hysteresis 0.3, the model's default, is above the threshold 0.2",
    );
  });

  it('refuses a hysteresis for several classes', () => {
    expect(() => resolvePrediction(model(2), { hysteresis: 0.3 })).toThrow(
      'The hysteresis applies to models of one class only',
    );
  });
});
