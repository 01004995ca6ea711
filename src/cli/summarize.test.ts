import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { captureOutput } from '../../test/captured-output.ts';
import { threeFolds } from '../../test/fold-runs.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { runProgram } from './run-program.ts';
import { summarizeCommand } from './summarize.ts';

let folder: string;
const output = captureOutput();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rarevox-summarize-'));
  for (const [path, content] of threeFolds({ config: { steps: 20 } }).files) {
    await nodeFileAccess.write(join(folder, path), content);
  }
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function run(...words: string[]): Promise<number> {
  const program = new Command('rarevox').addCommand(summarizeCommand());
  return runProgram(program, ['summarize', ...words], { error: process.stderr, debug: false });
}

describe('rarevox summarize', () => {
  it('prints the table with its warnings, and writes the summary', async () => {
    const out = join(folder, 'SUMMARY');
    expect(await run(join(folder, 'CV'), '--out', `${out}/`, '--resamples', '200')).toBe(0);
    expect(output.printed).toMatch(/^lesions: 3 folds, 6 held-out subjects of 5 patients\n/);
    expect(output.printed).toMatch(/differ in the option steps: 10 and 20\.\n$/);
    expect(await readdir(out)).toEqual(['cases.csv', 'summary.json', 'summary.md']);
    const summary = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ n_cases: 6, bootstrap: { level: 0.95, resamples: 200, seed: 0 } });
    expect((await readFile(join(out, 'cases.csv'), 'utf8')).split('\n')).toHaveLength(8);
  });

  it('prints JSON, and warnings beside it', async () => {
    expect(await run(join(folder, 'CV/fold-0'), join(folder, 'CV/fold-1'), '--json', '--seed', '3')).toBe(0);
    expect(JSON.parse(output.printed)).toMatchObject({ n_cases: 4, missing_folds: [2], bootstrap: { seed: 3 } });
    expect(output.warned).toBe('Of 3 folds, fold 2 is missing: its subjects are not in the summary.\n');
  });

  it('fails with status 1 for a path that is no run, and 2 for a wrong call', async () => {
    expect(await run(join(folder, 'NOWHERE'))).toBe(1);
    expect(output.warned).toMatch(/NOWHERE is no run of `rarevox train`/);
    expect(await run()).toBe(2);
  });
});
