import * as runtime from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { lowerProgram } from '../engine/lower-program.ts';
import { OrtEngine } from '../engine/ort-engine.ts';
import { DataError } from '../errors.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { elementCount, parametersOf } from '../graph/program.ts';
import { ARCHITECTURES, type Architecture, presetNetwork } from '../network/options.ts';
import { Random } from '../random.ts';
import { inferenceProgram } from './inference-program.ts';
import type { ModelDescription } from './model-card.ts';
import { decodeModel, encodeModel, type Model } from './model-file.ts';

function description(outputs: 1 | 3, architecture: Architecture = 'fc-densenet'): ModelDescription {
  const own = architecture === 'unet' ? { maximalFilters: 6 } : { growth: 2, layers: 1 };
  return {
    version: 2,
    network: presetNetwork('tiny', {
      architecture,
      channels: 2,
      outputs,
      initialFilters: 4,
      ...own,
      levels: 1,
      stemStride: [2, 2, 1],
      normalization: 'batch',
    }),
    preprocess: { version: 1, modalities: ['FLAIR', 'T1w'], spacing: [1, 1, 2.5], normalization: 'z-score' },
    missingModalities: 'refused',
    labels:
      outputs === 1
        ? [{ value: 1, name: 'lesion' }]
        : [
            { value: 1, name: 'a' },
            { value: 7, name: 'b' },
          ],
    patch: [12, 8, 8],
    prediction: { overlap: 0.5, window: 'spline', padding: 'fit', views: 2, threshold: 0.5 },
    card: {
      name: 'Größe',
      task: 'test',
      created_by: 'test',
      intended_use: 'test',
      training: { nested: [1, { a: null }] },
      references: [],
    },
  };
}

function randomModel(outputs: 1 | 3, architecture: Architecture = 'fc-densenet'): Model {
  return modelOf(description(outputs, architecture));
}

/** Random weights for a description. */
function modelOf(described: ModelDescription): Model {
  const program = inferenceProgram(described.network, described.patch);
  const draw = (role: 'weight' | 'statistic') =>
    parametersOf(program, role).map(({ op }) => {
      const random = new Random('model', op.name);
      const value = () => (role === 'weight' ? 0.3 * random.normal() : 0.5 + random.uniform());
      return [op.name, Float32Array.from({ length: elementCount(op.shape) }, value)] as const;
    });
  const parameters = new Map([...draw('weight'), ...draw('statistic')]);
  return { description: described, parameters };
}

const model = randomModel(1);
const bytes = encodeModel(model);

/** The model's graph with another description. */
function withDescription(content: unknown): Uint8Array {
  const program = inferenceProgram(model.description.network, model.description.patch);
  const metadata = { rarevox: typeof content === 'string' ? content : JSON.stringify(content) };
  return lowerProgram(program, { form: 'plain', parameters: { kind: 'values', values: model.parameters }, metadata });
}

describe('a model file', () => {
  it.each([
    { outputs: 1, architecture: 'fc-densenet' },
    { outputs: 3, architecture: 'fc-densenet' },
    { outputs: 1, architecture: 'unet' },
    { outputs: 3, architecture: 'unet' },
  ] as const)('comes back as it was ($architecture, $outputs outputs)', ({ outputs, architecture }) => {
    const original = randomModel(outputs, architecture);
    const { description: described, parameters } = decodeModel(encodeModel(original), 'model.onnx');
    expect(described).toEqual(original.description);
    expect([...parameters.keys()].sort()).toEqual([...original.parameters.keys()].sort());
    for (const [name, values] of original.parameters) expect(parameters.get(name)).toEqual(values);
  });

  it.each(ARCHITECTURES)('of a %s trained with deep supervision carries no auxiliary weights', (architecture) => {
    const plain = description(1, architecture);
    const described = { ...plain, network: { ...plain.network, levels: 2, deepSupervision: true } };
    const original = modelOf({ ...described, patch: [16, 8, 8] });
    const auxiliary = ['decoder.0.auxiliary.weight', new Float32Array(4).fill(7)] as const;
    const read = decodeModel(
      encodeModel({ ...original, parameters: new Map([...original.parameters, auxiliary]) }),
      'a',
    );
    expect(read.description.network.deepSupervision).toBe(true);
    expect([...read.parameters.keys()].sort()).toEqual([...original.parameters.keys()].sort());
  });

  it('of the time before there was a choice of architectures is that of an FC-DenseNet', () => {
    const { architecture, deepSupervision, ...network } = model.description.network;
    const old = decodeModel(withDescription({ ...model.description, network }), 'old.onnx');
    expect([architecture, deepSupervision]).toEqual(['fc-densenet', false]);
    expect(old.description).toEqual(model.description);
    for (const [name, values] of model.parameters) expect(old.parameters.get(name)).toEqual(values);
  });

  it('has the same bytes each time, and again from what was read', () => {
    expect(encodeModel(model)).toEqual(bytes);
    expect(encodeModel(decodeModel(bytes, 'model.onnx'))).toEqual(bytes);
  });

  it('runs as it stands and gives what the program rebuilt from it gives', async () => {
    const engine = new OrtEngine(runtime, { threads: 1 });
    await engine.load('file', bytes, { optimize: true });
    const read = decodeModel(bytes, 'model.onnx');
    const program = inferenceProgram(read.description.network, read.description.patch);
    const parameters = { kind: 'values', values: read.parameters } as const;
    await engine.load('rebuilt', lowerProgram(program, { form: 'fast', parameters }), { optimize: true });
    const random = new Random('image');
    const data = Float32Array.from({ length: 2 * 12 * 8 * 8 }, () => random.normal());
    const request = {
      feeds: { image: { kind: 'tensor', tensor: { shape: [1, 2, 8, 8, 12], data } } },
      returned: ['probabilities'],
    } as const;
    const file = (await engine.run('file', request)).probabilities;
    const rebuilt = (await engine.run('rebuilt', request)).probabilities;
    await engine.close();
    expect(file.shape).toEqual([1, 1, 8, 8, 12]);
    expect(new Set(file.data).size).toBeGreaterThan(100);
    for (const [index, value] of file.data.entries()) expect(rebuilt.data[index]).toBeCloseTo(value, 4);
  });
});

