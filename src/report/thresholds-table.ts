import type { FiguresAt, MeanFigure } from '../calibrate/figures-at.ts';
import type { OperatingPoint, OperatingRule } from '../model/operating-point.ts';

/**
 * A chosen threshold for a terminal: the rule, its figures beside those of the threshold so far, and what it guarantees.
 * @param chosen figures at the chosen threshold
 * @param present … and at the model's own
 * @param labels those that count as one structure
 */
export function renderOperatingPoint(
  { rule, threshold, n, guarantee }: OperatingPoint,
  chosen: FiguresAt,
  present: FiguresAt,
  labels: readonly number[],
): string {
  const table = renderThresholds(
    [
      { name: 'chosen', figures: chosen },
      { name: 'present', figures: present },
    ],
    n,
  );
  const structure = labels.length > 1 ? ` of the labels ${labels.join(', ')} as one structure` : '';
  const head = `Threshold ${threshold}${structure}: ${describeRule(rule)}.`;
  return `${head}\n\n${table}\nMeans over subjects; those without a value are left out, and counted.\nGuarantee: ${guarantee}\n`;
}

/** A rule in words. */
function describeRule(rule: OperatingRule): string {
  switch (rule.kind) {
    case 'miss-rate':
      return `the largest threshold with an expected miss rate of at most ${rule.alpha}, by conformal risk control`;
    case 'recall':
      return `the largest threshold with a mean recall of at least ${rule.target}`;
    case 'precision':
      return `the smallest threshold with a mean precision of at least ${rule.target}`;
    case 'f-beta':
      return `the threshold of the greatest mean F-beta, beta ${rule.beta}`;
  }
}

/**
 * Mean figures at several thresholds as a table for a terminal, one row each, with the number of subjects that a mean leaves out.
 * @param n number of subjects
 */
function renderThresholds(rows: readonly { name: string; figures: FiguresAt }[], n: number): string {
  const cells = [
    ['', 'threshold', 'miss rate', 'recall', 'PPV', 'Dice', 'n', 'no recall', 'no PPV', 'no Dice'],
    ...rows.map(({ name, figures: { threshold, missRate, recall, precision, dice } }) => [
      name,
      String(Number(threshold.toPrecision(6))),
      missRate.toFixed(4),
      format(recall),
      format(precision),
      format(dice),
      String(n),
      String(recall.undefined),
      String(precision.undefined),
      String(dice.undefined),
    ]),
  ];
  const widths = (cells[0] as string[]).map((_, column) =>
    Math.max(...cells.map((row) => (row[column] as string).length)),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number),
      )
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function format({ mean }: MeanFigure): string {
  return mean === null ? '–' : mean.toFixed(4);
}
