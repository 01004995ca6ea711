import { readFileSync } from 'node:fs';
import type { InferenceSession, Tensor, TypedTensor } from 'onnxruntime-common';
import * as native from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { decodeModel, encodeModel } from '../src/model/model-file.ts';
import { shippedModelFile, shippedModelNames } from '../src/node/shipped-models.ts';
import { Random } from '../src/random.ts';
import { makeModel } from './model.ts';

/** What the two packages share; each has classes of its own. */
interface Runtime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => Tensor;
}

/** A small model with weights drawn at random, so that its output depends on its input. */
function randomModel(): Uint8Array {
  const { description, parameters } = makeModel(1);
  const random = new Random('onnxruntime-web');
  const drawn = [...parameters].map(
    ([name, values]) => [name, Float32Array.from(values, () => random.normal())] as const,
  );
  return encodeModel({ description, parameters: new Map(drawn) });
}

async function probabilitiesOf(runtime: Runtime, model: Uint8Array, image: Float32Array, shape: readonly number[]) {
  const session = await runtime.InferenceSession.create(model, { intraOpNumThreads: 1 });
  const { probabilities } = await session.run({ image: new runtime.Tensor('float32', image, shape) });
  await session.release();
  return (probabilities as TypedTensor<'float32'>).data;
}

const shipped = await Promise.all(
  (await shippedModelNames()).map(async (name) => ({ name, model: readFileSync(await shippedModelFile(name)) })),
);

describe('a model file in another ONNX runtime, onnxruntime-web on WebAssembly', () => {
  web.env.wasm.numThreads = 1;

  it.each([{ name: 'made up', model: randomModel() }, ...shipped])(
    'gives the same output: $name',
    { timeout: 120_000 },
    async ({ name, model }) => {
      const { patch, network } = decodeModel(model, name).description;
      const shape = [1, network.channels, patch[2], patch[1], patch[0]];
      const random = new Random('image');
      const image = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal());
      const expected = await probabilitiesOf(native as unknown as Runtime, model, image, shape);
      const output = await probabilitiesOf(web as unknown as Runtime, model, image, shape);
      expect(output.length).toBe(expected.length);
      let difference = 0;
      for (let i = 0; i < output.length; i++) difference = Math.max(difference, Math.abs(output[i] - expected[i]));
      expect(difference).toBeLessThan(1e-4);
      expect(new Set(expected).size).toBeGreaterThan(100);
    },
  );
});
