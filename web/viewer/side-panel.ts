import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { COMMON_MODALITIES } from '../../src/dataset/guess-modality.ts';
import './curve-panel.ts';
import './export-panel.ts';
import './file-drop.ts';
import './figures-panel.ts';
import './lesion-table.ts';
import './model-choice.ts';
import './run-bar.ts';
import './scan-list.ts';
import './settings-panel.ts';
import './threshold-panel.ts';
import { comparisonObstacles, missingNote, obstaclesOf } from './roles.ts';
import { sharedStyles } from './shared-styles.ts';
import type { Compared, Predicted, State } from './store.ts';

type Tab = State['tab'];

/** What stands beside the viewer: the scans and the model, or the result. `tab-chosen` carries which of the two. */
@customElement('rarevox-side-panel')
export class SidePanel extends LitElement {
  @property({ attribute: false }) state!: State;

  override render(): TemplateResult {
    const { tab, predicted, compared } = this.state;
    const result = predicted ?? compared;
    const isResult = tab === 'result' && result !== null;
    return html`${
      result === null
        ? nothing
        : html`<div class="tabs" role="tablist" aria-label="Side panel" @keydown=${this.arrow}>
              ${this.tab('scan', 'Scan and model')} ${this.tab('result', 'Result')}
            </div>`
    }
      <div class="body" role=${result === null ? nothing : 'tabpanel'} aria-label=${isResult ? 'Result' : 'Scan and model'}>
        ${isResult ? ('maps' in result ? this.result(result) : this.comparison(result)) : this.scan()}
      </div>
      ${isResult ? ('maps' in result ? this.exports(result) : nothing) : this.run()}`;
  }

  private tab(tab: Tab, text: string): TemplateResult {
    const isChosen = this.state.tab === tab;
    return html`<button
      role="tab"
      id=${tab}
      aria-selected=${isChosen}
      tabindex=${isChosen ? 0 : -1}
      @click=${() => this.choose(tab)}
    >
      ${text}
    </button>`;
  }

  private scan(): TemplateResult {
    const { scans, model, shipped, settings, hasGpu, opening } = this.state;
    const description = model.kind === 'ready' ? model.description : null;
    return html`<section class="stack">
        <h2>Scans</h2>
        ${
          scans.length === 0
            ? html`<rarevox-file-drop></rarevox-file-drop>`
            : html`<rarevox-scan-list .scans=${scans} .modalities=${description?.preprocess.modalities ?? COMMON_MODALITIES}></rarevox-scan-list>
                <rarevox-file-drop compact></rarevox-file-drop>`
        }
        ${opening ? html`<p class="small quiet" role="status">Reading …</p>` : nothing}
      </section>
      <section class="stack">
        <h2>Model</h2>
        <rarevox-model-choice .model=${model} .shipped=${shipped}></rarevox-model-choice>
      </section>
      <section>
        <rarevox-settings-panel .settings=${settings} .model=${description} ?hasGpu=${hasGpu}></rarevox-settings-panel>
      </section>`;
  }

  private run(): TemplateResult {
    const { scans, model, work, predicted, shown } = this.state;
    const description = model.kind === 'ready' ? model.description : null;
    const note = description === null ? null : missingNote(scans, description);
    return html`<div class="foot">
      ${note === null || work !== null ? nothing : html`<p class="small quiet">${note}</p>`}
      <rarevox-run-bar
        .work=${work}
        .obstacles=${obstaclesOf(scans, description)}
        .comparisonObstacles=${comparisonObstacles(scans, shown?.name ?? null)}
        ?again=${predicted !== null}
      ></rarevox-run-bar>
    </div>`;
  }

  private result({ result, decision, defaults, maps, seconds }: Predicted): TemplateResult {
    const hasThreshold = maps.labels.length === 1;
    const where =
      maps.device === 'webgpu' ? 'the graphics card' : `${maps.threads} ${maps.threads === 1 ? 'thread' : 'threads'}`;
    const threshold = hasThreshold && result.added + result.erased === 0 ? decision.threshold : null;
    const { comparison } = result;
    return html`<section>
        <rarevox-figures-panel
          .lesions=${result.lesions.length}
          .volume=${result.volume}
          .comparison=${comparison}
        ></rarevox-figures-panel>
      </section>
      <section>
        <rarevox-threshold-panel
          .decision=${decision}
          .defaults=${defaults}
          ?hasThreshold=${hasThreshold}
        ></rarevox-threshold-panel>
      </section>
      <section class="stack">
        <h3>Lesions</h3>
        <rarevox-lesion-table .lesions=${result.lesions}></rarevox-lesion-table>
      </section>
      ${
        comparison === null || comparison.curve.length === 0
          ? nothing
          : html`<section>
              <rarevox-curve-panel .comparison=${comparison} .threshold=${threshold}></rarevox-curve-panel>
            </section>`
      }
      <section class="small quiet number">Predicted in ${seconds.toFixed(1)} s on ${where}.</section>`;
  }

  private comparison({ name, referenceName, lesions, volume, comparison }: Compared): TemplateResult {
    return html`<section>
        <rarevox-figures-panel .lesions=${lesions.length} .volume=${volume} .comparison=${comparison}></rarevox-figures-panel>
      </section>
      <section class="stack">
        <h3>Lesions of the mask</h3>
        <rarevox-lesion-table .lesions=${lesions}></rarevox-lesion-table>
      </section>
      <section class="small quiet">${name}, compared with ${referenceName}.</section>`;
  }

  private exports({ result }: Predicted): TemplateResult {
    return html`<div class="foot"><rarevox-export-panel ?corrected=${result.added + result.erased > 0}></rarevox-export-panel></div>`;
  }

  private arrow(event: KeyboardEvent): void {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const tab: Tab = this.state.tab === 'scan' ? 'result' : 'scan';
    this.choose(tab);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(`#${tab}`)?.focus());
  }

  private choose(tab: Tab): void {
    this.dispatchEvent(new CustomEvent('tab-chosen', { detail: tab, bubbles: true, composed: true }));
  }

  static override styles = [
    sharedStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--card);
        overflow: hidden;
      }
      .tabs {
        display: grid;
        grid-template-columns: 1fr 1fr;
        border-bottom: 1px solid var(--line);
        background: var(--sunken);
      }
      [role='tab'] {
        min-height: 44px;
        border: 0;
        border-radius: 0;
        background: none;
        color: var(--quiet);
        box-shadow: inset 0 -2px 0 transparent;
      }
      [role='tab'][aria-selected='true'] {
        color: var(--text);
        font-weight: 600;
        background: var(--card);
        box-shadow: inset 0 -3px 0 var(--accent);
      }
      [role='tab']:focus-visible {
        outline-offset: -3px;
      }
      .body {
        flex: 1;
        min-height: 0;
        overflow: auto;
      }
      section {
        padding: 14px 16px;
      }
      section + section {
        border-top: 1px solid var(--line);
      }
      .foot {
        display: grid;
        gap: 8px;
        padding: 12px 16px;
        border-top: 1px solid var(--line);
        background: var(--sunken);
      }
      @media (max-width: 1000px) {
        :host {
          display: block;
          overflow: visible;
        }
        .body {
          overflow: visible;
        }
        .foot {
          position: sticky;
          bottom: 0;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-side-panel': SidePanel;
  }
  interface HTMLElementEventMap {
    'tab-chosen': CustomEvent<Tab>;
  }
}
