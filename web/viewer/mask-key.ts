import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { COMPARISON_COLORS } from './mask-codes.ts';
import { sharedStyles } from './shared-styles.ts';
import { swatch } from './swatch.ts';

/** What the colors mean where two masks are compared. It lies over the picture, which is black in every theme. */
@customElement('rarevox-mask-key')
export class MaskKey extends LitElement {
  /** What is compared with the reference. */
  @property() mask = 'Prediction';

  override render(): TemplateResult {
    return html`<ul class="small" aria-label="Colors of the masks">
      <li>${swatch(COMPARISON_COLORS.both)}Both</li>
      <li>${swatch(COMPARISON_COLORS.predictionOnly)}${this.mask} only</li>
      <li>${swatch(COMPARISON_COLORS.referenceOnly)}Reference only</li>
    </ul>`;
  }

  static override styles = [
    sharedStyles,
    css`
      :host {
        pointer-events: none;
      }
      ul {
        display: grid;
        gap: 2px;
        margin: 0;
        padding: 4px 10px;
        border-radius: 7px;
        background: rgb(0 0 0 / 65%);
        color: #e6ebf2;
        list-style: none;
      }
      li {
        display: inline-flex;
        align-items: center;
        gap: 6px;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-mask-key': MaskKey;
  }
}
