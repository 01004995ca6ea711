import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { icon } from './icons.ts';
import { sharedStyles } from './shared-styles.ts';
import type { Notice } from './state.ts';

/** What the reader is to know: faults, warnings, and what was done instead. `notice-closed` carries the one to be taken away. */
@customElement('rarevox-notices')
export class Notices extends LitElement {
  @property({ attribute: false }) notices: readonly Notice[] = [];

  override render(): TemplateResult {
    return html`<div class="list" role="status" aria-live="polite">${this.notices.map((notice) => this.item(notice))}</div>`;
  }

  private item(notice: Notice): TemplateResult {
    return html`<div class="notice ${notice.kind}">
      ${icon(notice.kind === 'info' ? 'info' : 'warning')}
      <p>${notice.text}</p>
      <button aria-label="Close this message" @click=${() => this.close(notice)}>${icon('close')}</button>
    </div>`;
  }

  private close(notice: Notice): void {
    this.dispatchEvent(new CustomEvent('notice-closed', { detail: notice, bubbles: true, composed: true }));
  }

  static override styles = [
    sharedStyles,
    css`
      .list {
        display: grid;
        gap: 8px;
      }
      .notice {
        display: grid;
        grid-template-columns: auto 1fr auto;
        gap: 10px;
        align-items: start;
        padding: 9px 10px 9px 12px;
        border-radius: 8px;
        font-size: 14px;
        line-height: 1.45;
        background: var(--accent-back);
      }
      .notice.warning {
        background: var(--warning-back);
        color: var(--warning);
      }
      .notice.error {
        background: var(--error-back);
        color: var(--error);
      }
      .notice > svg.icon {
        margin-top: 1px;
      }
      p {
        white-space: pre-line;
        overflow-wrap: anywhere;
      }
      button {
        min-height: 22px;
        padding: 0 2px;
        border: 0;
        background: none;
        color: inherit;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-notices': Notices;
  }
  interface HTMLElementEventMap {
    'notice-closed': CustomEvent<Notice>;
  }
}
