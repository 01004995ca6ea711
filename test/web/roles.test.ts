import { describe, expect, it } from 'vitest';
import type { OpenedImage } from '../../src/browser/scan-image.ts';
import {
  comparisonObstacles,
  guessRole,
  guessScans,
  missingNote,
  obstaclesOf,
  sequencesOf,
} from '../../web/viewer/roles.ts';
import { BRAIN_MASK, MASK, REFERENCE, type Scan, UNUSED } from '../../web/viewer/state.ts';
import { makeModel } from '../model.ts';

const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

function opened(name: string, changed: Partial<OpenedImage> = {}): OpenedImage {
  return {
    ...{ name, image: { path: name, files: [] }, modality: null, isLabelMap: false, shape: [4, 4, 4], affine: AFFINE },
    ...{ series: [], faults: [], ...changed },
  };
}

function scan(name: string, role: string, changed: Partial<OpenedImage> = {}): Scan {
  return { opened: opened(name, changed), seriesUid: null, role };
}

/** Takes FLAIR and T1w. */
const { description: model } = makeModel(1);

describe('what images are taken for', () => {
  it('goes by their names', () => {
    expect(guessRole(opened('a_FLAIR.nii', { modality: 'FLAIR' }))).toBe('FLAIR');
    expect(guessRole(opened('a.nii'))).toBe(UNUSED);
    expect(guessRole(opened('lesion_mask.nii', { isLabelMap: true }))).toBe(REFERENCE);
    expect(guessRole(opened('brain_mask.nii', { isLabelMap: true }))).toBe(BRAIN_MASK);
  });

  it('is, of two masks, the reference and one that is compared with it', () => {
    const [manual, predicted, third] = ['x_label-lesion_mask.nii', 'x_desc-lesion_mask.nii', 'y_mask.nii'].map((name) =>
      opened(name, { isLabelMap: true }),
    ) as [OpenedImage, OpenedImage, OpenedImage];
    const roles = (...[images, present = []]: Parameters<typeof guessScans>): string[] =>
      guessScans(images, present).map(({ role }) => role);
    expect(roles([predicted, manual], [])).toEqual([MASK, REFERENCE]);
    expect(roles([manual], guessScans([predicted], []))).toEqual([MASK]);
    expect(roles([third, opened('a.nii', { modality: 'T1w' })], guessScans([predicted, manual], []))).toEqual([
      UNUSED,
      'T1w',
    ]);
  });

  it("puts sequences in the model's order, and leaves masks and faulty files out", () => {
    const scans = [
      scan('t2', 'T2w'),
      scan('t1', 'T1w'),
      scan('mask', REFERENCE),
      scan('flair', 'FLAIR'),
      scan('broken', 'FLAIR', { faults: ['broken.'] }),
    ];
    expect(sequencesOf(scans, model).map(({ opened: { name } }) => name)).toEqual(['flair', 't1', 't2']);
  });
});

describe('what keeps scans from being predicted', () => {
  const both = [scan('flair', 'FLAIR'), scan('t1', 'T1w')];

  it('is nothing where every sequence is there, on one grid', () => {
    expect(obstaclesOf([...both, scan('mask', REFERENCE)], model)).toEqual([]);
  });

  it('is said in words', () => {
    expect(obstaclesOf(both, null)).toEqual(['Choose a model, or open a model.onnx of your own.']);
    expect(obstaclesOf([scan('x', 'SWI')], model)).toEqual([
      'The model takes FLAIR and T1w: say above which scan is which.',
    ]);
    expect(obstaclesOf([scan('flair', 'FLAIR')], model)).toEqual([
      'T1w is missing, and the model was not trained to do without: add it, or take another model.',
    ]);
    expect(obstaclesOf([...both, scan('again', 'T1w')], model)).toEqual([
      't1 and again are both T1w: say which one is used.',
    ]);
    expect(obstaclesOf([both[0] as Scan, scan('t1', 'T1w', { shape: [4, 4, 5] })], model)).toEqual([
      expect.stringMatching(
        /^t1 lies on another grid than flair \(4x4x4 voxels against 4x4x5\)\. Register and resample/,
      ),
    ]);
    const folder = opened('DICOM', {
      image: null,
      series: ['1', '2'].map((uid) => ({
        ...{ path: `DICOM#${uid}`, files: [], uid, description: uid, images: 9, isLocalizer: false, modality: null },
      })),
    });
    const several = { opened: folder, seriesUid: null, role: 'FLAIR' };
    expect(obstaclesOf([several, both[1] as Scan], model)).toEqual(['DICOM holds several DICOM series: choose one.']);
    expect(obstaclesOf([{ ...several, seriesUid: '2' }, both[1] as Scan], model)).toEqual([]);
  });

  it('is not a sequence that the model can do without', () => {
    const { description: lenient } = makeModel(1, { missingModalities: 'allowed' });
    expect(obstaclesOf([scan('flair', 'FLAIR')], lenient)).toEqual([]);
    expect(missingNote([scan('flair', 'FLAIR')], lenient)).toBe(
      'Without T1w: the model was trained to do without it, at some loss.',
    );
    expect(missingNote(both, lenient)).toBeNull();
  });
});

describe('what keeps two masks from being compared', () => {
  const scans = [scan('flair', 'FLAIR'), scan('manual', REFERENCE)];

  it('is nothing where they lie on the grid of the scan', () => {
    expect(comparisonObstacles([...scans, scan('other', MASK)], 'FLAIR')).toEqual([]);
  });

  it('is another grid, in words', () => {
    expect(comparisonObstacles([...scans, scan('other', MASK, { shape: [4, 4, 5] })], 'FLAIR')).toEqual([
      expect.stringMatching(/^other lies on another grid than flair \(4x4x4 voxels against 4x4x5\)\. Register/),
    ]);
  });

  it('is not asked where there are no two masks, or no scan is shown', () => {
    expect(comparisonObstacles(scans, 'FLAIR')).toBeNull();
    expect(comparisonObstacles([...scans, scan('other', MASK)], null)).toBeNull();
  });
});
