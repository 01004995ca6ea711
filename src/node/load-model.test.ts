import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeModel } from '../../test/model.ts';
import { encodeModel } from '../model/model-file.ts';
import { loadModels } from './load-model.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'rarevox-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A run folder with a model of the given name. */
function writeRun(folder: string, name: string): void {
  const { description } = makeModel(1);
  const model = makeModel(1, { card: { ...description.card, name } });
  mkdirSync(`${root}/${folder}`, { recursive: true });
  writeFileSync(`${root}/${folder}/config.json`, '{}');
  writeFileSync(`${root}/${folder}/model.onnx`, encodeModel(model));
}

async function namesOf(path: string): Promise<string[]> {
  return (await loadModels(`${root}/${path}`)).map(({ description }) => description.card.name);
}

describe('loadModels', () => {
  it('opens all folds of a folder by their numbers, and nothing else in it', async () => {
    for (const fold of [10, 2, 0]) writeRun(`folds/fold-${fold}`, `fold ${fold}`);
    writeRun('folds/fold-0-old', 'old');
    writeRun('folds/other', 'other');
    expect(await namesOf('folds')).toEqual(['fold 0', 'fold 2', 'fold 10']);
    expect(await namesOf('folds/')).toEqual(['fold 0', 'fold 2', 'fold 10']);
  });

  it('opens one run folder or one model file', async () => {
    writeRun('run', 'alone');
    expect(await namesOf('run')).toEqual(['alone']);
    expect(await namesOf('run/model.onnx')).toEqual(['alone']);
  });

  it('refuses folds of which one is not finished, and a folder that is no run', async () => {
    writeRun('unfinished/fold-0', 'fold 0');
    writeRun('unfinished/fold-1', 'fold 1');
    rmSync(`${root}/unfinished/fold-1/model.onnx`);
    await expect(loadModels(`${root}/unfinished`)).rejects.toThrow(/fold-1 has no model\.onnx yet: finish the run/);
    await expect(loadModels(`${root}/none`)).rejects.toThrow(/none\/model\.onnx: cannot be read/);
  });
});