describe('a file that is no model of ours', () => {
  it('of an older rarevox, which says nothing of missing modalities, refuses them', () => {
    const entry = ',"missingModalities":"refused"';
    const bytes = encodeModel(randomModel(1));
    const text = Buffer.from(bytes).toString('latin1');
    expect(text).toContain(entry);
    // Blanks in the place of the entry keep the lengths within the file.
    const older = Buffer.from(text.replace(entry, ' '.repeat(entry.length)), 'latin1');
    expect(decodeModel(older, 'old.onnx').description).toEqual(description(1));
  });

  it('of version 1 comes as one of version 2 that says no more', () => {
    const { description: read } = decodeModel(withDescription({ ...model.description, version: 1 }), 'old.onnx');
    expect(read).toEqual(model.description);
    const { version: _, ...unversioned } = model.description;
    expect(() => decodeModel(withDescription(unversioned), 'a.onnx')).toThrow(/not valid.*version/s);
  });

  it('is refused by name wherever it is cut off', () => {
    const random = new Random('cut');
    const lengths = [0, 1, 2, bytes.length - 1, ...Array.from({ length: 60 }, () => random.integer(bytes.length))];
    for (const length of lengths) {
      const decode = () => decodeModel(bytes.subarray(0, length), 'RUN/model.onnx');
      expect(decode, `${length} bytes`).toThrow(DataError);
      expect(decode).toThrow(/^RUN\/model\.onnx.*\n?.*Take a model\.onnx that `rarevox train` wrote\.$/s);
    }
  });

  it('is refused or read, and nothing else, whatever byte is damaged', () => {
    const random = new Random('flip');
    for (let flip = 0; flip < 400; flip++) {
      const damaged = bytes.slice();
      // The description and the graph's structure lie around the weights; most of the bytes are weights.
      const at = flip % 2 === 0 ? random.integer(damaged.length) : bytes.length - 1 - random.integer(2000);
      damaged[at] ^= 1 << random.integer(8);
      try {
        decodeModel(damaged, 'model.onnx');
      } catch (error) {
        expect(error, `byte ${at}`).toBeInstanceOf(DataError);
      }
    }
  });

  it.each([
    ['an empty file', new Uint8Array(0), /is not an ONNX model, or it is damaged/],
    ['text', new TextEncoder().encode('{"version": 1}'), /is not an ONNX model, or it is damaged/],
    ['a NIfTI header', new Uint8Array(352).fill(1), /is not an ONNX model, or it is damaged/],
  ])('is refused: %s', (_, content, message) => {
    expect(() => decodeModel(content, 'a.onnx')).toThrow(DataError);
    expect(() => decodeModel(content, 'a.onnx')).toThrow(message);
  });

  it.each([
    ['no JSON', '{', /its rarevox description is not valid/],
    [
      'another version',
      { ...model.description, version: 3 },
      /^a\.onnx was written by a newer rarevox \(description version 3\): update rarevox\.$/,
    ],
    [
      'an entry missing',
      { ...model.description, labels: undefined },
      /its rarevox description is not valid \(.*labels/s,
    ],
    ['labels for another network', { ...model.description, labels: description(3).labels }, /an output for each label/],
    [
      'a patch that does not fit',
      { ...model.description, patch: [12, 9, 8] },
      /not valid \(the patch 12x9x8 must have/,
    ],
    [
      'a larger network',
      { ...model.description, network: { ...model.description.network, growth: 3 } },
      /^a\.onnx is damaged: the parameter \S+ is missing or has another size/,
    ],
    [
      'another architecture',
      { ...model.description, network: description(1, 'unet').network },
      /^a\.onnx is damaged: the parameter \S+ is missing or has another size/,
    ],
  ])('is refused with %s', (_, content, message) => {
    const decode = () => decodeModel(withDescription(content), 'a.onnx');
    expect(decode).toThrow(DataError);
    expect(decode).toThrow(message);
  });

  it('keeps the post-processing that it prescribes, and is refused where that makes no sense', () => {
    const encodeWith = (outputs: 1 | 3, changed: Partial<ModelDescription['prediction']>): Uint8Array => {
      const model = randomModel(outputs);
      const prediction = { ...model.description.prediction, ...changed };
      return encodeModel({ ...model, description: { ...model.description, prediction } });
    };
    const asked = { hysteresis: 0.3, fillHoles: true, lesionThreshold: 3, connectivity: 26 } as const;
    expect(decodeModel(encodeWith(1, asked), 'model.onnx').description.prediction).toMatchObject(asked);
    expect(() => encodeWith(1, { hysteresis: 0.6 })).toThrow(
      'a hysteresis is for one class, and not above the threshold',
    );
    expect(() => encodeWith(3, { hysteresis: 0.3 })).toThrow('a hysteresis is for one class');
  });

  it('is refused when it is an ONNX model without a description', () => {
    const b = new GraphBuilder();
    const program = b.program({ y: b.sigmoid(b.input('x', [2])) });
    const other = lowerProgram(program, { form: 'plain', parameters: { kind: 'values', values: new Map() } });
    expect(() => decodeModel(other, 'a.onnx')).toThrow(
      /^a\.onnx is an ONNX model without a rarevox description\. Take/,
    );
  });
});
