import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DataError, UsageError } from '../errors.ts';
import { lossDescriptionSchema } from './loss-description.ts';
import {
  givenLossOptions,
  type LossChoices,
  lossEntries,
  needsVoxelCounts,
  refuseUnusedLossOptions,
  resolveLoss,
} from './options.ts';

const schema = z.strictObject(lossEntries);

function choices(input: z.input<typeof schema>): LossChoices {
  return schema.parse(input);
}

describe('the entries of the loss', () => {
  it('have defaults', () => {
    expect(choices({})).toEqual({
      loss: 'asymmetric',
      beta: 1.5,
      smoothing: 0,
      lossOptions: {
        tversky: [0.3, 0.7],
        focalTverskyGamma: 4 / 3,
        focal: { gamma: 2, alpha: 0.25 },
        foregroundWeight: 1,
        betaCap: 3,
        betaOffset: 0,
      },
    });
    expect(choices({ lossOptions: { focal: { gamma: 1 } } }).lossOptions.focal).toEqual({ gamma: 1, alpha: 0.25 });
  });

  it.each([
    [{ loss: 'dise' }, 'did you mean dice?'],
    [{ beta: 0 }, ''],
    [{ beta: 'automatic' }, ''],
    [{ smoothing: -1 }, ''],
    [{ lossOptions: { tversky: [0, 0] } }, 'both 0'],
    [{ lossOptions: { focal: { alpha: 2 } } }, ''],
    [{ lossOptions: { gamma: 2 } }, 'gamma'],
  ])('refuse %j', (input, message) => {
    const { error } = schema.safeParse(input);
    expect(error?.issues).toHaveLength(1);
    expect(error?.issues[0].message).toContain(message);
  });
});

describe('resolveLoss', () => {
  const every = 'asymmetric + tversky + 0.5*dice + generalized-dice + focal + cross-entropy + 2*focal-tversky';

  it('gives every parameter of every term, as a record that JSON keeps', () => {
    const description = resolveLoss(choices({ loss: every, beta: [1, 2], smoothing: 0.5 }), 2, null);
    const sides = { falsePositiveWeight: 0.3, falseNegativeWeight: 0.7, smoothing: 0.5 };
    expect(description).toEqual({
      terms: [
        { name: 'asymmetric', weight: 1, betas: [1, 2], smoothing: 0.5 },
        { name: 'tversky', weight: 1, ...sides },
        { name: 'dice', weight: 0.5, smoothing: 0.5 },
        { name: 'generalized-dice', weight: 1 },
        { name: 'focal', weight: 1, gamma: 2, alpha: 0.25 },
        { name: 'cross-entropy', weight: 1, foregroundWeight: 1 },
        { name: 'focal-tversky', weight: 2, ...sides, gamma: 4 / 3 },
      ],
      automaticBetas: null,
    });
    expect(lossDescriptionSchema.parse(JSON.parse(JSON.stringify(description)))).toEqual(description);
  });

  it('passes the options of single losses on', () => {
    const lossOptions = { tversky: [1, 2] as [number, number], focalTverskyGamma: 2, foregroundWeight: 9 };
    const { terms } = resolveLoss(
      choices({ loss: every, lossOptions: { ...lossOptions, focal: { alpha: 0.5 } } }),
      1,
      null,
    );
    expect(terms[1]).toMatchObject({ falsePositiveWeight: 1, falseNegativeWeight: 2 });
    expect(terms[4]).toMatchObject({ gamma: 2, alpha: 0.5 });
    expect(terms[5]).toMatchObject({ foregroundWeight: 9 });
    expect(terms[6]).toMatchObject({ falsePositiveWeight: 1, falseNegativeWeight: 2, gamma: 2 });
  });

  it('repeats one beta for every class, and refuses a list of another length', () => {
    expect(resolveLoss(choices({ beta: 2 }), 3, null).terms[0]).toMatchObject({ betas: [2, 2, 2] });
    expect(() => resolveLoss(choices({ beta: [1, 2] }), 3, null)).toThrow(
      new UsageError('beta has 2 values for 3 foreground classes: give one, or one for each.'),
    );
  });

  it('chooses beta from the counts, with cap and offset, and says how', () => {
    const counts = { background: 999, foreground: [1] };
    const capped = resolveLoss(choices({ beta: 'auto' }), 1, counts);
    expect(capped.terms[0]).toMatchObject({ betas: [3] });
    expect(capped.automaticBetas).toEqual([{ share: 0.001, uncapped: expect.closeTo(Math.sqrt(999), 9), beta: 3 }]);
    const lossOptions = { betaCap: 100, betaOffset: -0.499 };
    expect(resolveLoss(choices({ beta: 'auto', lossOptions }), 1, counts).terms[0]).toMatchObject({
      betas: [expect.closeTo(1, 9)],
    });
    const missing = resolveLoss(choices({ beta: 'auto' }), 2, { background: 1, foreground: [0, 0] });
    expect(missing.automaticBetas?.[0]).toEqual({ share: 0, uncapped: null, beta: 3 });
    expect(lossDescriptionSchema.parse(JSON.parse(JSON.stringify(missing)))).toEqual(missing);
  });

  it('refuses an automatic beta of 0', () => {
    const resolve = () => resolveLoss(choices({ beta: 'auto' }), 2, { background: 10, foreground: [7, 0] });
    expect(resolve).toThrow(DataError);
    expect(resolve).toThrow('beta auto is 0 for foreground class 1, which has 100 % of the counted voxels');
  });

  it('needs counts only for an automatic beta that a term uses', () => {
    expect(needsVoxelCounts(choices({ beta: 'auto' }))).toBe(true);
    expect(needsVoxelCounts(choices({}))).toBe(false);
    expect(needsVoxelCounts(choices({ loss: 'dice', beta: 'auto' }))).toBe(false);
    expect(() => resolveLoss(choices({ beta: 'auto' }), 1, null)).toThrow('needs the voxel counts of 1 foreground');
  });
});

