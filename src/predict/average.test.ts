import { describe, expect, it } from 'vitest';
import { RAS } from '../../test/synthetic-scan.ts';
import { Random } from '../random.ts';
import type { ScalarVolume } from '../volume/volume.ts';
import { VoteAverage } from './average.ts';

const map = (...data: number[]): ScalarVolume => ({
  kind: 'scalar',
  shape: [data.length, 1, 1],
  affine: RAS,
  data: Float32Array.from(data),
});

describe('VoteAverage', () => {
  it('gives one map and equal maps back unchanged, without spread', () => {
    const average = new VoteAverage();
    for (let model = 0; model < 7; model++) average.add(map(0.1, 0.7), map(0, 0));
    const { mean, spread } = average.result();
    expect(mean).toEqual(map(0.1, 0.7));
    expect(spread).toEqual(map(0, 0));
  });

  it('adds the variance between the models to that within them', () => {
    const average = new VoteAverage();
    average.add(map(0.25), map(0.0625));
    average.add(map(0.75), map(0.1875));
    // (0.0625 + 0.1875) / 2 within, 0.25^2 between.
    expect(average.result()).toEqual({ mean: map(0.5), spread: map(Math.sqrt(0.1875)) });
  });

  it('gives the mean and spread of all votes at once', () => {
    const random = new Random('votes', 1);
    const votes = Array.from({ length: 5 }, () => Array.from({ length: 8 }, () => random.uniform()));
    const meanOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const varianceOf = (values: number[]): number => meanOf(values.map((value) => (value - meanOf(values)) ** 2));
    const average = new VoteAverage();
    for (const own of votes) average.add(map(meanOf(own)), map(varianceOf(own)));
    const { mean, spread } = average.result();
    expect(mean.data[0]).toBeCloseTo(meanOf(votes.flat()), 6);
    expect(spread?.data[0]).toBeCloseTo(Math.sqrt(varianceOf(votes.flat())), 6);
  });

  it('keeps no spread where none was added', () => {
    const average = new VoteAverage();
    average.add(map(1), null);
    average.add(map(0), null);
    expect(average.result()).toEqual({ mean: map(0.5), spread: null });
  });
});
