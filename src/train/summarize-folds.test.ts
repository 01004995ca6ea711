import { describe, expect, it } from 'vitest';
import { type FoldChanges, HELD_OUT, threeFolds } from '../../test/fold-runs.ts';
import { DataError } from '../errors.ts';
import { summarizeFolds } from './summarize-folds.ts';

describe('summarizeFolds', () => {
  it('sums up the folds of a folder over all subjects', async () => {
    const summary = await summarizeFolds(threeFolds(), ['CV/']);
    expect(summary).toMatchObject({ dataset: 'lesions', n_cases: 6, n_patients: 5, missing_folds: [], warnings: [] });
    expect(summary.folds.map(({ fold, run, subjects }) => [fold, run, subjects])).toEqual(
      HELD_OUT.map((held, fold) => [fold, `CV/fold-${fold}`, held]),
    );
    // TP / (TP + FN) with TP 1 … 6 and FN 2.
    const values = [1, 2, 3, 4, 5, 6].map((tp) => tp / (tp + 2));
    const sensitivity = summary.statistics['1']?.Sensitivity;
    expect(sensitivity?.mean).toBeCloseTo(values.reduce((a, b) => a + b) / 6, 12);
    expect(sensitivity).toMatchObject({ n: 6, n_groups: 5 });
    expect(summary.mean['1']?.Sensitivity).toBe(sensitivity?.mean);
  });

  it('takes run folders in any order, and patients that are given', async () => {
    const files = threeFolds();
    const patients = { 'sub-02': 'x', 'sub-03': 'x', 'sub-04': 'x' };
    const summary = await summarizeFolds(files, ['CV/fold-2', 'CV/fold-0', 'CV/fold-1'], { patients });
    expect(summary.folds.map(({ fold }) => fold)).toEqual([0, 1, 2]);
    expect(summary.n_patients).toBe(3);
  });

  it('names the folds that are missing', async () => {
    const summary = await summarizeFolds(threeFolds(), ['CV/fold-1']);
    expect(summary.missing_folds).toEqual([0, 2]);
    expect(summary.warnings).toEqual(['Of 3 folds, folds 0, 2 are missing: their subjects are not in the summary.']);
  });

  it.each<[string, FoldChanges, RegExp]>([
    ['another length', { config: { steps: 20 } }, /CV\/fold-0 and CV\/fold-2 differ in the option steps: 10 and 20\./],
    ['another spacing', { spacing: [1, 1, 2] }, /prepare scans differently, spacing: \[1,1,1\] and \[1,1,2\]/],
  ])('warns of %s', async (_, changes, message) => {
    const { warnings } = await summarizeFolds(threeFolds(changes), ['CV']);
    expect(warnings).toEqual([expect.stringMatching(message)]);
  });

  it.each<[string, FoldChanges, RegExp]>([
    ['another dataset', { dataset: 'strokes' }, /trained on other datasets \(lesions, strokes\)/],
    ['other labels', { label: 'stroke' }, /have other labels \(1 lesion; 1 stroke\)/],
    ['another option', { config: { learningRate: 0.1 } }, /differ in the option learningRate: 0.001 and 0.1: folds of/],
    ['another network', { config: { preset: 'tiny' } }, /differ in the option preset: "compact" and "tiny"/],
    ['a subject held out twice', { heldOut: ['sub-02', 'sub-05'] }, /CV\/fold-1 and CV\/fold-2 both held out sub-02/],
    [
      'a subject that was not scored',
      { scored: ['sub-04'] },
      /does not fit .* \(it lacks sub-05\): score the run again/,
    ],
  ])('refuses %s', async (_, changes, message) => {
    const failing = summarizeFolds(threeFolds(changes), ['CV']);
    await expect(failing).rejects.toThrow(DataError);
    await expect(failing).rejects.toThrow(message);
  });

  it('refuses what is no finished run, with all faults', async () => {
    const files = threeFolds();
    files.files.delete('CV/fold-1/validation/summary.json');
    files.set('CV/fold-2/validation/summary.json', '{"metric_per_case": 1}');
    await expect(summarizeFolds(files, ['CV'])).rejects.toThrow(
      /CV\/fold-1 has no validation\/summary\.json yet: .*\nCV\/fold-2\/validation\/summary\.json is not a summary/,
    );
    await expect(summarizeFolds(files, ['NOWHERE'])).rejects.toThrow(
      /^NOWHERE is no run of `rarevox train`, and holds/,
    );
    await expect(summarizeFolds(files, [])).rejects.toThrow(/There is no run to sum up/);
  });
});
