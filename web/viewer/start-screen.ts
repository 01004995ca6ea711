import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import './file-drop.ts';
import { sharedStyles } from './shared-styles.ts';

/** What is seen before there is a scan. `sample-asked` wants the sample; files come up from the drop zone. */
@customElement('rarevox-start-screen')
export class StartScreen extends LitElement {
  @property({ type: Boolean }) opening = false;
  /** Whether there is a shipped model that can predict the sample. */
  @property({ type: Boolean }) hasModel = false;

  override render(): TemplateResult {
    return html`<div class="middle">
      <h1>See the lesions in a scan, on your own machine</h1>
      <p class="lead">
        Open a scan, let a trained model find the lesions, move the balance between finding more and being surer, correct by hand, and save. The
        scan stays in this page: nothing is uploaded.
      </p>
      <rarevox-file-drop>
        ${this.opening ? html`<p class="quiet small" role="status">Reading …</p>` : nothing}
      </rarevox-file-drop>
      <div class="sample">
        <div>
          <h2>No scan at hand?</h2>
          <p class="small quiet">
            A patient with multiple sclerosis, FLAIR and T1w, with a reference by hand. M. Bashiri Bawil et al., arXiv:2506.07123;
            <a href="sample/LICENSE" target="_blank" rel="noopener">MIT licence</a>.${this.hasModel ? nothing : ' Bring a model.onnx to predict it.'}
          </p>
        </div>
        <button ?disabled=${this.opening} @click=${() => this.dispatchEvent(new CustomEvent('sample-asked', { bubbles: true, composed: true }))}>
          Try the sample
        </button>
      </div>
      <p class="small quiet note">For research, not for clinical use. No medical device; not for diagnosis.</p>
    </div>`;
  }

  static override styles = [
    sharedStyles,
    css`
      :host {
        overflow: auto;
      }
      .middle {
        display: grid;
        gap: 18px;
        max-width: 720px;
        margin: 0 auto;
        padding: clamp(20px, 6vh, 72px) 24px 32px;
      }
      h1 {
        margin: 0;
        font-size: clamp(24px, 3.2vw, 32px);
        line-height: 1.2;
        letter-spacing: -0.015em;
        text-wrap: balance;
      }
      .lead {
        margin-bottom: 6px;
        font-size: 17px;
        color: var(--quiet);
        text-wrap: pretty;
      }
      .sample {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 20px;
        align-items: center;
        padding: 16px 20px;
        border: 1px solid var(--line);
        border-radius: 14px;
        background: var(--card);
      }
      .note {
        text-align: center;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-start-screen': StartScreen;
  }
  interface HTMLElementEventMap {
    'sample-asked': CustomEvent<null>;
  }
}
