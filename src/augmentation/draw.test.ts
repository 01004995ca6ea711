import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { type AugmentationDraw, augmentationDrawSchema, type DrawContext, drawAugmentation } from './draw.ts';
import { type AugmentationOptions, augmentationOptionsSchema } from './options.ts';

const donor = { foreground: Int32Array.of(3, 5, 8), present: [true, true] };
const context: DrawContext = { spacing: [1, 1, 1], present: [true, true], donors: [donor, donor] };

const TRANSFORMS = [
  'rotation',
  'scaling',
  'elastic',
  'transplant',
  'biasField',
  'noise',
  'blur',
  'brightness',
  'contrast',
  'lowResolution',
  'thickSlices',
  'gammaInverted',
  'gamma',
] as const;
type Transform = (typeof TRANSFORMS)[number];
const KEY_OF = (transform: Transform): keyof AugmentationDraw => (transform === 'scaling' ? 'scale' : transform);

/** The given transforms always, the others never. */
function always(...transforms: readonly Transform[]): AugmentationOptions {
  const on = Object.fromEntries(transforms.map((name) => [name, { probability: 1 }]));
  return augmentationOptionsSchema.parse({ views: { kind: 'flips' }, ...on });
}

const draws = (options: AugmentationOptions, count: number, from: DrawContext = context): AugmentationDraw[] =>
  Array.from({ length: count }, (_, n) => drawAugmentation(options, new Random('draws', n), from));

