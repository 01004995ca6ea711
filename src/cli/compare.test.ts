import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { captureOutput } from '../../test/captured-output.ts';
import { threeFolds } from '../../test/fold-runs.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { compareCommand } from './compare.ts';
import { runProgram } from './run-program.ts';

let folder: string;
const output = captureOutput();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rarevox-compare-'));
  for (const [path, content] of threeFolds({ heldOut: ['sub-02', 'sub-03', 'sub-04'] }).files) {
    await nodeFileAccess.write(join(folder, path), content);
  }
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function run(...words: string[]): Promise<number> {
  const program = new Command('rarevox').addCommand(compareCommand());
  const paths = words.map((word) => word.replace('@', `${folder}/`));
  return runProgram(program, ['compare', ...paths], { error: process.stderr, debug: true });
}

describe('rarevox compare', () => {
  it('writes tables and a report of runs, and names what is left out', async () => {
    const words = ['one=@CV/fold-1', 'other=@CV/fold-2/validation/summary.json', '--allow-missing'];
    expect(await run(...words, '--out', '@OUT', '--resamples', '100', '--figures', 'dice,LFPR')).toBe(0);
    expect(output.warned).toBe('Left out for all methods: sub-04 (not in one).\n');
    expect(output.printed).toMatch(/^2 subjects, scored with every method\.\nLeft out: sub-04, not in one\.\n/);
    expect(output.printed).toMatch(/\nDice +one \* +0\.\d{3} +0\.\d{3} to 0\.\d{3} +0\.\d{3} +2 +0\n/);
    expect(output.printed).toContain('one - other');
    expect(await readdir(join(folder, 'OUT'))).toEqual(['compare.csv', 'compare.json', 'report.html', 'tests.csv']);
    const comparison = JSON.parse(await readFile(join(folder, 'OUT/compare.json'), 'utf8'));
    expect(comparison).toMatchObject({
      methods: ['one', 'other'],
      subjects: ['sub-02', 'sub-03'],
      figures: ['Dice', 'LFPR'],
      bootstrap: { resamples: 100, seed: 0 },
    });
    const report = await readFile(join(folder, 'OUT/report.html'), 'utf8');
    expect(report).toContain('sub-04 (not in one)');
    expect(report).not.toMatch(/NaN|undefined|\[object/);
  });

  it('refuses different subjects unless that is allowed', async () => {
    expect(await run('one=@CV/fold-1', 'other=@CV/fold-2')).toBe(1);
    expect(output.warned).toContain('Not every method was scored on the same subjects: sub-04 (not in one).');
  });

  it('prints JSON', async () => {
    expect(await run('a=@CV/fold-1', 'b=@CV/fold-1', '--json', '--seed', '4')).toBe(0);
    expect(JSON.parse(output.printed)).toMatchObject({ methods: ['a', 'b'], bootstrap: { seed: 4 }, left_out: [] });
  });

  it('fails with status 2 for a wrong call, and 1 for a folder without scores', async () => {
    for (const words of [['a=@CV/fold-1'], ['@CV/fold-1', 'b=@CV/fold-1'], ['a=@CV/fold-1', 'a=@CV/fold-1']]) {
      expect(await run(...words)).toBe(2);
    }
    expect(await run('a=@CV/fold-1', 'b=@CV/fold-1', '--figures', 'Dize')).toBe(2);
    expect(await run('a=@CV/fold-1', 'b=@CV')).toBe(1);
    expect(output.warned).toContain('holds no summary.json');
  });
});
