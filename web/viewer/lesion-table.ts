import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Lesion, MaskLesion } from '../../src/predict/lesions.ts';
import { sharedStyles } from './shared-styles.ts';

/** A lesion of a prediction, or one of a mask that has no probabilities. */
type ShownLesion = MaskLesion & Partial<Lesion>;

interface Column {
  readonly name: string;
  readonly unit?: string;
  readonly value: (lesion: ShownLesion) => number;
  readonly text: (lesion: ShownLesion) => string;
}

const NUMBER: Column = { name: 'Lesion', value: ({ number }) => number, text: ({ number }) => String(number) };
const OF_MASKS: readonly Column[] = [
  NUMBER,
  { name: 'Volume', unit: 'mm³', value: ({ volume }) => volume, text: ({ volume }) => volume.toFixed(1) },
];
/** Those of what the maps say, each shown where a lesion has it. */
const OF_MAPS = (
  [
    ['Mean p', 'meanProbability'],
    ['Max p', 'maxProbability'],
    ['Spread', 'meanVoteSpread'],
  ] as const
).map(([name, key]): Column & { key: typeof key } => ({
  ...{ key, name },
  value: (lesion) => lesion[key] ?? 0,
  text: (lesion) => lesion[key]?.toFixed(2) ?? '',
}));

/** The lesions of the mask, sortable by each column. A row is a button: `lesion-chosen` carries its lesion. */
@customElement('rarevox-lesion-table')
export class LesionTable extends LitElement {
  @property({ attribute: false }) lesions: readonly ShownLesion[] = [];
  /** The lesion that was gone to last. */
  @state() private chosen: ShownLesion | null = null;
  @state() private sorting = { column: 1, descending: true };

  override render(): TemplateResult {
    if (this.lesions.length === 0) return html`<p class="quiet">No lesion at this setting.</p>`;
    const columns = this.columns();
    const several = new Set(this.lesions.map(({ label }) => label.value)).size > 1;
    return html`<div class="scroll" tabindex="-1">
      <table>
        <caption class="visually-hidden">Lesions. Choose one to move the crosshair to it.</caption>
        <thead>
          <tr>
            ${columns.map((column, index) => this.head(column, index))}
          </tr>
        </thead>
        <tbody>
          ${this.sorted(columns).map((lesion) => this.row(lesion, columns, several))}
        </tbody>
      </table>
    </div>`;
  }

  private head({ name, unit }: Column, index: number): TemplateResult {
    const { column, descending } = this.sorting;
    const sort = column === index ? (descending ? 'descending' : 'ascending') : 'none';
    return html`<th scope="col" aria-sort=${sort}>
      <button class="sort" @click=${() => this.sortBy(index)}>
        ${name}${unit === undefined ? nothing : html` <span class="unit">${unit}</span>`}<span class="arrow" aria-hidden="true"
          >${sort === 'none' ? '' : descending ? '↓' : '↑'}</span
        >
      </button>
    </th>`;
  }

  private row(lesion: ShownLesion, columns: readonly Column[], several: boolean): TemplateResult {
    const isChosen = this.chosen?.number === lesion.number && this.chosen.label.value === lesion.label.value;
    const name = several ? `${lesion.label.name} ${lesion.number}` : String(lesion.number);
    return html`<tr aria-current=${isChosen ? 'true' : nothing} @click=${() => this.choose(lesion)}>
      <th scope="row">
        <button class="go" aria-label="Go to lesion ${name}, ${lesion.volume.toFixed(1)} cubic millimeters">${name}</button>
      </th>
      ${columns.slice(1).map(({ text }) => html`<td>${text(lesion)}</td>`)}
    </tr>`;
  }

  private columns(): readonly Column[] {
    return [
      ...OF_MASKS,
      ...OF_MAPS.filter(({ key }) => this.lesions.some((lesion) => typeof lesion[key] === 'number')),
    ];
  }

  private sorted(columns: readonly Column[]): ShownLesion[] {
    const { value } = columns[this.sorting.column] ?? NUMBER;
    const sign = this.sorting.descending ? -1 : 1;
    return [...this.lesions].sort((a, b) => sign * (value(a) - value(b)) || a.number - b.number);
  }

  private sortBy(column: number): void {
    const same = this.sorting.column === column;
    this.sorting = { column, descending: same ? !this.sorting.descending : column !== 0 };
  }

  private choose(lesion: ShownLesion): void {
    this.chosen = lesion;
    this.dispatchEvent(new CustomEvent('lesion-chosen', { detail: lesion, bubbles: true, composed: true }));
  }

  static override styles = [
    sharedStyles,
    css`
      .scroll {
        max-height: 320px;
        overflow: auto;
        border: 1px solid var(--line);
        border-radius: 8px;
      }
      table {
        width: 100%;
        border-collapse: collapse;
        font-size: 13.5px;
        font-variant-numeric: tabular-nums;
      }
      thead th {
        position: sticky;
        top: 0;
        background: var(--sunken);
        border-bottom: 1px solid var(--line);
      }
      th,
      td {
        padding: 0 6px;
        text-align: right;
      }
      th:first-child {
        padding-left: 12px;
        text-align: left;
      }
      tbody tr {
        height: 34px;
        cursor: pointer;
      }
      tbody tr + tr > * {
        border-top: 1px solid var(--line);
      }
      tbody tr:hover {
        background: var(--sunken);
      }
      tr[aria-current] {
        background: var(--accent-back) !important;
        box-shadow: inset 3px 0 0 var(--accent);
      }
      button.sort,
      button.go {
        border: 0;
        background: none;
        padding: 4px 0;
        border-radius: 4px;
      }
      button.sort {
        gap: 3px;
        color: var(--quiet);
        font-weight: 600;
        font-size: 13px;
      }
      th[aria-sort='ascending'] button.sort,
      th[aria-sort='descending'] button.sort {
        color: var(--text);
      }
      button.go {
        min-width: 34px;
        justify-content: flex-start;
        font-weight: 600;
        color: var(--accent);
      }
      .unit {
        font-weight: 400;
      }
      .arrow:empty {
        display: none;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-lesion-table': LesionTable;
  }
  interface HTMLElementEventMap {
    'lesion-chosen': CustomEvent<ShownLesion>;
  }
}
