import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { IntensityWindow } from '../../src/report/intensity-window.ts';
import type { ScalarVolume, Triple } from '../../src/volume/volume.ts';
import type { Rgb } from './mask-codes.ts';
import type { Place, ScanView, Stroke } from './scan-view.ts';
import { sharedStyles } from './shared-styles.ts';
import type { Brush, Display } from './state.ts';

/** What the arrow keys and their like do: steps of the crosshair to right, anterior and superior. */
const STEPS: Readonly<Record<string, Triple>> = {
  // As in the radiological convention: the patient's right is at the left.
  ArrowLeft: [1, 0, 0],
  ArrowRight: [-1, 0, 0],
  ArrowUp: [0, 1, 0],
  ArrowDown: [0, -1, 0],
  PageUp: [0, 0, 1],
  PageDown: [0, 0, -1],
};

/**
 * The scan in three planes, with what lies over it. Events: `place-changed` (where the crosshair is), `stroke-ended` (the brush painted),
 * `window-changed` (dragged with the right mouse button).
 */
@customElement('rarevox-viewer')
export class Viewer extends LitElement {
  /** In RAS order, as are all other volumes here. */
  @property({ attribute: false }) scan: ScalarVolume | null = null;
  @property({ attribute: false }) codes: Uint8Array | null = null;
  @property({ attribute: false }) colors: ReadonlyMap<number, Rgb> = new Map();
  @property({ attribute: false }) map: ScalarVolume | null = null;
  @property({ attribute: false }) display!: Display;
  @property({ attribute: false }) brush!: Brush;
  /** What there is to say instead of a scan; empty where one is shown. */
  @property() note = '';
  /** The code that the brush paints. */
  @property({ type: Number }) brushCode = 1;
  @state() private fault = '';
  @query('canvas') private readonly canvas!: HTMLCanvasElement;
  private view: ScanView | null = null;
  /** What is being brought onto the screen: one thing after the other. */
  private drawing: Promise<void> = Promise.resolve();

  override render(): TemplateResult {
    return html`<div class="frame">
        <canvas
          tabindex="0"
          aria-label="Slices of the scan. Arrow keys move the crosshair, Page Up and Page Down change the axial slice; with the brush, Enter paints."
          @keydown=${this.key}
          @dblclick=${this.resetWindow}
        ></canvas>
      </div>
      ${this.note === '' ? nothing : html`<p class="note" role="status">${this.note}</p>`}
      ${this.fault === '' ? nothing : html`<p class="fault" role="alert">${this.fault}</p>`}`;
  }

  /** Moves the crosshair. */
  goTo(mm: Triple): void {
    this.view?.goTo(mm);
  }

  protected override firstUpdated(): void {
    this.drawing = this.open();
  }

  protected override updated(changed: PropertyValues<this>): void {
    this.drawing = this.drawing.then(() => this.draw(changed)).catch((error: unknown) => this.fail(error));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.view?.close();
    this.view = null;
  }

  private async open(): Promise<void> {
    try {
      // NiiVue is large, and the start screen does without it.
      const { ScanView } = await import('./scan-view.ts');
      if (!this.isConnected) return;
      this.view = await ScanView.open(this.canvas);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.view.onPlace = (detail) => this.send('place-changed', detail);
    this.view.onStroke = (detail) => this.send('stroke-ended', detail);
    this.view.onWindow = (detail) => this.send('window-changed', detail);
  }

  private async draw(changed: PropertyValues<this>): Promise<void> {
    const { view, scan, display } = this;
    if (view === null || scan === null) return;
    const before = changed.get('display') as Display | undefined;
    const isNew = changed.has('scan');
    if (isNew) await view.showScan(scan, display.window);
    const differs = (name: keyof Display): boolean =>
      isNew || (changed.has('display') && before?.[name] !== display[name]);
    if (isNew || changed.has('map') || differs('map')) {
      for (const name of ['probability', 'spread'] as const) {
        await view.showMap(name, display.map === name ? this.map : null, display.maps);
      }
    }
    if (differs('planes')) view.setPlanes(display.planes);
    if (!isNew && differs('window')) view.setWindow(display.window);
    if (isNew || changed.has('colors')) view.setMaskColors(this.colors);
    if (differs('fill') || differs('outline')) view.setMaskOpacity(display.fill, display.outline);
    if (!isNew && differs('maps') && display.map !== 'none') view.setMapOpacity(display.map, display.maps);
    if ((isNew || changed.has('codes')) && this.codes !== null) view.showMask(this.codes);
    if (isNew || changed.has('brush') || changed.has('brushCode')) {
      const { tool, size } = this.brush;
      view.setBrush(tool === 'look' ? null : { code: tool === 'erase' ? 0 : this.brushCode, size });
    }
  }

  private resetWindow(event: MouseEvent): void {
    // NiiVue would take a window of its own.
    event.stopImmediatePropagation();
    this.dispatchEvent(new CustomEvent('window-reset', { bubbles: true, composed: true }));
  }

  private key(event: KeyboardEvent): void {
    // NiiVue has keys of its own on the canvas, some of which open dialogs.
    event.stopImmediatePropagation();
    const step = STEPS[event.key];
    if (step !== undefined) this.view?.moveCrosshair(step);
    else if (event.key === 'Enter' || event.key === ' ') this.view?.paintHere();
    else return;
    event.preventDefault();
  }

  private fail(error: unknown): void {
    const said = error instanceof Error ? error.message : String(error);
    this.fault = `The scan can't be shown (${said}). The browser needs WebGL 2: switch on its hardware acceleration, or take another browser.`;
  }

  private send(name: string, detail: Place | Stroke | IntensityWindow): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  static override styles = [
    sharedStyles,
    css`
      :host {
        position: relative;
        min-height: 0;
        background: #000;
        border-radius: var(--radius);
        overflow: hidden;
      }
      .frame {
        position: absolute;
        inset: 0;
      }
      canvas {
        display: block;
        width: 100%;
        height: 100%;
        outline-offset: -3px;
        border-radius: var(--radius);
        touch-action: none;
      }
      /* Over what was shown before. */
      .note {
        position: absolute;
        inset: 0;
        display: grid;
        place-content: center;
        margin: 0;
        padding: 24px;
        background: #000;
        color: #d8d8d8;
        text-align: center;
      }
      .fault {
        position: absolute;
        inset: auto 24px 24px;
        padding: 12px 16px;
        border-radius: 8px;
        background: var(--error-back);
        color: var(--error);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-viewer': Viewer;
  }
  interface HTMLElementEventMap {
    'place-changed': CustomEvent<Place>;
    'stroke-ended': CustomEvent<Stroke>;
    'window-changed': CustomEvent<IntensityWindow>;
  }
}
