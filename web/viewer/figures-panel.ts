import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { sharedStyles } from './shared-styles.ts';
import type { Comparison } from './state.ts';

/** How many lesions the mask has and how large they are, and beside a reference how well it agrees with it. */
@customElement('rarevox-figures-panel')
export class FiguresPanel extends LitElement {
  @property({ type: Number }) lesions = 0;
  /** In mm3. */
  @property({ type: Number }) volume = 0;
  /** Null without a reference. */
  @property({ attribute: false }) comparison: Comparison | null = null;

  override render(): TemplateResult {
    const { comparison } = this;
    return html`<dl class="tiles" aria-label="Figures of the mask" role="group">
        ${tile(this.lesions === 1 ? 'Lesion' : 'Lesions', String(this.lesions))}
        ${tile('Volume', (this.volume / 1000).toFixed(2), 'ml')}
        ${
          comparison === null
            ? nothing
            : html`${tile('Dice', share(comparison.dice))} ${tile('Precision', share(comparison.precision))}
              ${tile('Recall', share(comparison.recall))}`
        }
      </dl>`;
  }

  static override styles = [
    sharedStyles,
    css`
      .tiles {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(92px, 1fr));
        gap: 8px;
        margin: 0;
      }
      .tile {
        padding: 7px 10px 6px;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: var(--sunken);
      }
      dt {
        font-size: 13px;
        color: var(--quiet);
      }
      dd {
        margin: 0;
        font-size: 21px;
        font-weight: 600;
        line-height: 1.25;
        font-variant-numeric: tabular-nums;
      }
      dd small {
        font-size: 13px;
        font-weight: 400;
        color: var(--quiet);
      }
    `,
  ];
}

function tile(name: string, value: string, unit = ''): TemplateResult {
  return html`<div class="tile"><dt>${name}</dt><dd>${value}${unit === '' ? nothing : html` <small>${unit}</small>`}</dd></div>`;
}

function share(value: number | null): string {
  return value === null ? '–' : value.toFixed(3);
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-figures-panel': FiguresPanel;
  }
}
