import { html, nothing, svg, type TemplateResult } from 'lit';
import { meanOf } from '../../src/mean.ts';
import { shortNumber } from '../../src/report/markup.ts';
import type { RunSnapshot } from '../../src/report/run-snapshot.ts';

interface Row {
  readonly run: string;
  readonly subject: string;
  /** Mean Dice over the labels at each validation. */
  readonly history: readonly (number | null)[];
  /** By label, at the last validation. */
  readonly last: readonly (number | null)[];
}

/** The held-out subjects with their Dice over the validations; nothing before the first one. */
export function subjectTable(runs: readonly RunSnapshot[]): TemplateResult | typeof nothing {
  const rows = runs.flatMap(rowsOf);
  const labels = runs.find(({ description }) => description !== null)?.description?.labels ?? [];
  if (rows.length === 0) return nothing;
  const several = labels.length > 1;
  return html`<section aria-labelledby="subjects-heading">
    <h2 id="subjects-heading">Dice by subject</h2>
    <div class="card scroll"><table class="subjects">
      <thead><tr>
        <th scope="col">Subject</th>${runs.length > 1 ? html`<th scope="col" class="text">Run</th>` : nothing}
        <th scope="col" class="text">Over the validations</th>
        ${several ? html`<th scope="col">Mean</th>` : nothing}
        ${labels.map(({ name }) => html`<th scope="col">${several ? name : 'Last'}</th>`)}
        <th scope="col">Best</th>
      </tr></thead>
      <tbody>${rows.map((row) => renderRow(row, runs.length > 1, several))}</tbody>
    </table></div>
  </section>`;
}

function rowsOf({ name, validations }: RunSnapshot): Row[] {
  const last = validations.at(-1);
  if (last === undefined) return [];
  return Object.entries(last.subjects).map(([subject, scores]) => ({
    run: name,
    subject,
    history: validations.map(({ subjects }) => meanOf(subjects[subject] ?? [])),
    last: scores,
  }));
}

function renderRow({ run, subject, history, last }: Row, namesRun: boolean, several: boolean): TemplateResult {
  const best = history.reduce<number | null>(
    (max, value) => (value !== null && value > (max ?? -1) ? value : max),
    null,
  );
  return html`<tr>
    <th scope="row">${subject}</th>${namesRun ? html`<td class="text">${run}</td>` : nothing}
    <td class="text">${sparkline(history)}</td>
    ${several ? html`<td>${figure(history.at(-1) ?? null)}</td>` : nothing}
    ${last.map((value) => html`<td>${figure(value)}</td>`)}
    <td>${figure(best)}</td>
  </tr>`;
}

function figure(value: number | null): string | TemplateResult {
  return value === null ? html`<span class="none">none</span>` : value.toFixed(3);
}

const WIDTH = 160;
const HEIGHT = 28;
const INSET = 4;

/** Values from 0 to 1 over time as a line whose end has a mark. */
function sparkline(history: readonly (number | null)[]): TemplateResult {
  const points = history.flatMap((value, index): [number, number][] => {
    const across = history.length === 1 ? 1 : index / (history.length - 1);
    return value === null
      ? []
      : [[INSET + across * (WIDTH - 2 * INSET), HEIGHT - INSET - value * (HEIGHT - 2 * INSET)]];
  });
  const path = points.map(([x, y]) => `${shortNumber(x)} ${shortNumber(y)}`).join('L');
  const end = points.at(-1);
  return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
    <path class="zero" d="M0 ${HEIGHT - INSET}H${WIDTH}M0 ${INSET}H${WIDTH}"></path>
    ${points.length > 1 ? svg`<path class="line s2" d="M${path}"></path>` : nothing}
    ${end === undefined ? nothing : svg`<circle class="mark s2" cx="${end[0]}" cy="${end[1]}" r="3"></circle>`}
  </svg>`;
}
