import { html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { unsafeHTML } from 'lit/directives/unsafe-html.js';
import { readStepPlot, renderStepPlot, type StepPlot, stepAt } from '../../src/report/step-plot.ts';

/** A plot over steps that is read where the pointer is, or with the arrow keys. */
@customElement('rarevox-curve-plot')
export class CurvePlot extends LitElement {
  @property({ attribute: false }) plot!: StepPlot;
  /** The step that the abscissa goes to. */
  @property({ type: Number }) last = 1;
  /** Where it is read; null: at the end. */
  @state() private at: number | null = null;
  /** What was read with a key, for those who hear it. */
  @state() private spoken = '';

  /** The page's stylesheet draws the plot. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const { plot, last, at } = this;
    return html`
      <div class="readable" tabindex="0" role="group" aria-label="${plot.title}: the arrow keys read the curves"
        @pointermove=${this.point} @pointerdown=${this.point} @pointerleave=${this.leave} @blur=${this.leave} @keydown=${this.press}>
        ${unsafeHTML(renderStepPlot(plot, last, at))}
      </div>
      <output class="unseen">${this.spoken}</output>
    `;
  }

  private readonly point = (event: PointerEvent): void => {
    const box = this.querySelector('svg.plot')?.getBoundingClientRect();
    if (box !== undefined) this.at = stepAt((event.clientX - box.left) / box.width, this.last);
  };

  private readonly leave = (): void => {
    this.at = null;
    this.spoken = '';
  };

  private readonly press = (event: KeyboardEvent): void => {
    const from = this.at ?? this.last;
    const stride = Math.max(1, Math.round(this.last / 50));
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: from - stride,
      ArrowRight: from + stride,
      Home: 0,
      End: this.last,
    };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.at = Math.min(this.last, Math.max(0, to));
    this.spoken = readStepPlot(this.plot, this.at);
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-curve-plot': CurvePlot;
  }
}
