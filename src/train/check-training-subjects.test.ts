import { describe, expect, it } from 'vitest';
import { checkTrainingSubjects } from './check-training-subjects.ts';

const statistics = { mean: 1, standardDeviation: 1, percentiles: { 'p0.5': 0, p5: 0, p50: 1, p95: 2, 'p99.5': 2 } };
const labels = [
  { value: 1, name: 'lesion' },
  { value: 4, name: 'core' },
];

function subject(id: string, modalities: readonly string[], voxels: Readonly<Record<string, number>>) {
  return {
    id,
    intensities: Object.fromEntries(modalities.map((modality) => [modality, statistics])),
    labels: Object.fromEntries(
      Object.entries(voxels).map(([value, count]) => [value, { voxels: count, milliliters: count }]),
    ),
  };
}

function warningsOf(subjects: readonly ReturnType<typeof subject>[], modalities = ['FLAIR']): string[] {
  const warnings: string[] = [];
  checkTrainingSubjects(subjects, modalities, labels, (message) => warnings.push(message));
  return warnings;
}

describe('checkTrainingSubjects', () => {
  it('has nothing to say where every class and modality is in some subject', () => {
    const subjects = [subject('a', ['FLAIR'], { 1: 5, 4: 0 }), subject('b', ['T1w'], { 1: 0, 4: 2 })];
    expect(warningsOf(subjects, ['FLAIR', 'T1w'])).toEqual([]);
  });

  it('warns of a class that no reference holds', () => {
    const subjects = [subject('a', ['FLAIR'], { 1: 5, 4: 0 }), subject('b', ['FLAIR'], { 1: 1, 4: 0 })];
    expect(warningsOf(subjects)).toEqual([
      expect.stringMatching(/^None of the 2 references to train on holds core \(4\): the model cannot learn that; /),
    ]);
  });

  it('warns of a single subject', () => {
    expect(warningsOf([subject('a', ['FLAIR'], { 1: 5, 4: 1 })])).toEqual([
      expect.stringMatching(/^a is the only subject to train on: /),
    ]);
  });

  it('refuses references without any class, and a modality that no subject has', () => {
    const empty = [subject('a', ['FLAIR'], { 1: 0, 4: 0 }), subject('b', ['FLAIR'], { 1: 0, 4: 0 })];
    expect(() => warningsOf(empty)).toThrow(
      /^None of the 2 references to train on holds a voxel of lesion \(1\), core \(4\): /,
    );
    const subjects = [subject('a', ['FLAIR'], { 1: 5, 4: 1 }), subject('b', ['FLAIR'], { 1: 5, 4: 1 })];
    expect(() => warningsOf(subjects, ['FLAIR', 'T2w'])).toThrow(/^No subject to train on has a T2w image: /);
  });
});
