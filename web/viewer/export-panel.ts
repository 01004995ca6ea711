import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { icon } from './icons.ts';
import { sharedStyles } from './shared-styles.ts';

export type ExportKind = 'mask' | 'probabilities' | 'lesions' | 'report';

/** What can be saved: `export-asked` carries which. */
@customElement('rarevox-export-panel')
export class ExportPanel extends LitElement {
  @property({ type: Boolean }) busy = false;
  @property({ type: Boolean }) corrected = false;

  override render(): TemplateResult {
    return html`<div class="stack">
      <h3>Save</h3>
      <div class="grid">
        ${this.button('mask', this.corrected ? 'Corrected mask' : 'Mask', this.corrected ? '' : '.nii.gz')}
        ${this.button('probabilities', 'Probabilities', '.nii.gz')} ${this.button('lesions', 'Lesions', '.csv')}
        ${this.button('report', 'Report', '.html')}
      </div>
    </div>`;
  }

  private button(kind: ExportKind, name: string, extension: string): TemplateResult {
    return html`<button ?disabled=${this.busy} @click=${() => this.ask(kind)}>
      ${icon('download')}<span>${name} <span class="quiet small">${extension}</span></span>
    </button>`;
  }

  private ask(detail: ExportKind): void {
    this.dispatchEvent(new CustomEvent('export-asked', { detail, bubbles: true, composed: true }));
  }

  static override styles = [
    sharedStyles,
    css`
      .grid {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
        gap: 6px;
      }
      button {
        justify-content: flex-start;
        font-size: 14px;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-export-panel': ExportPanel;
  }
  interface HTMLElementEventMap {
    'export-asked': CustomEvent<ExportKind>;
  }
}
