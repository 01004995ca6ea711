import { describe, expect, it } from 'vitest';
import { closestName } from './closest-name.ts';

describe('closestName', () => {
  const names = ['steps', 'seed', 'learningRate', 'fold', 'folds'];
  it.each([
    ['step', 'steps'],
    ['learning-rate', 'learningRate'],
    ['LEARNINGRATE', 'learningRate'],
    ['setps', 'steps'],
    ['fold', 'fold'],
    ['sede', 'seed'],
    ['epochs', null],
    ['', null],
  ])('of %s is %s', (name, expected) => {
    expect(closestName(name, names)).toBe(expected);
  });
});
