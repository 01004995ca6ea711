import { expect, test } from 'vitest';
import { COMPARISON, colorsOfCodes, fillCodes } from '../../web/viewer/mask-codes.ts';

const { both, predictionOnly, referenceOnly } = COMPARISON;

test('the mask layer shows classes, or beside a reference what only one of the two says', () => {
  const codes = new Uint8Array(5);
  fillCodes(codes, Uint8Array.of(0, 1, 2, 0, 1), null);
  expect([...codes]).toEqual([0, 1, 2, 0, 1]);
  fillCodes(codes, Uint8Array.of(0, 1, 2, 0, 1), Uint8Array.of(0, 1, 1, 2, 0));
  expect([...codes]).toEqual([0, both, predictionOnly, referenceOnly, predictionOnly]);
  fillCodes(codes, null, Uint8Array.of(0, 1, 1, 2, 0));
  expect([...codes]).toEqual([0, referenceOnly, referenceOnly, referenceOnly, 0]);
  fillCodes(codes, null, null);
  expect([...codes]).toEqual([0, 0, 0, 0, 0]);
});

test('every code has a color of its own', () => {
  const colors = colorsOfCodes([1, 4]);
  expect([...colors.keys()]).toEqual([1, 4, both, predictionOnly, referenceOnly]);
  expect(new Set([both, predictionOnly, referenceOnly].map((code) => String(colors.get(code)))).size).toBe(3);
  expect(String(colors.get(1))).not.toBe(String(colors.get(4)));
});
