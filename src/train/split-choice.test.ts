import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { idsOfSplit } from '../dataset/splits-file.ts';
import type { Dataset, Subject } from '../dataset/subject.ts';
import { parseTrainConfig } from './config.ts';
import { chooseSplit, usesOwnFolds } from './split-choice.ts';

const subjects: Subject[] = ['a', 'b', 'c', 'd', 'e', 'f'].map((id, index) => ({
  id,
  group: id,
  site: index < 4 ? 'north' : 'south',
  images: {},
  split: 'training',
}));
const dataset: Dataset = {
  name: 'letters',
  layout: 'bids',
  modalities: ['FLAIR'],
  labels: [],
  subjects: [...subjects, { id: 'g', group: 'g', images: {}, split: 'test' }],
};
const own = [
  { train: ['a', 'b'], val: ['c'] },
  { train: ['b', 'c'], val: ['a'] },
];

async function choose(options: object, data = dataset, files = new MemoryFileAccess()) {
  const { split, folds } = await chooseSplit(files, data, parseTrainConfig(options));
  return { ...idsOfSplit(split), folds };
}

describe('chooseSplit', () => {
  it('holds out nobody unless asked to, and never a subject without a reference', async () => {
    expect(await choose({})).toEqual({ train: ['a', 'b', 'c', 'd', 'e', 'f'], val: [], folds: [] });
  });

  it('deals the patients out by the seed, and tells of all folds', async () => {
    const { val, folds } = await choose({ fold: 1, folds: 3 });
    expect(folds).toHaveLength(3);
    expect(folds[1].val).toEqual(val);
    expect(folds.flatMap((fold) => fold.val).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect((await choose({ fold: 0 })).folds).toHaveLength(5);
    await expect(choose({ fold: 5 })).rejects.toThrow(/with 5 folds it has to be 0 to 4/);
  });

  it("takes the dataset's own folds unless told how many to make", async () => {
    const withFolds = { ...dataset, folds: own };
    expect(await choose({ fold: 1 }, withFolds)).toEqual({ train: ['b', 'c'], val: ['a'], folds: own });
    expect((await choose({ fold: 1, folds: 3 }, withFolds)).folds).toHaveLength(3);
    await expect(choose({ fold: 2 }, withFolds)).rejects.toThrow(
      'Folds count from 0: splits_final.json has 2, of which the last is 1.',
    );
    expect(usesOwnFolds(withFolds, parseTrainConfig({ fold: 1 }))).toBe(true);
    expect(usesOwnFolds(withFolds, parseTrainConfig({ fold: 1, folds: 3 }))).toBe(false);
    expect(usesOwnFolds(dataset, parseTrainConfig({ fold: 1 }))).toBe(false);
  });

  it('takes the folds of a file', async () => {
    const folds = [{ train: ['d'], val: ['e', 'f'] }];
    const files = new MemoryFileAccess().set('s.json', JSON.stringify(folds));
    const chosen = await choose({ fold: 0, splits: 's.json' }, { ...dataset, folds: own }, files);
    expect(chosen).toEqual({ train: ['d'], val: ['e', 'f'], folds });
    files.set('s.json', JSON.stringify([{ train: ['d'], val: ['g'] }]));
    await expect(choose({ fold: 0, splits: 's.json' }, dataset, files)).rejects.toThrow(
      /cannot be trained on here: g;/,
    );
  });

  it('leaves one site out', async () => {
    const held = { train: ['a', 'b', 'c', 'd'], val: ['e', 'f'] };
    expect(await choose({ leaveOutSite: 'south' })).toEqual({ ...held, folds: [held] });
  });

  it('refuses choices that contradict each other', () => {
    expect(() => parseTrainConfig({ fold: 0, leaveOutSite: 'south' })).toThrow(/only one of them/);
    expect(() => parseTrainConfig({ validation: ['a'], leaveOutSite: 'south' })).toThrow(/only one of them/);
    expect(() => parseTrainConfig({ splits: 's.json' })).toThrow(/give fold with splits/);
    expect(() => parseTrainConfig({ fold: 0, folds: 3, splits: 's.json' })).toThrow(/leave folds out/);
    expect(() => parseTrainConfig({ fold: 3, folds: 3 })).toThrow(/the last is 2, not 3/);
  });
});
