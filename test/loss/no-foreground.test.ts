import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type LossChoices, lossEntries, resolveLoss } from '../../src/loss/options.ts';
import { lossOf } from './loss-program.ts';

/** The rows of the table in docs/method.md, section 3. */
const rows: readonly [string, Partial<LossChoices>][] = [
  ['`asymmetric`', { loss: 'asymmetric' }],
  ['`asymmetric`, smoothing 3.25', { loss: 'asymmetric', smoothing: 3.25 }],
  ['`tversky`', { loss: 'tversky' }],
  ['`dice`', { loss: 'dice' }],
  ['`dice`, smoothing 1', { loss: 'dice', smoothing: 1 }],
  ['`focal-tversky`', { loss: 'focal-tversky' }],
  ['`generalized-dice`', { loss: 'generalized-dice' }],
  ['`focal`', { loss: 'focal' }],
  ['`cross-entropy`', { loss: 'cross-entropy' }],
  ['`asymmetric + cross-entropy`', { loss: 'asymmetric + cross-entropy' }],
];

const choices = z.strictObject(lossEntries);

/** A patch of 10^3 voxels of background that are all predicted with probability p. */
function onBackground(options: Partial<LossChoices>, p: number): readonly number[] {
  const { terms } = resolveLoss(choices.parse(options), 1, null);
  const logits = new Float64Array(1000).fill(Math.log(p / (1 - p)));
  const { loss, gradient } = lossOf([1, 1, 10, 10, 10], terms, { logits, reference: new Float64Array(1000) });
  return [loss, gradient.reduce((sum, value) => sum + value, 0)];
}

describe('the table of docs/method.md on patches without foreground', () => {
  const page = readFileSync(new URL('../../docs/method.md', import.meta.url), 'utf8').split('\n');

  it.each(rows)('has the figures of %s', (label, options) => {
    const figures = [0.1, 0.9].flatMap((p) => onBackground(options, p));
    const cells = figures.map((figure) => (figure === 0 ? '0' : String(Number(figure.toPrecision(3)))));
    expect(page).toContain(`| ${label} | ${cells.join(' | ')} |`);
  });
});

describe('where no voxel counts', () => {
  it.each(rows)('%s has its defined value and no gradient', (_, options) => {
    const { terms } = resolveLoss(choices.parse(options), 1, null);
    const feeds = { logits: [-3, 0, 2, 50], reference: [0, 1, 0, 1], weight: [0, 0, 0, 0] };
    const { loss, gradient } = lossOf([1, 1, 1, 2, 2], terms, feeds);
    const averaged = options.loss === 'focal' || options.loss === 'cross-entropy';
    expect(loss).toBeCloseTo(averaged || options.smoothing !== undefined ? 0 : 1, 6);
    expect(gradient.map(Math.abs)).toEqual([0, 0, 0, 0]);
  });
});
