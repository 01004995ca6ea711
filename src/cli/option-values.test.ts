import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  collectImage,
  collectPath,
  parseExtent,
  parseInteger,
  parseNames,
  parseNumber,
  parseOneOf,
  parsePositive,
  parseSpacing,
} from './option-values.ts';

describe('option values', () => {
  it('reads extents and spacings along i, j, k', () => {
    expect(parseExtent('96,64,32')).toEqual([96, 64, 32]);
    expect(parseSpacing('0.9, 0.9, 6.5')).toEqual([0.9, 0.9, 6.5]);
  });

  it.each(['96', '96,96', '96,96,96,96', '96,96,', '96,96,1.5', '96,96,0', 'a,b,c', '', '1,2,Infinity'])(
    'refuses %j as an extent',
    (text) => expect(() => parseExtent(text)).toThrow('three whole numbers of at least 1 along i, j and k'),
  );

  it.each(['1,1', '1,1,0', '1,1,-3', '1,1,x', '1,,1'])('refuses %j as a spacing', (text) =>
    expect(() => parseSpacing(text)).toThrow('three positive numbers along i, j and k'),
  );

  it('reads numbers within their range, both ends included', () => {
    expect(parseInteger(0)('0')).toBe(0);
    expect(parseInteger(1, 8)('8')).toBe(8);
    expect(parseNumber(0, 1)('1')).toBe(1);
    expect(parsePositive('0.5')).toBe(0.5);
    expect(() => parseInteger(0)('-1')).toThrow('a whole number of at least 0');
    expect(() => parseInteger(1, 8)('9')).toThrow('a whole number from 1 to 8');
    expect(() => parseInteger(0)('')).toThrow(InvalidArgumentError);
    expect(() => parseNumber(0, 1)('1.01')).toThrow('a number from 0 to 1');
    expect(() => parseNumber(0)('many')).toThrow('a number of at least 0');
    expect(() => parsePositive('0')).toThrow('a number above 0');
  });

  it('reads one of a few numbers', () => {
    expect(parseOneOf(6, 18, 26)('18')).toBe(18);
    for (const text of ['8', '', 'six']) expect(() => parseOneOf(6, 18, 26)(text)).toThrow('It takes 6, 18 or 26.');
  });

  it('collects paths', () => {
    expect(collectPath('b', collectPath('a', undefined))).toEqual(['a', 'b']);
    expect(() => collectPath('', undefined)).toThrow('a path');
  });

  it('reads names', () => {
    expect(parseNames('FLAIR, T1w')).toEqual(['FLAIR', 'T1w']);
    expect(() => parseNames('FLAIR,,T1w')).toThrow('FLAIR,T1w');
    expect(() => parseNames('FLAIR,FLAIR')).toThrow('FLAIR is named twice');
  });

  it('collects the images of one scan', () => {
    const first = collectImage('FLAIR=a.nii.gz', undefined);
    expect(collectImage('T1w=odd=name.nii', first)).toEqual({ FLAIR: 'a.nii.gz', T1w: 'odd=name.nii' });
    expect(() => collectImage('FLAIR=b.nii', first)).toThrow('FLAIR is given twice (a.nii.gz and b.nii)');
    for (const text of ['a.nii.gz', '=a.nii.gz', 'FLAIR=']) expect(() => collectImage(text, first)).toThrow('modality');
  });
});
