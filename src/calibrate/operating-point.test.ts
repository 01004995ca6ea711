import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { makeModel } from '../../test/model.ts';
import { type ModelDescription, modelDescriptionSchema } from '../model/model-card.ts';
import { decodeModel, encodeModel, type Model } from '../model/model-file.ts';
import { sha256 } from '../preprocess/digest.ts';
import type { FiguresAt } from './figures-at.ts';
import { checkIndependence, earlierUseOf } from './independence.ts';
import { checkPostProcessing, operatingPointOf, withOperatingPoint } from './operating-point.ts';
import { isMadeBy, provenanceOf, requireOneOrigin } from './provenance.ts';

const MISS_RATE = { kind: 'miss-rate', alpha: 0.1 } as const;
const F1 = { kind: 'f-beta', beta: 1 } as const;

function trainedModel(
  training: ModelDescription['card']['training'],
  prediction: Partial<ModelDescription['prediction']> = {},
): Model {
  const { description } = makeModel(1);
  return makeModel(1, {
    prediction: { ...description.prediction, ...prediction },
    card: { ...description.card, training },
  });
}

const TRAINING = {
  dataset: 'd',
  subjects: ['sub-01', 'sub-02_ses-1', 'case_3'],
  held_out: ['sub-11', 'sub-12'],
  config: { patience: null, warmStart: null },
};

const useOf = (subjects: readonly string[], training: ModelDescription['card']['training'] = TRAINING) =>
  earlierUseOf(subjects, trainedModel(training).description);

