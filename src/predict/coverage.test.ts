import { describe, expect, it } from 'vitest';
import { makeModel } from '../../test/model.ts';
import { PIL, RAS } from '../../test/synthetic-scan.ts';
import type { Subject } from '../dataset/subject.ts';
import type { ModelDescription } from '../model/model-card.ts';
import { uncoveredSpacing, unreportedSequences, unseenViews } from './coverage.ts';
import { resolvePrediction } from './options.ts';

const { description } = makeModel(1);

function withCard(card: Partial<ModelDescription['card']>, views: 1 | 2 | 4 | 8 = 2): ModelDescription {
  return {
    ...description,
    prediction: { ...description.prediction, views },
    card: { ...description.card, name: 'spots', ...card },
  };
}

describe('views', () => {
  const warningsOf = (own: 1 | 2 | 4 | 8, views: 1 | 2 | 4 | 8) => {
    const models = [withCard({}, own)];
    return unseenViews(models, resolvePrediction(models, { views }));
  };

  it('that training showed the model need no word', () => {
    for (const [own, asked] of [
      [2, 2],
      [2, 1],
      [4, 1],
      [8, 2],
      [8, 4],
    ] as const)
      expect(warningsOf(own, asked)).toEqual([]);
  });

  it('that it did not are named', () => {
    expect(warningsOf(2, 4)).toEqual([
      'Of the 4 views asked for, spots was not trained with flip-ij, flip-ik, flip-jk, and may predict badly there: its own are --views 2.',
    ]);
    // Rotations by 180 degrees are not the mirror.
    expect(warningsOf(4, 2)[0]).toContain('spots was not trained with flip-i, and');
    const pair = [withCard({ name: 'a' }, 8), withCard({ name: 'b' }, 1)];
    const warnings = unseenViews(pair, resolvePrediction(pair, { views: 2 }));
    expect(warnings.map((text) => text.slice(26, 45))).toEqual(['b was not trained w']);
  });
});

describe('sequences', () => {
  const subject = (id: string, ...sequences: string[]): Subject => ({
    id,
    group: id,
    images: Object.fromEntries(sequences.map((name) => [name, `${id}_${name}`])),
    split: 'test',
  });
  const results = [
    { sequences: ['FLAIR'], cases: 1, figures: {} },
    { sequences: ['T1w', 'FLAIR'], cases: 1, figures: {} },
    // What another method does with T1w says nothing of the model.
    { baseline: 'A threshold', sequences: ['T1w'], cases: 1, figures: {} },
  ];
  const reported = { method: 'm', selection: 's', results };

  it('that the card has figures for need no word, nor does any where it has none at all', () => {
    const subjects = [subject('a', 'FLAIR'), subject('b', 'FLAIR', 'T1w', 'PDw')];
    expect(unreportedSequences([withCard({ reported })], subjects)).toEqual([]);
    expect(unreportedSequences([withCard({})], [subject('a', 'T1w')])).toEqual([]);
  });

  it('without figures are named once', () => {
    const subjects = [subject('a', 'T1w'), subject('b', 'T1w'), subject('c', 'FLAIR')];
    expect(unreportedSequences([withCard({ reported })], subjects)).toEqual([
      'The card of spots has no figures for T1w, only for FLAIR; FLAIR, T1w: how good it is there is not known.',
    ]);
  });
});

describe('voxel sizes', () => {
  const data = {
    digest: `sha256:${'0'.repeat(64)}`,
    patients: 1,
    scans: 1,
    sites: [],
    sequences: [{ sequences: ['FLAIR'], scans: 1 }],
    spacing: { least: [0.9, 0.9, 1] as [number, number, number], greatest: [1, 1, 7] as [number, number, number] },
    sources: [],
  };
  const say = (affine: typeof RAS, model = withCard({ data })) =>
    uncoveredSpacing('sub-01', { shape: [4, 4, 4], affine }, model);
  const scaled = (x: number, z: number): typeof RAS => [x, 0, 0, 0, 0, 1, 0, 0, 0, 0, z, 0, 0, 0, 0, 1];

  it('within a tenth of those of the training need no word', () => {
    for (const affine of [RAS, scaled(0.82, 7.6), scaled(1.09, 0.95)]) expect(say(affine)).toBeNull();
    expect(say(scaled(5, 5), withCard({}))).toBeNull();
  });

  it('beyond are named, along the axes of the world', () => {
    // 1 x 1.25 x 2 mm along i, j, k, which are y, z, x.
    expect(say(PIL)).toBe(
      'sub-01 has voxels of 2 x 1 x 1.25 mm along x, y, z; spots was trained on 0.9 x 0.9 x 1 mm to 1 x 1 x 7 mm.',
    );
    expect(say(scaled(1, 0.89))).toMatch(/^sub-01 has voxels of 1 x 1 x 0\.89 mm/);
    expect(say(scaled(1, 7.8))).toMatch(/^sub-01/);
  });
});
