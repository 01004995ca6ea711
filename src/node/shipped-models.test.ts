import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataError } from '../errors.ts';
import { modelPathOf, shippedModelFile, shippedModelNames } from './shipped-models.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
  for (const name of ['spleen.onnx', 'ms-lesion.onnx', 'ms-lesion-fold-1.onnx', 'README.md']) {
    writeFileSync(join(folder, name), '');
  }
  mkdirSync(join(folder, 'cards.onnx'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the models that come with the package', () => {
  it('are the files of a folder, by name', async () => {
    expect(await shippedModelNames(folder)).toEqual(['ms-lesion', 'ms-lesion-fold-1', 'spleen']);
    expect(await shippedModelNames(join(folder, 'nowhere'))).toEqual([]);
    expect(await shippedModelFile('ms-lesion', folder)).toBe(`${folder}/ms-lesion.onnx`);
  });

  it('are asked for by a name that exists', async () => {
    const message = (name: string, where = folder) =>
      shippedModelFile(name, where).catch((error: unknown) => {
        expect(error).toBeInstanceOf(DataError);
        return (error as Error).message;
      });
    expect(await message('ms-lesoin')).toBe('No model called ms-lesoin comes with rarevox: did you mean ms-lesion?');
    expect(await message('liver')).toBe(
      'No model called liver comes with rarevox: there are ms-lesion, ms-lesion-fold-1, spleen.',
    );
    expect(await message('liver', join(folder, 'nowhere'))).toBe(
      'No model called liver comes with rarevox: this copy of rarevox brings no models.',
    );
  });
});

describe('what a MODEL of the command line stands for', () => {
  it('is a shipped model where there is no such file or folder', async () => {
    expect(await modelPathOf('spleen', folder)).toBe(`${folder}/spleen.onnx`);
    // Where the tests run there is a folder `src`.
    writeFileSync(join(folder, 'src.onnx'), '');
    expect(await modelPathOf('src', folder)).toBe('src');
  });

  it('is a path where it looks like one, whether or not it is there', async () => {
    for (const path of ['runs/spleen', './spleen', 'spleen.onnx', 'C:\\spleen']) {
      expect(await modelPathOf(path, folder)).toBe(path);
    }
  });

  it('is refused where it is neither', async () => {
    await expect(modelPathOf('spleeen', folder)).rejects.toThrow(
      /^There is no file or folder spleeen\. No model called spleeen comes with rarevox: did you mean spleen\?$/,
    );
  });
});
