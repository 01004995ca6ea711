import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { PageFile } from '../../src/browser/page-file-access.ts';
import { droppedFiles } from '../../src/browser/scan-image.ts';
import { icon } from './icons.ts';
import { sharedStyles } from './shared-styles.ts';

/** Where files and folders are dropped or chosen: `files-chosen` carries them as a list of `File`. */
@customElement('rarevox-file-drop')
export class FileDrop extends LitElement {
  /** Only buttons, where the whole page takes drops. */
  @property({ type: Boolean }) compact = false;
  @state() private isOver = false;
  @query('#files') private readonly filesInput!: HTMLInputElement;
  @query('#folder') private readonly folderInput!: HTMLInputElement;

  override render(): TemplateResult {
    return html`${this.compact ? this.buttons('Add files', 'Add a folder') : this.zone()}
      <input id="files" type="file" multiple hidden aria-label="Scan files" @change=${this.choose} />
      <input id="folder" type="file" webkitdirectory hidden aria-label="A folder of scans" @change=${this.choose} />`;
  }

  private zone(): TemplateResult {
    return html`<div
      class="zone"
      ?data-over=${this.isOver}
      @dragenter=${this.allow}
      @dragover=${this.allow}
      @dragleave=${() => {
        this.isOver = false;
      }}
      @drop=${this.drop}
    >
      ${icon('open')}
      <p><strong>Drop the scans of one patient here</strong></p>
      <p class="quiet small">
        NIfTI, NRRD, MetaImage or DICOM, in any orientation. A reference mask or a model.onnx may be among them.
      </p>
      ${this.buttons('Choose files', 'Choose a folder')}
      <slot></slot>
    </div>`;
  }

  private buttons(files: string, folder: string): TemplateResult {
    return html`<div class="row buttons">
      <button @click=${() => this.filesInput.click()}>${icon('file')}${files}</button>
      <button @click=${() => this.folderInput.click()}>${icon('open')}${folder}</button>
    </div>`;
  }

  private allow(event: DragEvent): void {
    event.preventDefault();
    this.isOver = true;
  }

  private async drop(event: DragEvent): Promise<void> {
    event.preventDefault();
    event.stopPropagation();
    this.isOver = false;
    if (event.dataTransfer !== null) this.hand(await droppedFiles(event.dataTransfer));
  }

  private choose(event: Event): void {
    const input = event.target as HTMLInputElement;
    this.hand([...(input.files ?? [])]);
    input.value = '';
  }

  private hand(files: readonly (File | PageFile)[]): void {
    if (files.length === 0) return;
    this.dispatchEvent(new CustomEvent('files-chosen', { detail: files, bubbles: true, composed: true }));
  }

  static override styles = [
    sharedStyles,
    css`
      .zone {
        display: grid;
        justify-items: center;
        gap: 8px;
        padding: 36px 24px 28px;
        border: 2px dashed var(--field);
        border-radius: 14px;
        background: var(--card);
        text-align: center;
      }
      .zone[data-over] {
        border-color: var(--accent);
        background: var(--accent-back);
      }
      .zone > svg.icon {
        width: 40px;
        height: 40px;
        stroke-width: 1.3;
        color: var(--accent);
      }
      strong {
        font-size: 18px;
      }
      .buttons {
        flex-wrap: wrap;
      }
      .zone .buttons {
        justify-content: center;
        margin-top: 10px;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-file-drop': FileDrop;
  }
  interface HTMLElementEventMap {
    'files-chosen': CustomEvent<readonly (File | PageFile)[]>;
  }
}
