import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { icon } from './icons.ts';
import { sharedStyles } from './shared-styles.ts';
import type { Work } from './state.ts';

/** The buttons that predict and compare, and what goes on meanwhile: `predict-asked`, `comparison-asked` and `cancel-asked`. */
@customElement('rarevox-run-bar')
export class RunBar extends LitElement {
  /** What is under way; null: nothing. */
  @property({ attribute: false }) work: Work | null = null;
  /** Why there can be no prediction yet; empty: there can. */
  @property({ attribute: false }) obstacles: readonly string[] = [];
  /** Why two masks can't be compared; empty: they can; null: there are no two. */
  @property({ attribute: false }) comparisonObstacles: readonly string[] | null = null;
  @property({ type: Boolean }) again = false;

  override render(): TemplateResult {
    return this.work === null ? this.idle() : this.busy(this.work);
  }

  private idle(): TemplateResult {
    const obstacles = new Set([...this.obstacles, ...(this.comparisonObstacles ?? [])]);
    return html`<div class="stack">
      ${
        obstacles.size === 0
          ? nothing
          : html`<ul class="small" aria-label="What is missing">
              ${[...obstacles].map((text) => html`<li>${text}</li>`)}
            </ul>`
      }
      <button class="primary wide" ?disabled=${this.obstacles.length > 0} @click=${() => this.send('predict-asked')}>
        ${icon('play')}${this.again ? 'Predict again' : 'Predict'}
      </button>
      ${
        this.comparisonObstacles === null
          ? nothing
          : html`<button
              class="wide"
              ?disabled=${this.comparisonObstacles.length > 0}
              @click=${() => this.send('comparison-asked')}
            >
              ${icon('layers')}Compare masks
            </button>`
      }
    </div>`;
  }

  private busy({ label, share, remaining }: Work): TemplateResult {
    const percent = Math.round(share * 100);
    const left = remaining === null ? '' : `${timeOf(remaining)} left`;
    return html`<div class="stack">
      <div class="row spread small"><span>${label}</span><span class="number quiet">${left}</span></div>
      <progress max="1" .value=${share} aria-label=${label}></progress>
      <div class="row spread">
        <span class="number">${percent} %</span>
        <button @click=${() => this.send('cancel-asked')}>${icon('stop')}Cancel</button>
      </div>
      <p class="visually-hidden" aria-live="polite">${`${label}: ${Math.floor(percent / 10) * 10} percent`}</p>
    </div>`;
  }

  private send(name: string): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true }));
  }

  static override styles = [
    sharedStyles,
    css`
      .wide {
        width: 100%;
        font-size: 16px;
      }
      ul {
        margin: 0;
        padding-left: 18px;
        color: var(--warning);
      }
      progress {
        width: 100%;
        height: 10px;
        appearance: none;
        border: 0;
        border-radius: 5px;
        overflow: hidden;
        background: var(--line);
      }
      progress::-webkit-progress-bar {
        background: var(--line);
      }
      progress::-webkit-progress-value {
        background: var(--accent);
        border-radius: 5px;
        transition: width 0.3s linear;
      }
      progress::-moz-progress-bar {
        background: var(--accent);
        border-radius: 5px;
      }
      @media (prefers-reduced-motion: reduce) {
        progress::-webkit-progress-value {
          transition: none;
        }
      }
    `,
  ];
}

/** Such as '8 s', '2 min' or '1 h 5 min'. */
function timeOf(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-run-bar': RunBar;
  }
  interface HTMLElementEventMap {
    'predict-asked': CustomEvent<null>;
    'comparison-asked': CustomEvent<null>;
    'cancel-asked': CustomEvent<null>;
  }
}
