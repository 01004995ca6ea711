import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { sharedStyles } from './shared-styles.ts';
import type { Decision } from './state.ts';

/** The threshold and the smallest lesion, moved by hand: `decision-changed` carries what is to be different. */
@customElement('rarevox-threshold-panel')
export class ThresholdPanel extends LitElement {
  @property({ attribute: false }) decision!: Decision;
  /** The model's own values, to go back to. */
  @property({ attribute: false }) defaults!: Decision;
  /** Of several classes the most probable one is taken: there is no threshold then. */
  @property({ type: Boolean }) hasThreshold = true;

  override render(): TemplateResult {
    const { threshold, lesionThreshold } = this.decision;
    const { defaults } = this;
    const isChanged = threshold !== defaults.threshold || lesionThreshold !== defaults.lesionThreshold;
    return html`<div class="stack">
      ${
        this.hasThreshold
          ? html`<div>
              <div class="row spread">
                <label for="threshold"><h3>Threshold</h3></label>
                <output class="number value" for="threshold">${threshold.toFixed(2)}</output>
              </div>
              <input
                id="threshold"
                type="range"
                min="0.01"
                max="0.99"
                step="0.01"
                .value=${String(threshold)}
                aria-describedby="ends"
                @input=${(event: Event) => this.change({ threshold: numberOf(event) })}
              />
              <div id="ends" class="row spread small quiet ends"><span>find more</span><span>be surer</span></div>
            </div>`
          : html`<p class="small quiet">Of several classes each voxel gets the most probable one, so there is no threshold to move.</p>`
      }
      <div class="row spread">
        <label class="row small" for="smallest">Leave out lesions below</label>
        <span class="row small"
          ><input
            id="smallest"
            type="number"
            min="0"
            step="1"
            .value=${String(lesionThreshold)}
            @change=${(event: Event) => this.change({ lesionThreshold: Math.max(0, numberOf(event)) })}
          />mm³</span
        >
      </div>
      ${
        isChanged
          ? html`<button class="link small" @click=${() => this.change(defaults)}>
              Back to the model's own${this.hasThreshold ? html` (${defaults.threshold.toFixed(2)})` : nothing}
            </button>`
          : nothing
      }
    </div>`;
  }

  private change(detail: Partial<Decision>): void {
    this.dispatchEvent(new CustomEvent('decision-changed', { detail, bubbles: true, composed: true }));
  }

  static override styles = [
    sharedStyles,
    css`
      .value {
        font-size: 20px;
        font-weight: 600;
      }
      .ends {
        margin-top: -2px;
      }
      input[type='number'] {
        width: 5.5em;
        text-align: right;
      }
      button {
        justify-self: start;
      }
    `,
  ];
}

function numberOf(event: Event): number {
  const value = (event.target as HTMLInputElement).valueAsNumber;
  return Number.isFinite(value) ? value : 0;
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-threshold-panel': ThresholdPanel;
  }
  interface HTMLElementEventMap {
    'decision-changed': CustomEvent<Partial<Decision>>;
  }
}
