import type { RunDescription } from '../train/run-description.ts';
import { escapeMarkup } from './markup.ts';

/** More subjects than this are counted, not named. */
const MOST_NAMED = 20;

/** What came of the options with the data at hand, and behind a heading to open every option. Markup. */
export function renderConfiguration({
  config,
  dataset,
  labels,
  preprocess,
  network,
  patch,
  loss,
}: RunDescription): string {
  const facts: Record<string, unknown> = {
    Dataset: dataset.name,
    'Trained on': named(dataset.training),
    'Held out': named(dataset.validation),
    Labels: labels.map(({ value, name }) => `${value} ${name}`),
    Sequences: preprocess.modalities,
    'Spacing, mm': preprocess.spacing ?? "each scan's own",
    Normalization: preprocess.normalization,
    Network: network,
    'Patch, voxels': patch,
    Loss: loss.terms,
  };
  return (
    factsTable(facts) +
    `<details class="card"><summary>Every option of the training</summary>${factsTable({ ...config })}</details>`
  );
}

/** Names and values as a table; entries that are null are not shown. Markup. */
export function factsTable(facts: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(facts).flatMap(([name, value]) =>
    value === null || value === undefined
      ? []
      : [`<tr><th scope="row">${escapeMarkup(name)}</th><td class="text">${escapeMarkup(inWords(value))}</td></tr>`],
  );
  return `<div class="card facts"><table><tbody>${rows.join('')}</tbody></table></div>`;
}

function named(subjects: readonly string[]): string {
  if (subjects.length === 0) return 'none';
  if (subjects.length > MOST_NAMED) return `${subjects.length} subjects`;
  return subjects.length === 1 ? subjects[0] : `${subjects.length}: ${subjects.join(', ')}`;
}

/** A JSON value as one line: `a 1, b (2, 3)`. */
function inWords(value: unknown, isInner = false): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const parts = Array.isArray(value)
    ? value.map((item) => inWords(item, true))
    : Object.entries(value).map(([name, item]) => `${name} ${inWords(item, true)}`);
  return isInner ? `(${parts.join(', ')})` : parts.join(', ');
}
