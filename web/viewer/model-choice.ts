import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { icon } from './icons.ts';
import { sharedStyles } from './shared-styles.ts';
import type { ModelState, ShippedModel } from './state.ts';

/** Which model predicts: a shipped one (`model-chosen` carries it) or a file of the reader's own (`files-chosen` carries it). */
@customElement('rarevox-model-choice')
export class ModelChoice extends LitElement {
  @property({ attribute: false }) model: ModelState = { kind: 'none' };
  @property({ attribute: false }) shipped: readonly ShippedModel[] = [];
  @query('input') private readonly input!: HTMLInputElement;

  override render(): TemplateResult {
    return html`<div class="stack">
      ${this.shipped.length > 0 ? this.select() : nothing}
      <div class="row">
        <button @click=${() => this.input.click()}>${icon('file')}Open a model.onnx</button>
        ${this.model.kind === 'loading' ? html`<span class="small quiet">Loading ${this.model.name} …</span>` : nothing}
      </div>
      <input type="file" accept=".onnx" hidden aria-label="A model file" @change=${this.open} />
      ${this.model.kind === 'ready' ? this.card(this.model) : nothing}
    </div>`;
  }

  private select(): TemplateResult {
    const current = this.model.kind === 'none' ? '' : this.model.name;
    const isOwn = current !== '' && this.shipped.every(({ name }) => name !== current);
    return html`<select aria-label="Model" @change=${this.choose}>
      ${current === '' ? html`<option value="" disabled selected>Choose a model …</option>` : nothing}
      ${isOwn ? html`<option value="" disabled selected>${current}</option>` : nothing}
      ${this.shipped.map(({ name, title }) => html`<option value=${name} ?selected=${name === current}>${title}</option>`)}
    </select>`;
  }

  private card({ description }: Extract<ModelState, { kind: 'ready' }>): TemplateResult {
    const { preprocess, labels, card, missingModalities } = description;
    const several = preprocess.modalities.length > 1;
    return html`<dl class="small">
      <dt>Model</dt>
      <dd>${card.name}</dd>
      <dt>${several ? 'Sequences' : 'Sequence'}</dt>
      <dd>
        ${preprocess.modalities.join(', ')}${several && missingModalities === 'allowed' ? html` <span class="quiet">(any of them)</span>` : nothing}
      </dd>
      <dt>Finds</dt>
      <dd>${labels.map(({ name }) => name).join(', ')}</dd>
      <dt>Meant for</dt>
      <dd>${card.intended_use}</dd>
    </dl>`;
  }

  private choose(event: Event): void {
    const model = this.shipped.find(({ name }) => name === (event.target as HTMLSelectElement).value);
    if (model === undefined) return;
    this.dispatchEvent(new CustomEvent('model-chosen', { detail: model, bubbles: true, composed: true }));
  }

  private open(): void {
    const files = [...(this.input.files ?? [])];
    this.input.value = '';
    if (files.length > 0)
      this.dispatchEvent(new CustomEvent('files-chosen', { detail: files, bubbles: true, composed: true }));
  }

  static override styles = [
    sharedStyles,
    css`
      select {
        width: 100%;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 3px 12px;
        margin: 0;
      }
      dt {
        color: var(--quiet);
      }
      dd {
        margin: 0;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-model-choice': ModelChoice;
  }
  interface HTMLElementEventMap {
    'model-chosen': CustomEvent<ShippedModel>;
  }
}
