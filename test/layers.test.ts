import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * The layer rules of biome.json (docs/architecture.md, "Rooms"), tried on files that break or keep them. Every row is
 * one file with one import.
 */
const cases: readonly { file: string; imports: string; refused: string | null }[] = [
  { file: 'src/volume/a.ts', imports: '../errors.ts', refused: null },
  { file: 'src/volume/b.ts', imports: './a.ts', refused: null },
  { file: 'src/volume/c.ts', imports: '../dataset/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/volume/d.ts', imports: 'node:fs', refused: 'noNodejsModules' },
  { file: 'src/patch/a.ts', imports: '../volume/a.ts', refused: null },
  { file: 'src/patch/b.ts', imports: '../graph/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/patch/c.ts', imports: '../augmentation/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/augmentation/a.ts', imports: '../patch/a.ts', refused: null },
  { file: 'src/augmentation/b.ts', imports: '../preprocess/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/predict/b.ts', imports: '../augmentation/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/train/c.ts', imports: '../augmentation/a.ts', refused: null },
  { file: 'src/evaluate/a.ts', imports: '../report/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/graph/a.ts', imports: '../volume/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/graph/b.ts', imports: '../engine/onnx/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/engine/onnx/a.ts', imports: '../../graph/a.ts', refused: null },
  { file: 'src/engine/onnx/b.ts', imports: '../../network/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/network/a.ts', imports: '../loss/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/train/a.ts', imports: '../optimizer/a.ts', refused: null },
  { file: 'src/train/b.ts', imports: '../node/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/predict/a.ts', imports: '../train/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/train/d.ts', imports: '../calibrate/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/calibrate/a.ts', imports: '../evaluate/a.ts', refused: null },
  { file: 'src/calibrate/b.ts', imports: '../predict/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/report/a.ts', imports: '../cli/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/report/b.ts', imports: '../experiment/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/experiment/a.ts', imports: '../report/a.ts', refused: null },
  { file: 'src/experiment/b.ts', imports: '../node/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/node/c.ts', imports: '../experiment/a.ts', refused: null },
  { file: 'src/node/a.ts', imports: 'node:fs', refused: null },
  { file: 'src/cli/a.ts', imports: '../node/a.ts', refused: null },
  { file: 'src/browser/a.ts', imports: '../predict/a.ts', refused: null },
  { file: 'src/browser/b.ts', imports: '../node/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/browser/c.ts', imports: 'node:fs', refused: 'noNodejsModules' },
  { file: 'src/predict/c.ts', imports: '../browser/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/node/b.ts', imports: '../browser/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/cli/b.ts', imports: '../browser/a.ts', refused: 'noRestrictedImports' },
  { file: 'web/a.ts', imports: '../src/browser/a.ts', refused: null },
  { file: 'web/b.ts', imports: '../src/cli/a.ts', refused: 'noRestrictedImports' },
  { file: 'src/train/cycle-1.ts', imports: './cycle-2.ts', refused: 'noImportCycles' },
  { file: 'src/train/cycle-2.ts', imports: './cycle-1.ts', refused: 'noImportCycles' },
];

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string };
}

const repository = join(import.meta.dirname, '..');
const biome = join(dirname(createRequire(import.meta.url).resolve('@biomejs/biome/package.json')), 'bin', 'biome');

describe('the layer rules', () => {
  let folder = '';
  let found = new Map<string, string[]>();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rarevox-layers-'));
    copyFileSync(join(repository, 'biome.json'), join(folder, 'biome.json'));
    for (const { file, imports } of cases) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `import * as other from '${imports}';\n\nexport const value = other;\n`);
    }
    const result = spawnSync(
      process.execPath,
      [biome, 'lint', '--reporter=json', '--max-diagnostics=none', 'src', 'web'],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    const report = JSON.parse(result.stdout) as { diagnostics: Diagnostic[] };
    found = new Map();
    for (const { category, location } of report.diagnostics) {
      const path = location.path.replaceAll('\\', '/');
      found.set(path, [...(found.get(path) ?? []), category]);
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(cases)('$file importing $imports: refused by $refused', ({ file, refused }) => {
    const names = (found.get(file) ?? []).map((category) => category.split('/').at(-1));
    expect(names).toEqual(refused === null ? [] : [refused]);
  });
});
