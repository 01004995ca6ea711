import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { spacingOf } from '../../src/volume/affine.ts';
import { icon } from './icons.ts';
import { sharedStyles } from './shared-styles.ts';
import { BRAIN_MASK, MASK, REFERENCE, type Role, type Scan, UNUSED } from './state.ts';

/** What is to be different of one image. */
export interface ScanChange {
  readonly index: number;
  readonly role?: Role;
  readonly seriesUid?: string;
}

/** The images that were dropped, each with what it is taken for. `scan-changed` carries a choice, `scan-removed` an index. */
@customElement('rarevox-scan-list')
export class ScanList extends LitElement {
  @property({ attribute: false }) scans: readonly Scan[] = [];
  /** The sequences that the model knows. */
  @property({ attribute: false }) modalities: readonly string[] = [];

  override render(): TemplateResult {
    return html`<ul>
      ${this.scans.map((scan, index) => this.item(scan, index))}
    </ul>`;
  }

  private item(scan: Scan, index: number): TemplateResult {
    const { opened } = scan;
    return html`<li class=${opened.faults.length > 0 ? 'faulty' : ''}>
      <div class="name" title=${opened.name}>${opened.name}</div>
      <button class="remove" aria-label="Remove ${opened.name}" @click=${() => this.send('scan-removed', index)}>${icon('close')}</button>
      <div class="quiet small number">${describe(scan)}</div>
      ${opened.series.length > 1 ? this.seriesSelect(scan, index) : nothing}
      ${opened.faults.length === 0 ? this.roleSelect(scan, index) : nothing}
      ${opened.faults.map((fault) => html`<p class="fault small">${fault}</p>`)}
    </li>`;
  }

  private roleSelect({ role, opened }: Scan, index: number): TemplateResult {
    const known = this.modalities.includes(role) || [REFERENCE, MASK, BRAIN_MASK, UNUSED].includes(role);
    const names = known ? this.modalities : [...this.modalities, role];
    const options: (readonly [Role, string])[] = [
      ...names.map((name) => [name, name] as const),
      [REFERENCE, 'Reference mask'],
      [MASK, 'Mask to compare'],
      [BRAIN_MASK, 'Brain mask'],
      [UNUSED, 'Not used'],
    ];
    return html`<select
      class="role"
      aria-label="What ${opened.name} is"
      @change=${(event: Event) => this.change({ index, role: (event.target as HTMLSelectElement).value })}
    >
      ${options.map(([value, text]) => html`<option value=${value} ?selected=${value === role}>${text}</option>`)}
    </select>`;
  }

  private seriesSelect({ opened, seriesUid }: Scan, index: number): TemplateResult {
    return html`<select
      class="series"
      aria-label="Which series of ${opened.name}"
      @change=${(event: Event) => this.change({ index, seriesUid: (event.target as HTMLSelectElement).value })}
    >
      <option value="" disabled ?selected=${seriesUid === null}>Choose one of ${opened.series.length} series …</option>
      ${opened.series.map(
        ({ uid, description, images }) =>
          html`<option value=${uid} ?selected=${uid === seriesUid}>
            ${description === '' ? `Series …${uid.slice(-6)}` : description}, ${images} images
          </option>`,
      )}
    </select>`;
  }

  private change(change: ScanChange): void {
    this.send('scan-changed', change);
  }

  private send(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  static override styles = [
    sharedStyles,
    css`
      ul {
        display: grid;
        gap: 8px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 2px 8px;
        padding: 8px 8px 10px 12px;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: var(--sunken);
      }
      li > :not(.name, .remove) {
        grid-column: 1 / -1;
      }
      .faulty {
        border-color: var(--error);
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-weight: 600;
        font-size: 14px;
        line-height: 26px;
      }
      .remove {
        min-height: 26px;
        padding: 0 4px;
        border: 0;
        background: none;
        color: var(--quiet);
      }
      .fault {
        color: var(--error);
        overflow-wrap: anywhere;
      }
      select {
        width: 100%;
        margin-top: 4px;
      }
    `,
  ];
}

function describe({ opened: { shape, affine } }: Scan): string {
  if (shape === null || affine === null) return '';
  const spacing = spacingOf(affine).map((size) => Number(size.toFixed(2)));
  return `${shape.join(' × ')} voxels, ${spacing.join(' × ')} mm`;
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-scan-list': ScanList;
  }
  interface HTMLElementEventMap {
    'scan-changed': CustomEvent<ScanChange>;
    'scan-removed': CustomEvent<number>;
  }
}
