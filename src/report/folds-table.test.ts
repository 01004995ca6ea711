import { describe, expect, it } from 'vitest';
import { threeFolds } from '../../test/fold-runs.ts';
import { summarizeFolds } from '../train/summarize-folds.ts';
import { renderFoldsMarkdown, renderFoldsText } from './folds-table.ts';

const summary = await summarizeFolds(threeFolds(), ['CV/fold-0', 'CV/fold-1'], { resamples: 500 });

describe('the table of a cross-validation', () => {
  it('has a row for each figure, and says how it came about', () => {
    const lines = renderFoldsText(summary).split('\n');
    expect(lines[0]).toBe('lesions: 2 folds, 4 held-out subjects of 3 patients');
    expect(lines[2]).toMatch(/^figure +mean +95 % interval +SD +mean of folds +SD of folds +n +no value$/);
    // Sensitivities 1/3, 1/2, 3/5, 2/3: their mean is 0.525.
    const row = lines.find((line) => line.startsWith('Sensitivity'));
    expect(row).toMatch(/^Sensitivity +0\.525 +0\.\d{3} to 0\.\d{3} +0\.145 +0\.525 +0\.153 +4 +0$/);
    expect(lines.at(-3)).toMatch(/^Mean and SD over subjects; .* over patients \(500 resamples, seed 0\)\.$/);
    expect(lines.at(-2)).toBe('Of 3 folds, fold 2 is missing: its subjects are not in the summary.');
  });

  it('comes as Markdown too', () => {
    const text = renderFoldsMarkdown(summary);
    expect(text).toMatch(/^# Cross-validation\n\nlesions: 2 folds/);
    expect(text).toContain(
      '\n| figure | mean | 95 % interval | SD | mean of folds | SD of folds | n | no value |\n| --- | ---: |',
    );
    expect(text).toMatch(/\n\| Sensitivity \| 0\.525 \| /);
  });
});
