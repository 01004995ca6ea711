import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeModel } from '../../test/model.ts';
import { encodeModel } from '../model/model-file.ts';
import { DEMO, openDemoModel } from './demo-predict.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens a model whose card says who was trained on and who was held out. */
async function open(subjects: readonly string[], heldOut: readonly string[], further: Record<string, string> = {}) {
  const { card } = makeModel(1).description;
  const training = { subjects: [...subjects], held_out: [...heldOut], config: further };
  const model = makeModel(1, { card: { ...card, name: 'demo', training } });
  writeFileSync(`${folder}/${DEMO.model}.onnx`, encodeModel(model));
  return openDemoModel(folder);
}

describe("the demo's model", () => {
  it('is one that held the patient out', async () => {
    const model = await open(['sub-a', 'sub-b'], [DEMO.subject, 'sub-c']);
    expect(model.description.card.name).toBe('demo');
  });

  it('is refused where its card does not say so', async () => {
    const { subject } = DEMO;
    await expect(open(['sub-a', subject], ['sub-c'])).rejects.toThrow(
      new RegExp(`the card of ${DEMO.model} does not say so: ${subject} was trained on\\. .*--train`),
    );
    await expect(open(['sub-a', `${subject}_ses-2`], [subject])).rejects.toThrow(/was trained on/);
    await expect(open(['sub-a'], ['sub-c'])).rejects.toThrow(/was not held out/);
    await expect(open(['sub-a'], [subject], { warmStart: 'other.onnx' })).rejects.toThrow(
      /The model started from another one \(other\.onnx\)/,
    );
  });

  it('is missed where it is not there', async () => {
    await expect(openDemoModel(join(folder, 'nowhere'))).rejects.toThrow(
      `No model called ${DEMO.model} comes with rarevox: this copy of rarevox brings no models. \`rarevox demo --train\` trains one.`,
    );
  });
});
