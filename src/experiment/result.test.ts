import { describe, expect, it } from 'vitest';
import { madeUpCase, madeUpResult } from '../../test/experiment-outcome.ts';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { encodeResult, readResult } from './result.ts';

describe('a result file', () => {
  const result = madeUpResult([madeUpCase('sub-01', [3, 1, 2]), madeUpCase('sub-02', [0, 0, 4])], {
    prediction: { overlap: 0.5 },
    sequences: ['FLAIR'],
  });

  it('gives back what was written, one line a case', async () => {
    const text = encodeResult(result);
    const files = new MemoryFileAccess().set('results/abc.json', text);
    expect(await readResult(files, 'results', 'abc')).toEqual(result);
    expect(text.split('\n').filter((line) => line.includes('"subject"'))).toHaveLength(2);
    const empty = new MemoryFileAccess().set('results/abc.json', encodeResult({ ...result, cases: [] }));
    expect((await readResult(empty, 'results', 'abc'))?.cases).toEqual([]);
  });

  it('is null where there is none, and a fault where it is damaged or another one', async () => {
    expect(await readResult(new MemoryFileAccess(), 'results', 'abc')).toBeNull();
    const damaged = new MemoryFileAccess().set('results/abc.json', encodeResult(result).slice(0, -20));
    await expect(readResult(damaged, 'results', 'abc')).rejects.toThrow(/results\/abc\.json is not the result/);
    const other = new MemoryFileAccess().set('results/xyz.json', encodeResult(result));
    await expect(readResult(other, 'results', 'xyz')).rejects.toThrow(/results\/xyz\.json is not the result/);
  });

  it('has null for a figure that an older version did not know', async () => {
    const text = encodeResult(result).replaceAll(/"HD95":[^,]+,/g, '');
    const read = await readResult(new MemoryFileAccess().set('r/abc.json', text), 'r', 'abc');
    expect(read?.cases[0]?.metrics['1']).toMatchObject({ HD95: null, Dice: 6 / 9 });
  });
});