describe('drawAugmentation', () => {
  it('repeats itself whatever else was drawn, and survives as JSON', () => {
    const random = new Random('sample', 4);
    const first = drawAugmentation(always(...TRANSFORMS), random, context);
    for (let n = 0; n < 10; n++) random.uniform();
    expect(drawAugmentation(always(...TRANSFORMS), random, context)).toEqual(first);
    expect(drawAugmentation(always(...TRANSFORMS), new Random('sample', 5), context)).not.toEqual(first);
    for (const draw of draws(always(...TRANSFORMS), 200)) {
      const text = JSON.stringify(draw);
      expect(augmentationDrawSchema.parse(JSON.parse(text))).toEqual(draw);
      expect(text.length).toBeLessThan(900);
    }
  });

  it.each(TRANSFORMS)('draws %s the same whether or not the others are on', (transform) => {
    const key = KEY_OF(transform);
    const alone = draws(always(transform), 20);
    for (const [n, draw] of draws(always(...TRANSFORMS), 20).entries()) {
      expect(draw[key]).toBeDefined();
      expect(alone[n][key]).toEqual(draw[key]);
      expect(alone[n].view).toBe(draw.view);
      expect(Object.keys(alone[n]).filter((name) => name !== 'view')).toEqual([key]);
    }
  });

  it('draws nothing from the set none', () => {
    for (const draw of draws(augmentationOptionsSchema.parse('none'), 50)) expect(draw).toEqual({});
  });

  it.each(TRANSFORMS)('draws %s as often as its probability says', (transform) => {
    const options = augmentationOptionsSchema.parse({ [transform]: { probability: 0.3 } });
    const found = draws(options, 2000).filter((draw) => draw[KEY_OF(transform)] !== undefined).length;
    // Three standard deviations of a binomial share.
    expect(Math.abs(found / 2000 - 0.3)).toBeLessThan(3 * Math.sqrt((0.3 * 0.7) / 2000));
  });

  it('draws the views as often as they should be', () => {
    const counts: Record<string, number> = {};
    for (const { view = 'identity' } of draws(augmentationOptionsSchema.parse('rotation-180'), 6400)) {
      counts[view] = (counts[view] ?? 0) + 1;
    }
    const expected = { identity: 2700, 'flip-ij': 1600, 'flip-ik': 1200, 'flip-jk': 900 };
    expect(Object.keys(counts).sort()).toEqual(Object.keys(expected).sort());
    for (const [view, count] of Object.entries(expected)) {
      expect(Math.abs(counts[view] - count)).toBeLessThan(3.5 * Math.sqrt(count * (1 - count / 6400)));
    }
  });

  it('stays within the ranges, and uses them whole', () => {
    const found = draws(always(...TRANSFORMS), 3000);
    const spread = (values: number[]) => [Math.min(...values), Math.max(...values)];
    const expectSpread = (values: number[], low: number, high: number) => {
      const [least, most] = spread(values);
      const slack = (high - low) / 50;
      expect(least).toBeGreaterThanOrEqual(low);
      expect(most).toBeLessThanOrEqual(high);
      expect(least).toBeLessThan(low + slack);
      expect(most).toBeGreaterThan(high - slack);
    };
    for (const axis of [0, 1, 2])
      expectSpread(
        found.map(({ rotation }) => rotation![axis]),
        -30,
        30,
      );
    expectSpread(
      found.map(({ scale }) => scale![0]),
      0.7,
      1.4,
    );
    expectSpread(
      found.map(({ elastic }) => elastic!.amplitude[0]),
      0,
      6,
    );
    expectSpread(
      found.map(({ noise }) => noise!.deviation),
      0,
      0.1,
    );
    expectSpread(
      found.flatMap(({ gamma }) => gamma!),
      0.7,
      1.5,
    );
    expectSpread(
      found.flatMap(({ blur }) => blur!.filter((sigma) => sigma > 0)),
      0.5,
      1,
    );
    expectSpread(
      found.flatMap(({ lowResolution }) => lowResolution!.map(([i]) => i)),
      0.5,
      1,
    );
    const slices = found.flatMap(({ thickSlices }) => thickSlices!.filter((drawn) => drawn !== null));
    expect(Math.abs(slices.length / 6000 - 0.5)).toBeLessThan(0.03);
    expect(new Set(slices.map(({ axis }) => axis))).toEqual(new Set([0, 1, 2]));
    expect(new Set(slices.map(({ voxels }) => voxels))).toEqual(new Set([2, 3, 4]));
    for (const { voxels, offset } of slices) expect(offset).toBeLessThan(voxels);
  });

  it('draws factors below 1 as often as above it', () => {
    const factors = draws(always('gamma'), 2000).flatMap(({ gamma }) => gamma!);
    const below = factors.filter((gamma) => gamma < 1).length;
    expect(Math.abs(below / factors.length - 0.5)).toBeLessThan(0.03);
    const oneSided = augmentationOptionsSchema.parse({ gamma: { probability: 1, range: [0.5, 0.8] } });
    const drawn = draws(oneSided, 500).flatMap(({ gamma }) => gamma!);
    expect(Math.min(...drawn)).toBeLessThan(0.52);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(0.8);
    expect(drawn.reduce((sum, value) => sum + value, 0) / drawn.length).toBeCloseTo(0.65, 1);
  });

  it('leaves an axis with much longer voxels as it is', () => {
    const thick = draws(always(...TRANSFORMS), 20, { ...context, spacing: [0.9, 0.9, 3] });
    for (const { rotation, scale, elastic, lowResolution } of thick) {
      expect(rotation!.slice(0, 2)).toEqual([0, 0]);
      expect(rotation![2]).not.toBe(0);
      expect(scale![2]).toBe(1);
      expect(scale![0]).toBe(scale![1]);
      expect(elastic!.amplitude[2]).toBe(0);
      expect(elastic!.amplitude[1]).toBe(elastic!.amplitude[0]);
      for (const share of lowResolution!) expect(share[2]).toBe(1);
    }
    const [{ rotation }] = draws(always('rotation'), 1, { ...context, spacing: [1, 1, 3] });
    expect(rotation![0]).not.toBe(0);
  });

  it('draws the transplant margin as CarveMix does', () => {
    const margins = draws(always('transplant'), 4000).map(({ transplant }) => transplant!.margin);
    const share = (low: number, high: number) => margins.filter((m) => m >= low && m < high).length / margins.length;
    expect(Math.min(...margins)).toBeGreaterThanOrEqual(-0.5);
    expect(Math.max(...margins)).toBeLessThanOrEqual(1);
    for (const [low, high, expected] of [
      [-0.5, -0.25, 0.25],
      [-0.25, 0, 0.25],
      [0, 0.5, 0.25],
      [0.5, 1.01, 0.25],
    ]) {
      expect(Math.abs(share(low, high) - expected)).toBeLessThan(3.5 * Math.sqrt((0.25 * 0.75) / 4000));
    }
  });

  it('takes lesions only from cases that have one, and all channels of the case', () => {
    const donors = [
      { foreground: new Int32Array(0), present: [true, true] },
      { foreground: Int32Array.of(7), present: [true, false] },
      { foreground: Int32Array.of(40, 41, 42), present: [true, true] },
    ];
    const drawnFrom = (present: boolean[]) =>
      draws(always('transplant'), 100, { ...context, present, donors }).map(({ transplant }) => transplant);
    const whole = drawnFrom([true, true]);
    expect(new Set(whole.map((drawn) => drawn!.donor))).toEqual(new Set([2]));
    expect(new Set(whole.map((drawn) => drawn!.voxel))).toEqual(new Set([40, 41, 42]));
    expect(new Set(drawnFrom([true, false]).map((drawn) => drawn!.donor))).toEqual(new Set([1, 2]));
    expect(
      drawAugmentation(always('transplant'), new Random(1), { ...context, donors: donors.slice(0, 2) }),
    ).not.toHaveProperty('transplant');
  });
});
