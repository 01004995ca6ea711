import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Label } from '../../src/dataset/subject.ts';
import { icon } from './icons.ts';
import { sharedStyles } from './shared-styles.ts';
import type { Brush } from './state.ts';

/**
 * The brush that corrects the mask. `brush-changed` carries what is to be different; `strokes-undone` how many strokes are to be taken back.
 */
@customElement('rarevox-brush-panel')
export class BrushPanel extends LitElement {
  @property({ attribute: false }) brush!: Brush;
  @property({ attribute: false }) labels: readonly Label[] = [];
  /** Voxels changed by hand. */
  @property({ type: Number }) added = 0;
  @property({ type: Number }) erased = 0;
  @property({ type: Boolean }) canUndo = false;

  override render(): TemplateResult {
    const { tool, size, label } = this.brush;
    return html`<div class="bar" role="toolbar" aria-label="Correct the mask">
      ${this.tool('look', 'crosshair', 'Look')} ${this.tool('add', 'brush', 'Add')} ${this.tool('erase', 'eraser', 'Erase')}
      ${
        tool === 'look'
          ? nothing
          : html`<label class="row small size"
              >Size
              <input
                type="range"
                min="1"
                max="15"
                step="2"
                .value=${String(size)}
                @input=${(event: Event) => this.change({ size: Number((event.target as HTMLInputElement).value) })}
              /><output class="number">${size}</output></label
            >`
      }
      ${
        tool === 'add' && this.labels.length > 1
          ? html`<select
              aria-label="Class to paint"
              @change=${(event: Event) => this.change({ label: Number((event.target as HTMLSelectElement).value) })}
            >
              ${this.labels.map(({ value, name }) => html`<option value=${value} ?selected=${value === label}>${name}</option>`)}
            </select>`
          : nothing
      }
      <button ?disabled=${!this.canUndo} aria-label="Undo the last stroke" title="Undo the last stroke" @click=${() => this.undo('last')}>
        ${icon('undo')}
      </button>
      ${
        this.added + this.erased === 0
          ? nothing
          : html`<span class="small quiet number">+${this.added} −${this.erased} voxels</span>
              <button class="link small" @click=${() => this.undo('all')}>Discard</button>`
      }
    </div>`;
  }

  private tool(tool: Brush['tool'], name: 'crosshair' | 'brush' | 'eraser', text: string): TemplateResult {
    return html`<button aria-pressed=${this.brush.tool === tool} @click=${() => this.change({ tool })}>${icon(name)}${text}</button>`;
  }

  private change(detail: Partial<Brush>): void {
    this.dispatchEvent(new CustomEvent('brush-changed', { detail, bubbles: true, composed: true }));
  }

  private undo(detail: 'last' | 'all'): void {
    this.dispatchEvent(new CustomEvent('strokes-undone', { detail, bubbles: true, composed: true }));
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
      .size input {
        width: 90px;
      }
      .size output {
        min-width: 1.4em;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-brush-panel': BrushPanel;
  }
  interface HTMLElementEventMap {
    'brush-changed': CustomEvent<Partial<Brush>>;
    'strokes-undone': CustomEvent<'last' | 'all'>;
  }
}
