import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../errors.ts';
import { foldSplit, splitByIds, splitBySite } from './split.ts';
import type { Subject } from './subject.ts';

function session(patient: number, visit: number, site?: string): Subject {
  const group = `sub-${String(patient).padStart(2, '0')}`;
  return {
    id: `${group}_ses-${visit}`,
    group,
    ...(site === undefined ? {} : { site }),
    images: {},
    split: 'training',
  };
}

const ids = (subjects: readonly Subject[]): string[] => subjects.map((subject) => subject.id).sort();

describe('foldSplit', () => {
  it('validates on every patient once, keeps sessions together and folds even', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom('a', 'b', undefined)), {
          minLength: 2,
          maxLength: 17,
        }),
        fc.integer({ min: 2, max: 5 }),
        fc.integer(),
        (patients, wanted, seed) => {
          const folds = Math.min(wanted, patients.length);
          const subjects = patients.flatMap(([visits, site], patient) =>
            Array.from({ length: visits }, (_, visit) => session(patient, visit, site)),
          );
          const validated: string[] = [];
          const patientCounts: number[] = [];
          for (let fold = 0; fold < folds; fold++) {
            const { training, validation } = foldSplit(subjects, { folds, fold, seed });
            expect(ids([...training, ...validation])).toEqual(ids(subjects));
            const held = new Set(validation.map((subject) => subject.group));
            expect(training.some((subject) => held.has(subject.group))).toBe(false);
            patientCounts.push(held.size);
            validated.push(...ids(validation));
            const shuffled = foldSplit([...subjects].reverse(), { folds, fold, seed });
            expect(ids(shuffled.validation)).toEqual(ids(validation));
          }
          expect(validated.sort()).toEqual(ids(subjects));
          expect(Math.max(...patientCounts) - Math.min(...patientCounts)).toBeLessThanOrEqual(1);
        },
      ),
      { seed: 3, numRuns: 100 },
    );
  });

  it('spreads the patients of a site evenly', () => {
    const subjects = Array.from({ length: 10 }, (_, patient) => session(patient, 1, patient < 5 ? 'a' : 'b'));
    for (let fold = 0; fold < 5; fold++) {
      const sites = foldSplit(subjects, { folds: 5, fold, seed: 1 }).validation.map((subject) => subject.site);
      expect(sites.sort()).toEqual(['a', 'b']);
    }
  });

  it('differs between seeds', () => {
    const subjects = Array.from({ length: 20 }, (_, patient) => session(patient, 1));
    const validated = [1, 2, 3, 4].map((seed) =>
      ids(foldSplit(subjects, { folds: 4, fold: 0, seed }).validation).join(),
    );
    expect(new Set(validated).size).toBe(4);
  });

  it('refuses what cannot be split', () => {
    const subjects = [session(1, 1), session(1, 2), session(2, 1)];
    expect(() => foldSplit(subjects, { folds: 1, fold: 0, seed: 0 })).toThrow(UsageError);
    expect(() => foldSplit(subjects, { folds: 2, fold: 2, seed: 0 })).toThrow(/with 2 folds it has to be 0 to 1/);
    expect(() => foldSplit(subjects, { folds: 3, fold: 0, seed: 0 })).toThrow(DataError);
    expect(() => foldSplit([session(1, 1), session(1, 2)], { folds: 5, fold: 0, seed: 0 })).toThrow(
      'There is nothing to deal out to 5 folds: all scans are of one patient, sub-01: train on them without holding any ' +
        'out (no --fold), or add patients.',
    );
    expect(() => foldSplit([], { folds: 5, fold: 0, seed: 0 })).toThrow(/there is no subject with a reference mask/);
  });
});

describe('splitByIds', () => {
  const subjects = [session(1, 1), session(1, 2), session(2, 1), session(3, 1)];

  it('takes ids and patients, and the patient with the session', () => {
    const { training, validation } = splitByIds(subjects, ['sub-01_ses-2', '03']);
    expect(ids(validation)).toEqual(['sub-01_ses-1', 'sub-01_ses-2', 'sub-03_ses-1']);
    expect(ids(training)).toEqual(['sub-02_ses-1']);
  });

  it('refuses unknown ids and an empty training set', () => {
    expect(() => splitByIds(subjects, ['sub-02', 'sub-9'])).toThrow(
      /No subject is called sub-9; the subjects are sub-01_/,
    );
    expect(() => splitByIds(subjects, ['01', '02', '03'])).toThrow(/Every subject is held out/);
    expect(() => splitByIds(subjects, [])).toThrow(/^No subject to hold out is named/);
  });
});

describe('splitBySite', () => {
  const subjects = [session(1, 1, 'a'), session(1, 2, 'b'), session(2, 1, 'a'), session(3, 1, 'c'), session(4, 1)];

  it('holds out the patients of a site, with what was scanned of them elsewhere', () => {
    const { training, validation } = splitBySite(subjects, 'a');
    expect(ids(validation)).toEqual(['sub-01_ses-1', 'sub-01_ses-2', 'sub-02_ses-1']);
    expect(ids(training)).toEqual(['sub-03_ses-1', 'sub-04_ses-1']);
  });

  it('refuses unknown sites and an empty training set', () => {
    expect(() => splitBySite(subjects, 'd')).toThrow('No subject is from the site d; the sites are a, b, c.');
    expect(() => splitBySite([session(1, 1)], 'a')).toThrow(/the dataset names no sites/);
    expect(() => splitBySite([session(1, 1, 'a'), session(2, 1, 'a')], 'a')).toThrow(UsageError);
  });
});
