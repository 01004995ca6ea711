import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { reorientToRas } from '../../src/volume/orientation.ts';
import type { ScalarVolume } from '../../src/volume/volume.ts';
import type { Place } from './scan-view.ts';
import { sharedStyles } from './shared-styles.ts';
import type { Predicted, ShownScan } from './store.ts';

/** What is under the crosshair: where it is, the scan's value, the probability. */
@customElement('rarevox-place-bar')
export class PlaceBar extends LitElement {
  @property({ attribute: false }) place: Place | null = null;
  @property({ attribute: false }) shown: ShownScan | null = null;
  @property({ attribute: false }) predicted: Predicted | null = null;
  private probabilities: { readonly of: Predicted['maps']; readonly ras: readonly ScalarVolume[] } | null = null;

  override render(): TemplateResult | typeof nothing {
    const { place, shown, predicted } = this;
    if (shown === null) return nothing;
    if (place === null) {
      return html`<p class="small quiet">Click or arrow keys: crosshair. Wheel: slices. Right button: drag for the window.</p>`;
    }
    const [width, height] = shown.volume.shape;
    const at = place.voxel[0] + width * (place.voxel[1] + height * place.voxel[2]);
    const value = shown.volume.data[at];
    return html`<p class="small quiet number">
      ${place.mm.map((part) => part.toFixed(1)).join(', ')} mm${
        value === undefined ? nothing : html` · ${shown.name} <b>${Number(value.toPrecision(4))}</b>`
      }${predicted === null ? nothing : this.classes(predicted, at)}
    </p>`;
  }

  private classes({ maps }: Predicted, at: number): TemplateResult {
    if (this.probabilities?.of !== maps) this.probabilities = { of: maps, ras: maps.probabilities.map(reorientToRas) };
    return html`${this.probabilities.ras.map(
      ({ data }, index) => html` · ${maps.labels[index]?.name} <b>${(data[at] ?? 0).toFixed(2)}</b>`,
    )}`;
  }

  static override styles = [
    sharedStyles,
    css`
      b {
        color: var(--text);
        font-weight: 600;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-place-bar': PlaceBar;
  }
}
