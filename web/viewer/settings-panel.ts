import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ModelDescription } from '../../src/model/model-card.ts';
import { sharedStyles } from './shared-styles.ts';
import type { Settings } from './state.ts';

type Option = readonly [value: string, text: string];

/** What a prediction does differently than the model has it. `settings-changed` carries what is to be different. */
@customElement('rarevox-settings-panel')
export class SettingsPanel extends LitElement {
  @property({ attribute: false }) settings!: Settings;
  @property({ attribute: false }) model: ModelDescription | null = null;
  @property({ type: Boolean }) hasGpu = false;

  override render(): TemplateResult {
    const { settings } = this;
    const own = this.model?.prediction;
    const ownText = (value: string | number | undefined): string =>
      value === undefined ? "The model's own" : `The model's own (${value})`;
    return html`<details>
      <summary>Settings</summary>
      <div class="grid">
        ${this.select(
          'Compute on',
          settings.device,
          [
            ['auto', this.hasGpu ? 'Graphics card (WebGPU)' : 'Processor (WebAssembly)'],
            ...(this.hasGpu ? ([['cpu', 'Processor (WebAssembly)']] as const) : []),
          ],
          (device) => ({ device: device as Settings['device'] }),
        )}
        ${this.select(
          'Overlap of patches',
          String(settings.overlap ?? ''),
          [
            ['', ownText(own?.overlap)],
            ...[0.25, 0.5, 0.625, 0.75].map((value): Option => [String(value), String(value)]),
          ],
          (value) => ({ overlap: value === '' ? null : Number(value) }),
        )}
        ${this.select(
          'Weights of votes',
          settings.window ?? '',
          [['', ownText(own?.window)], ...['spline', 'gaussian', 'uniform'].map((value): Option => [value, value])],
          (value) => ({ window: value === '' ? null : (value as Settings['window']) }),
        )}
        ${this.select(
          'Views',
          String(settings.views ?? ''),
          [
            ['', ownText(own?.views)],
            ['1', '1: as it is'],
            ['2', '2: and mirrored'],
            ['4', '4: and turned by 180°'],
            ['8', '8: all flips'],
          ],
          (value) => ({ views: value === '' ? null : (Number(value) as Settings['views']) }),
        )}
        <label class="check row"
          ><input
            type="checkbox"
            .checked=${settings.voteSpread}
            @change=${(event: Event) => this.change({ voteSpread: (event.target as HTMLInputElement).checked })}
          />Map of the vote spread: where the prediction is inconsistent</label
        >
        ${
          settings.views !== null && own !== undefined && settings.views > own.views
            ? html`<p class="small warn">The model was not trained on more than ${own.views} ${own.views === 1 ? 'view' : 'views'}: more may do harm.</p>`
            : nothing
        }
      </div>
    </details>`;
  }

  private select(
    name: string,
    value: string,
    options: readonly Option[],
    change: (value: string) => Partial<Settings>,
  ): TemplateResult {
    return html`<label class="field"
      ><span>${name}</span
      ><select @change=${(event: Event) => this.change(change((event.target as HTMLSelectElement).value))}>
        ${options.map(([option, text]) => html`<option value=${option} ?selected=${option === value}>${text}</option>`)}
      </select></label
    >`;
  }

  private change(detail: Partial<Settings>): void {
    this.dispatchEvent(new CustomEvent('settings-changed', { detail, bubbles: true, composed: true }));
  }

  static override styles = [
    sharedStyles,
    css`
      summary {
        font-weight: 600;
        cursor: pointer;
        border-radius: 4px;
      }
      .grid {
        display: grid;
        gap: 8px;
        padding-top: 10px;
        font-size: 14px;
      }
      .field {
        display: grid;
        grid-template-columns: 9em 1fr;
        gap: 8px;
        align-items: center;
      }
      select {
        min-width: 0;
        width: 100%;
      }
      .check {
        align-items: flex-start;
      }
      .check input {
        flex: none;
        margin-top: 3px;
      }
      .warn {
        color: var(--warning);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-settings-panel': SettingsPanel;
  }
  interface HTMLElementEventMap {
    'settings-changed': CustomEvent<Partial<Settings>>;
  }
}
