import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { encodeSplits, idsOfSplit, readSplits, splitByFile } from './splits-file.ts';
import type { Subject } from './subject.ts';

const subject = (id: string, group = id): Subject => ({ id, group, images: {}, split: 'training' });
const subjects = [subject('p1-a', 'p1'), subject('p1-b', 'p1'), subject('p2'), subject('p3')];

describe('splits_final.json', () => {
  it('is read as nnU-Net writes it', async () => {
    // json.dump(splits, indent=4) of two folds.
    const text = `[
    {
        "train": [
            "p2"
        ],
        "val": [
            "p3"
        ]
    },
    {
        "train": [
            "p3"
        ],
        "val": [
            "p2"
        ]
    }
]`;
    const folds = await readSplits(new MemoryFileAccess().set('s.json', text), 's.json');
    expect(folds).toEqual([
      { train: ['p2'], val: ['p3'] },
      { train: ['p3'], val: ['p2'] },
    ]);
    expect(encodeSplits(folds)).toBe(`${text}\n`);
  });

  it.each(['[', '[]', '{}', '[{"train": ["a"]}]', '[{"train": "a", "val": []}]'])('is refused as %s', async (text) => {
    const files = new MemoryFileAccess().set('s.json', text);
    await expect(readSplits(files, 's.json')).rejects.toThrow(/^s\.json: it holds no splits; give a list of/);
  });

  it('splits the subjects that it names, in the order of their ids', () => {
    const split = splitByFile(subjects, { train: ['p2', 'p1-b', 'p1-a', 'p2'], val: ['p3'] }, 's.json');
    expect(idsOfSplit(split)).toEqual({ train: ['p1-a', 'p1-b', 'p2'], val: ['p3'] });
    expect(split.training[0]).toBe(subjects[0]);
    // p1-b takes no part.
    expect(idsOfSplit(splitByFile(subjects, { train: ['p1-a'], val: ['p3'] }, 's.json')).train).toEqual(['p1-a']);
  });

  it('is refused where it does not fit the subjects', () => {
    expect(() => splitByFile(subjects, { train: ['p1-a', 'x'], val: ['y'] }, 's.json')).toThrow(
      's.json: it names subjects that cannot be trained on here: x, y; they are missing or have no reference, so correct the file.',
    );
    expect(() => splitByFile(subjects, { train: ['p1-a', 'p2'], val: ['p1-b', 'p2'] }, 's.json')).toThrow(
      's.json: scans of p1, p2 stand in train and in val; keep all scans of a patient on one side.',
    );
    expect(() => splitByFile(subjects, { train: [], val: ['p2'] }, 's.json')).toThrow('a fold without train');
    expect(() => splitByFile(subjects, { train: ['p2'], val: [] }, 's.json')).toThrow('a fold without val');
  });
});
