import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { IntensityWindow } from '../../src/report/intensity-window.ts';
import { sharedStyles } from './shared-styles.ts';
import type { Display } from './state.ts';

/** How strongly each layer is shown, and the scan's window. `display-changed` carries what is to be different. */
@customElement('rarevox-layers-panel')
export class LayersPanel extends LitElement {
  @property({ attribute: false }) display!: Display;
  /** The lowest and the highest intensity that the window may have. */
  @property({ attribute: false }) range: IntensityWindow = { low: 0, high: 1 };
  @property({ type: Boolean }) hasMask = false;
  @property({ type: Boolean }) hasMaps = false;

  override render(): TemplateResult {
    const { fill, outline, maps, window } = this.display;
    const step = (this.range.high - this.range.low) / 200 || 1;
    return html`<div class="stack" role="group" aria-label="Display">
      ${
        this.hasMask
          ? html`${this.slider('Fill of masks', fill, (value) => this.change({ fill: value }))}
            ${this.slider('Outline of masks', outline, (value) => this.change({ outline: value }))}`
          : nothing
      }
      ${this.hasMaps ? this.slider('Maps', maps, (value) => this.change({ maps: value })) : nothing}
      <fieldset>
        <legend>Window of the scan</legend>
        ${this.windowSlider('Black at', window.low, step, (low) => ({ low: Math.min(low, window.high - step), high: window.high }))}
        ${this.windowSlider('White at', window.high, step, (high) => ({ low: window.low, high: Math.max(high, window.low + step) }))}
        <button class="link small" @click=${() => this.dispatchEvent(new CustomEvent('window-reset', { bubbles: true, composed: true }))}>
          Reset the window
        </button>
      </fieldset>
    </div>`;
  }

  private slider(name: string, value: number, change: (value: number) => void): TemplateResult {
    return html`<label
      ><span>${name}</span>
      <input
        type="range"
        min="0"
        max="1"
        step="0.05"
        .value=${String(value)}
        @input=${(event: Event) => change(Number((event.target as HTMLInputElement).value))}
      />
      <output class="number">${Math.round(value * 100)} %</output></label
    >`;
  }

  private windowSlider(
    name: string,
    value: number,
    step: number,
    change: (value: number) => IntensityWindow,
  ): TemplateResult {
    return html`<label
      ><span>${name}</span>
      <input
        type="range"
        min=${this.range.low}
        max=${this.range.high}
        step=${step}
        .value=${String(value)}
        @input=${(event: Event) => this.change({ window: change(Number((event.target as HTMLInputElement).value)) })}
      />
      <output class="number">${shortOf(value)}</output></label
    >`;
  }

  private change(detail: Partial<Display>): void {
    this.dispatchEvent(new CustomEvent('display-changed', { detail, bubbles: true, composed: true }));
  }

  static override styles = [
    sharedStyles,
    css`
      label {
        display: grid;
        grid-template-columns: 8.2em 1fr 4em;
        gap: 10px;
        align-items: center;
        font-size: 14px;
      }
      output {
        text-align: right;
        color: var(--quiet);
      }
      fieldset {
        display: grid;
        gap: 8px;
        justify-items: stretch;
        margin: 0;
        padding: 8px 0 0;
        border: 0;
        border-top: 1px solid var(--line);
      }
      legend {
        float: left;
        padding: 0;
        font-weight: 600;
        font-size: 14px;
      }
      button {
        justify-self: start;
      }
    `,
  ];
}

function shortOf(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-layers-panel': LayersPanel;
  }
  interface HTMLElementEventMap {
    'display-changed': CustomEvent<Partial<Display>>;
    'window-reset': CustomEvent<null>;
  }
}