describe('refuseUnusedLossOptions', () => {
  function refuse(input: z.input<typeof schema>): void {
    refuseUnusedLossOptions(choices(input), givenLossOptions(input));
  }

  it.each([
    {},
    { beta: 2, smoothing: 1 },
    { loss: 'dice', smoothing: 1 },
    { loss: 'focal-tversky', smoothing: 1, lossOptions: { tversky: [0.1, 0.9], focalTverskyGamma: 2 } },
    { loss: 'dice + focal', lossOptions: { focal: { gamma: 1 } } },
    {
      loss: 'asymmetric + cross-entropy',
      beta: 'auto',
      lossOptions: { betaCap: 5, betaOffset: 0.1, foregroundWeight: 2 },
    },
  ] as const)('accepts %j', (input) => {
    expect(() => refuse(structuredClone(input) as z.input<typeof schema>)).not.toThrow();
  });

  it.each([
    [{ loss: 'dice', beta: 1 }, 'beta acts on asymmetric, and the loss is dice: leave it out.'],
    [
      { loss: 'focal', smoothing: 1 },
      'smoothing acts on asymmetric, tversky, dice and focal-tversky, and the loss is focal: leave it out.',
    ],
    [{ lossOptions: { tversky: [1, 1] } }, 'lossOptions.tversky acts on tversky and focal-tversky'],
    [{ lossOptions: { focal: {} } }, 'lossOptions.focal acts on focal'],
    [{ lossOptions: { foregroundWeight: 2 } }, 'lossOptions.foregroundWeight acts on cross-entropy'],
    [{ loss: 'tversky', lossOptions: { focalTverskyGamma: 2 } }, 'lossOptions.focalTverskyGamma acts on focal-tversky'],
    [
      { beta: 2, lossOptions: { betaCap: 2 } },
      'lossOptions.betaCap acts on beta auto, and beta is given: leave it out.',
    ],
    [{ lossOptions: { betaOffset: 0.1 } }, 'lossOptions.betaOffset acts on beta auto'],
    [{ loss: 'dice', lossOptions: { betaCap: 2 } }, 'lossOptions.betaCap acts on asymmetric'],
  ] as [z.input<typeof schema>, string][])('refuses %j', (input, message) => {
    expect(() => refuse(input)).toThrow(UsageError);
    expect(() => refuse(input)).toThrow(message);
  });

  it('names all at once', () => {
    expect(() => refuse({ loss: 'focal', beta: 2, smoothing: 1 })).toThrow(/^beta acts .*\nsmoothing acts /);
  });
});
