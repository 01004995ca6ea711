import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

const programs = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
  .filter((page) => page.endsWith('.md'))
  .flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => ({ page, code: match[1] as string }));
  });
/** Must not compile, lest the check be blind. */
const wrong = "import { predict } from 'rarevox';\npredict('a model');\n";

describe('the TypeScript of the documentation', () => {
  let folder = '';
  let output = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rarevox-docs-'));
    for (const [index, { code }] of programs.entries()) writeFileSync(join(folder, `example-${index}.mts`), code);
    writeFileSync(join(folder, 'wrong.mts'), wrong);
    const settings = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        paths: {
          rarevox: [join(root, 'src/index.ts')],
          'rarevox/browser': [join(root, 'src/browser/index.ts')],
          'rarevox/node': [join(root, 'src/node/index.ts')],
        },
        typeRoots: [join(root, 'node_modules/@types')],
        allowImportingTsExtensions: true,
        rewriteRelativeImportExtensions: false,
      },
      include: ['*.mts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    const result = spawnSync(process.execPath, [compiler, '--project', folder, '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    });
    output = result.stdout;
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is there', () => {
    expect(programs.length).toBeGreaterThan(0);
  });

  it('compiles against the library, and a wrong call does not', () => {
    const errors = output.split('\n').filter((line) => /error TS/.test(line));
    expect(errors.filter((line) => !line.startsWith('wrong.mts'))).toEqual([]);
    expect(errors).not.toEqual([]);
  });
});

it('the parts of docs/embed-in-a-web-page.md stand in the example that is opened in Chromium', () => {
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  const parts = [...read('docs/embed-in-a-web-page.md').matchAll(/^```typescript\n(.*?)^```$/gms)];
  expect(parts).toHaveLength(2);
  for (const [, code] of parts) expect(read('web/example/main.ts')).toContain(code);
});
