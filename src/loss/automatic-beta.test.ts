import { describe, expect, it } from 'vitest';
import { automaticBetas } from './automatic-beta.ts';

describe('automaticBetas', () => {
  it('counts the background as the other class where there is one foreground class', () => {
    // 0.1 %: sqrt(0.999 / 0.001)
    const [rare] = automaticBetas({ background: 999_000, foreground: [1000] }, { offset: 0, cap: 3 });
    expect(rare.share).toBe(0.001);
    expect(rare.uncapped).toBeCloseTo(Math.sqrt(999), 9);
    expect(rare.beta).toBe(3);
    const [common] = automaticBetas({ background: 300, foreground: [100] }, { offset: 0, cap: 3 });
    expect(common.beta).toBeCloseTo(Math.sqrt(3), 12);
  });

  it('counts the foreground classes alone where there are several, whatever the background', () => {
    for (const background of [0, 1e6]) {
      const betas = automaticBetas({ background, foreground: [50, 40, 10] }, { offset: 0, cap: 3 });
      expect(betas.map(({ share }) => share)).toEqual([0.5, 0.4, 0.1]);
      const expected = [1, Math.sqrt(1.5), 3];
      for (const [at, { beta }] of betas.entries()) expect(beta).toBeCloseTo(expected[at], 12);
    }
  });

  it('adds the offset to the share of the others', () => {
    // q = 0.75 - 0.25 gives 1, q = 0.75 + 0.05 gives 2.
    const counts = { background: 300, foreground: [100] };
    expect(automaticBetas(counts, { offset: -0.25, cap: 3 })[0].beta).toBeCloseTo(1, 12);
    expect(automaticBetas(counts, { offset: 0.05, cap: 3 })[0].beta).toBeCloseTo(2, 12);
  });

  it('is the cap for a class that does not occur, and 0 for one that fills everything', () => {
    expect(automaticBetas({ background: 0, foreground: [0, 7] }, { offset: 0, cap: 2.5 })).toEqual([
      { share: 0, uncapped: Number.POSITIVE_INFINITY, beta: 2.5 },
      { share: 1, uncapped: 0, beta: 0 },
    ]);
    expect(automaticBetas({ background: 0, foreground: [0] }, { offset: 0, cap: 3 })).toEqual([
      { share: 0, uncapped: Number.POSITIVE_INFINITY, beta: 3 },
    ]);
    expect(automaticBetas({ background: 1, foreground: [1] }, { offset: 0.9, cap: 3 })[0].beta).toBe(3);
  });
});