describe('checkIndependence', () => {
  it('tells subjects of the training, by patient', () => {
    const use = useOf(['sub-01', 'sub-02_ses-2', 'case_3', 'case_33', 'sub-11_ses-1', 'sub-99']);
    expect(use).toEqual({
      unknown: null,
      trained: ['sub-01', 'sub-02_ses-2', 'case_3'],
      heldOut: ['sub-11_ses-1'],
      endedTraining: false,
    });
  });

  it('has nothing against subjects that were used for nothing', () => {
    expect(checkIndependence(['sub-98', 'sub-99'], useOf(['sub-98', 'sub-99']), MISS_RATE)).toEqual([]);
    expect(checkIndependence(['sub-98'], null, F1)).toEqual([]);
  });

  it('refuses training subjects for a guarantee, and warns of them else', () => {
    const subjects = ['sub-01', 'sub-99'];
    expect(() => checkIndependence(subjects, useOf(subjects), MISS_RATE)).toThrow(
      /^The model was trained on sub-01. A guarantee needs calibration subjects that were used neither for training/,
    );
    expect(checkIndependence(subjects, useOf(subjects), F1)).toEqual([
      'The model was trained on sub-01: the figures are too good, and the threshold suits subjects that it has not seen less.',
    ]);
  });

  it('warns of held-out subjects, and more sharply where they ended the training', () => {
    const subjects = ['sub-11', 'sub-12', 'sub-99'];
    expect(checkIndependence(subjects, useOf(subjects), MISS_RATE)).toEqual([
      "2 of the calibration subjects were held out in this model's training: the guarantee holds only if they chose nothing, neither " +
        'the checkpoint (checkpoint_best), nor the loss, the length or any other option, nor this model among several.',
    ]);
    const ended = useOf(subjects, { ...TRAINING, config: { patience: 3 } });
    expect(checkIndependence(subjects, ended, MISS_RATE)[0]).toMatch(
      /which ended by their Dice \(--patience\).*does not hold/,
    );
    expect(checkIndependence(subjects, ended, F1)).toEqual([]);
  });

  it('says where the training is not known', () => {
    expect(checkIndependence(['a'], null, MISS_RATE)[0]).toMatch(
      /^No model is given that names its training subjects: /,
    );
    expect(checkIndependence(['a'], useOf(['a'], {}), MISS_RATE)[0]).toMatch(/^The model's card does not name/);
    const warm = useOf(['a'], { ...TRAINING, config: { warmStart: 'OTHER' } });
    expect(checkIndependence(['a'], warm, MISS_RATE)[0]).toMatch(/^The model started from another one \(OTHER\)/);
  });

  it('refuses several scans of a patient for a guarantee', () => {
    const subjects = ['sub-01_ses-1', 'sub-01_ses-2', 'sub-02_ses-1'];
    expect(() => checkIndependence(subjects, null, MISS_RATE)).toThrow(/several scans \(sub-01_ses-2 after/);
    expect(checkIndependence(subjects, null, F1)).toEqual([]);
  });
});

describe('provenance', () => {
  async function sidecar(model: Model, changed: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const { patch, prediction } = model.description;
    return JSON.stringify({
      Description: 'x',
      Models: [
        {
          Name: 'm',
          SHA256: await sha256(encodeModel(model)),
          Patch: patch,
          Overlap: prediction.overlap,
          Window: prediction.window,
          Padding: prediction.padding,
          Views: prediction.views,
          ...changed,
        },
      ],
    });
  }

  const MAPS = ['p/a_label-lesion_probseg.nii.gz', 'p/b_label-lesion_probseg.nii.gz'];
  const filesWith = (a: string, b: string | null) => {
    const files = new MemoryFileAccess().set('p/a_desc-lesion_mask.json', a);
    return b === null ? files : files.set('p/b_desc-lesion_mask.json', b);
  };

  it('knows the maps of a model by their sidecars', async () => {
    const model = trainedModel({});
    const text = await sidecar(model);
    const same = await provenanceOf(filesWith(text, text), MAPS);
    expect(same).toHaveLength(1);
    requireOneOrigin(same);
    expect(await isMadeBy(model, same)).toBe(true);
    expect(await isMadeBy(model, await provenanceOf(filesWith(text, null), MAPS))).toBe(false);
    expect(await isMadeBy(model, await provenanceOf(filesWith(text, '{'), MAPS))).toBe(false);
  });

  it('refuses those of another model, of several, or with other settings', async () => {
    const model = trainedModel({});
    const text = await sidecar(model);
    const other = await provenanceOf(filesWith(text, await sidecar(trainedModel({ dataset: 'e' }))), MAPS);
    await expect(isMadeBy(model, other)).rejects.toThrow('made by another model, or by several');
    expect(() => requireOneOrigin(other)).toThrow('those of a cross-validation guarantee nothing of one model');
    const settings = await provenanceOf(filesWith(text, await sidecar(model, { Views: 8 })), MAPS);
    await expect(isMadeBy(model, settings)).rejects.toThrow("other settings than the model's own");
    expect(() => requireOneOrigin(settings)).toThrow('same settings');
  });
});

const FIGURES: FiguresAt = {
  threshold: 0.25,
  missRate: 0.05,
  recall: { mean: 0.95, undefined: 0 },
  precision: { mean: 0.5, undefined: 0 },
  dice: { mean: null, undefined: 2 },
};

describe('an operating point', () => {
  it('goes through the model file with its guarantee, and the threshold with it', () => {
    const subjects = ['sub-11', 'sub-99'];
    const point = operatingPointOf(subjects, MISS_RATE, FIGURES, useOf(subjects));
    expect(point).toMatchObject({
      rule: MISS_RATE,
      threshold: 0.25,
      n: 2,
      subjects,
      figures: { missRate: 0.05, recall: 0.95, precision: 0.5, dice: null },
    });
    expect(point.guarantee).toMatch(
      /^The expected miss rate .* of a new subject is at most 0.1, if it is exchangeable with the 2 .* 1 of the calibration subjects was held out/,
    );
    const model = trainedModel(TRAINING);
    const { description } = decodeModel(encodeModel(withOperatingPoint(model, point)), 'm.onnx');
    expect(description.prediction).toEqual({ ...model.description.prediction, threshold: 0.25 });
    expect(description.card).toEqual({ ...model.description.card, operatingPoint: point });
  });

  it('guarantees nothing for other rules', () => {
    expect(operatingPointOf(['a'], F1, FIGURES, null).guarantee).toMatch(/^None: /);
  });

  it('must be the threshold of the prediction, of one class', () => {
    const point = operatingPointOf(['a'], F1, FIGURES, null);
    const { description } = withOperatingPoint(makeModel(1), point);
    expect(modelDescriptionSchema.safeParse(description).success).toBe(true);
    const moved = { ...description, prediction: { ...description.prediction, threshold: 0.5 } };
    expect(modelDescriptionSchema.safeParse(moved).success).toBe(false);
    expect(() => withOperatingPoint(makeModel(3), point)).toThrow("can't keep a threshold");
    const several = {
      ...description,
      network: makeModel(3).description.network,
      labels: makeModel(3).description.labels,
    };
    expect(modelDescriptionSchema.safeParse(several).success).toBe(false);
  });
});

describe('checkPostProcessing', () => {
  it.each([
    [{}, []],
    [{ fillHoles: true, hysteresis: 0.2 }, [/so that the bound holds/]],
    [{ lesionThreshold: 0 }, []],
  ])('%o', (prediction, expected) => {
    const warnings = checkPostProcessing(trainedModel({}, prediction), MISS_RATE, 0.25);
    expect(warnings).toHaveLength(expected.length);
    for (const [index, text] of expected.entries()) expect(warnings[index]).toMatch(text);
  });

  it('refuses what would break the guarantee or the model', () => {
    const small = trainedModel({}, { lesionThreshold: 3 });
    expect(() => checkPostProcessing(small, MISS_RATE, 0.25)).toThrow('removes lesions below 3 mm3');
    expect(checkPostProcessing(small, F1, 0.25)).toEqual([
      "The figures are those of the masks before the model's post-processing.",
    ]);
    const hysteresis = trainedModel({}, { hysteresis: 0.3 });
    expect(() => checkPostProcessing(hysteresis, F1, 0.25)).toThrow('hysteresis 0.3 is above the threshold 0.25');
    expect(checkPostProcessing(makeModel(3), F1, 0.25)).toEqual([
      expect.stringMatching(/several classes \(a, b\).*apply it to the probabilities yourself/),
    ]);
  });
});
