import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { IntensityWindow } from '../../src/report/intensity-window.ts';
import { icon } from './icons.ts';
import './layers-panel.ts';
import { COMPARISON_COLORS, classColor } from './mask-codes.ts';
import { sharedStyles } from './shared-styles.ts';
import type { Display } from './state.ts';
import { swatch } from './swatch.ts';

/** What stands above the viewer: which scan, planes and layers are shown. `display-changed` and `scan-shown` (a sequence's role). */
@customElement('rarevox-viewer-bar')
export class ViewerBar extends LitElement {
  @property({ attribute: false }) display!: Display;
  @property({ attribute: false }) range: IntensityWindow = { low: 0, high: 1 };
  /** The sequences that can be shown, and the one that is. */
  @property({ attribute: false }) sequences: readonly string[] = [];
  @property() shown = '';
  /** What the mask that is shown beside the reference is; null: there is none. */
  @property() mask: string | null = null;
  @property({ type: Boolean }) hasReference = false;
  @property({ type: Boolean }) hasProbability = false;
  @property({ type: Boolean }) hasSpread = false;
  @state() private isOpen = false;

  override render(): TemplateResult {
    const { display } = this;
    return html`<div class="bar" role="toolbar" aria-label="View">
      ${this.sequences.length > 1 ? this.sequenceSelect() : nothing} ${this.planesSelect()}
      <span class="gap"></span>
      ${
        this.mask !== null
          ? this.toggle(
              this.mask,
              display.mask,
              { mask: !display.mask },
              swatch(this.hasReference ? COMPARISON_COLORS.predictionOnly : classColor(0)),
            )
          : nothing
      }
      ${
        this.hasReference
          ? this.toggle(
              'Reference',
              display.reference,
              { reference: !display.reference },
              swatch(COMPARISON_COLORS.referenceOnly),
            )
          : nothing
      }
      ${this.hasProbability ? this.mapToggle('Probability', 'probability') : nothing}
      ${this.hasSpread ? this.mapToggle('Spread', 'spread') : nothing}
      <div class="popover-anchor">
        <button aria-expanded=${this.isOpen} aria-controls="display" @click=${this.toggleOpen}>${icon('layers')}Display</button>
        ${
          this.isOpen
            ? html`<div id="display" class="popover" @keydown=${this.closeOnEscape}>
                <rarevox-layers-panel
                  .display=${display}
                  .range=${this.range}
                  ?hasMask=${this.mask !== null || this.hasReference}
                  ?hasMaps=${display.map !== 'none'}
                ></rarevox-layers-panel>
              </div>`
            : nothing
        }
      </div>
    </div>`;
  }

  private sequenceSelect(): TemplateResult {
    return html`<select aria-label="Shown scan" @change=${(event: Event) => this.send('scan-shown', (event.target as HTMLSelectElement).value)}>
      ${this.sequences.map((name) => html`<option value=${name} ?selected=${name === this.shown}>${name}</option>`)}
    </select>`;
  }

  private planesSelect(): TemplateResult {
    const options: readonly (readonly [Display['planes'], string])[] = [
      ['all', 'Three planes'],
      ['axial', 'Axial'],
      ['coronal', 'Coronal'],
      ['sagittal', 'Sagittal'],
      ['3d', '3D'],
    ];
    return html`<select
      aria-label="Planes"
      @change=${(event: Event) => this.change({ planes: (event.target as HTMLSelectElement).value as Display['planes'] })}
    >
      ${options.map(([value, text]) => html`<option value=${value} ?selected=${value === this.display.planes}>${text}</option>`)}
    </select>`;
  }

  private toggle(name: string, pressed: boolean, change: Partial<Display>, colors: TemplateResult): TemplateResult {
    return html`<button aria-pressed=${pressed} @click=${() => this.change(change)}>${colors}${name}</button>`;
  }

  private mapToggle(name: string, map: 'probability' | 'spread'): TemplateResult {
    const isShown = this.display.map === map;
    const colors = html`<span class="swatch ${map}" aria-hidden="true"></span>`;
    return this.toggle(name, isShown, { map: isShown ? 'none' : map }, colors);
  }

  private toggleOpen(): void {
    this.isOpen = !this.isOpen;
  }

  private closeOnEscape(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    this.isOpen = false;
    this.renderRoot.querySelector<HTMLElement>('[aria-controls=display]')?.focus();
  }

  private change(detail: Partial<Display>): void {
    this.send('display-changed', detail);
  }

  private send(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  static override styles = [
    sharedStyles,
    css`
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px;
      }
      .gap {
        flex: 1;
      }
      button,
      select {
        padding: 4px 9px;
        font-size: 14px;
      }
      .probability {
        background: linear-gradient(90deg, rgb(68 1 84), rgb(33 145 140), rgb(253 231 37));
      }
      .spread {
        background: linear-gradient(90deg, rgb(20 14 54), rgb(183 55 121), rgb(252 253 191));
      }
      .swatch {
        width: 18px;
      }
      .popover-anchor {
        position: relative;
      }
      .popover {
        position: absolute;
        top: calc(100% + 6px);
        right: 0;
        z-index: 3;
        width: min(360px, 86vw);
        padding: 14px 16px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--card);
        box-shadow: var(--shadow);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-viewer-bar': ViewerBar;
  }
  interface HTMLElementEventMap {
    'scan-shown': CustomEvent<string>;
  }
}
