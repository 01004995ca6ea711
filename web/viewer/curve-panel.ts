import { css, html, LitElement, nothing, type TemplateResult, unsafeCSS } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { unsafeHTML } from 'lit/directives/unsafe-html.js';
import { PLOT_STYLESHEET } from '../../src/report/plot-stylesheet.ts';
import { precisionRecallPlot } from '../../src/report/precision-recall-plot.ts';
import { sharedStyles } from './shared-styles.ts';
import type { Comparison } from './state.ts';

/** The precision-recall curve of the probabilities, and where the mask is on it. */
@customElement('rarevox-curve-panel')
export class CurvePanel extends LitElement {
  @property({ attribute: false }) comparison!: Comparison;
  /** Null where the mask is not that of a threshold alone. */
  @property({ attribute: false }) threshold: number | null = null;

  override render(): TemplateResult | typeof nothing {
    const { curve, precision, recall, averagePrecision } = this.comparison;
    if (curve.length === 0) return nothing;
    const chosen = precision === null || recall === null ? null : { precision, recall };
    const caption = averagePrecision === null ? '' : `Area under the curve: ${averagePrecision.toFixed(3)}.`;
    const series = { name: 'All thresholds', pooled: curve, chosen, threshold: this.threshold, cases: [] };
    // Markup of our own: renderPlot escapes every text.
    return html`${unsafeHTML(precisionRecallPlot('Precision against recall', [series], caption))}`;
  }

  static override styles = [
    sharedStyles,
    unsafeCSS(PLOT_STYLESHEET),
    css`
      .chart h3 {
        margin-bottom: 4px;
      }
      .plot {
        max-width: 440px;
      }
      .caption {
        font-size: 13px;
        color: var(--quiet);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-curve-panel': CurvePanel;
  }
}
