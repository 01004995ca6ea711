import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, query } from 'lit/decorators.js';
import { openCompute } from '../../src/browser/compute.ts';
import { findGpu } from '../../src/browser/devices.ts';
import { droppedFiles } from '../../src/browser/scan-image.ts';
import { intensityWindow } from '../../src/report/intensity-window.ts';
import './notices.ts';
import './side-panel.ts';
import './start-screen.ts';
import './viewer.ts';
import './viewer-bar.ts';
import './brush-panel.ts';
import './mask-key.ts';
import './place-bar.ts';
import { appStyles } from './app-styles.ts';
import { compareMasks } from './comparing.ts';
import { type Context, report } from './context.ts';
import { Editing } from './editing.ts';
import { saveResult } from './exporting.ts';
import { icon } from './icons.ts';
import { Layers } from './layers.ts';
import { COMPARISON } from './mask-codes.ts';
import { changeScan, chooseModel, openFiles, openSample, removeScan } from './opening.ts';
import { openGiven, readShippedModels } from './page-data.ts';
import { predictScans } from './predicting.ts';
import { imageOf, sequencesOf } from './roles.ts';
import { sharedStyles } from './shared-styles.ts';
import { showScans } from './showing.ts';
import type { Brush, Display } from './state.ts';
import { type State, Store, StoreController } from './store.ts';
import type { Viewer } from './viewer.ts';

/** The whole page: it holds the store, hands parts of it down, and does what the components' events ask for. */
@customElement('rarevox-app')
export class App extends LitElement {
  private readonly store = new Store();
  private readonly context: Context = { store: this.store, compute: openCompute(), model: null };
  private readonly editing = new Editing(this.context);
  private running: AbortController | null = null;
  private readonly layers = new Layers();
  @query('rarevox-viewer') private readonly viewer!: Viewer | null;

  constructor() {
    super();
    new StoreController(this, this.store);
    this.listen();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('beforeunload', this.warnOfLoss);
    // A file that misses the drop zone would replace the page.
    window.addEventListener('dragover', this.allowDrop);
    window.addEventListener('drop', this.takeDrop);
    void findGpu().then((gpu) => this.store.update({ hasGpu: gpu === 'hardware' }));
    void readShippedModels(this.store).then(() => openGiven(this.context));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('beforeunload', this.warnOfLoss);
    window.removeEventListener('dragover', this.allowDrop);
    window.removeEventListener('drop', this.takeDrop);
    this.context.compute.close();
  }

  override render(): TemplateResult {
    const { state } = this.store;
    const hasScans = state.scans.length > 0 || state.model.kind !== 'none';
    return html`<header>
        <span class="brand">rarevox</span>
        <span class="private small quiet">${icon('lock')}<span>Computed in this page. Nothing is uploaded.</span></span>
        <span class="gap"></span>
        ${hasScans ? html`<button @click=${this.startOver}>${icon('open')}Open others</button>` : nothing}
      </header>
      ${state.notices.length > 0 ? html`<rarevox-notices .notices=${state.notices}></rarevox-notices>` : nothing}
      ${hasScans ? this.workbench(state) : this.start(state)}
      <p class="visually-hidden" role="status">${announcementOf(state)}</p>`;
  }

  private start({ opening, shipped }: State): TemplateResult {
    return html`<main><rarevox-start-screen ?opening=${opening} ?hasModel=${shipped.some(({ forSample }) => forSample)}></rarevox-start-screen></main>`;
  }

  private workbench(state: State): TemplateResult {
    const { shown, predicted, compared, display, brush } = state;
    const mask = predicted !== null ? 'Prediction' : compared !== null ? 'Mask' : null;
    return html`<main class="work">
      <section class="picture" aria-label="Scan">
        <rarevox-viewer-bar
          .display=${display}
          .range=${shown?.range ?? { low: 0, high: 1 }}
          .sequences=${sequencesOf(state.scans, state.model.kind === 'ready' ? state.model.description : null).map(({ role }) => role)}
          .shown=${shown?.name ?? ''}
          .mask=${mask}
          ?hasReference=${state.reference !== null}
          ?hasProbability=${predicted !== null}
          ?hasSpread=${predicted !== null && predicted.maps.voteSpread !== null}
        ></rarevox-viewer-bar>
        <rarevox-viewer
          .scan=${shown?.volume ?? null}
          .note=${noteOf(state)}
          .codes=${this.layers.codesOf(state)}
          .colors=${this.layers.colorsOf(state)}
          .map=${this.layers.mapOf(state)}
          .display=${display}
          .brush=${predicted === null ? { ...brush, tool: 'look' } : brush}
          .brushCode=${state.reference === null || !display.reference ? brush.label : COMPARISON.predictionOnly}
        ></rarevox-viewer>
        ${mask !== null && state.reference !== null && display.mask && display.reference ? html`<rarevox-mask-key .mask=${mask}></rarevox-mask-key>` : nothing}
        <div class="below">
          ${
            predicted === null
              ? nothing
              : html`<rarevox-brush-panel
                  .brush=${brush}
                  .labels=${predicted.maps.labels}
                  .added=${predicted.result.added}
                  .erased=${predicted.result.erased}
                  ?canUndo=${predicted.result.canUndo}
                ></rarevox-brush-panel>`
          }
          <rarevox-place-bar .place=${state.place} .shown=${shown} .predicted=${predicted}></rarevox-place-bar>
        </div>
      </section>
      <rarevox-side-panel .state=${state}></rarevox-side-panel>
    </main>`;
  }

  private listen(): void {
    const { store, context } = this;
    this.addEventListener(
      'files-chosen',
      ({ detail }) => void openFiles(context, detail).then(() => this.editing.compareWithReference()),
    );
    this.addEventListener('sample-asked', () => void openSample(context));
    this.addEventListener('model-chosen', ({ detail }) => void chooseModel(context, detail));
    this.addEventListener(
      'scan-changed',
      ({ detail }) => void changeScan(context, detail).then(() => this.editing.compareWithReference()),
    );
    this.addEventListener(
      'scan-removed',
      ({ detail }) => void removeScan(context, detail).then(() => this.editing.compareWithReference()),
    );
    this.addEventListener('scan-shown', ({ detail }) => void showScans(context, detail));
    this.addEventListener('settings-changed', ({ detail }) =>
      store.update({ settings: { ...store.state.settings, ...detail } }),
    );
    this.addEventListener('predict-asked', () => void this.predict());
    this.addEventListener('comparison-asked', () => void this.compare());
    this.addEventListener('cancel-asked', () => this.running?.abort());
    this.addEventListener('decision-changed', ({ detail }) => this.editing.decide(detail));
    this.addEventListener('display-changed', ({ detail }) => this.changeDisplay(detail));
    this.addEventListener('window-changed', ({ detail }) => {
      const { low, high } = store.state.display.window;
      if (detail.low !== low || detail.high !== high) this.changeDisplay({ window: detail });
    });
    this.addEventListener('window-reset', () => {
      const { shown } = store.state;
      if (shown !== null) this.changeDisplay({ window: intensityWindow(shown.volume.data) });
    });
    this.addEventListener('brush-changed', ({ detail }) => this.changeBrush(detail));
    this.addEventListener('stroke-ended', ({ detail }) => this.editing.correct(detail, store.state.brush.label));
    this.addEventListener('strokes-undone', ({ detail }) => this.editing.undo(detail));
    this.addEventListener('lesion-chosen', ({ detail }) => this.viewer?.goTo(detail.centroid));
    this.addEventListener('place-changed', ({ detail }) => store.update({ place: detail }));
    this.addEventListener('tab-chosen', ({ detail }) => store.update({ tab: detail }));
    this.addEventListener('export-asked', ({ detail }) => void saveResult(context, detail));
    this.addEventListener('notice-closed', ({ detail }) =>
      store.update({ notices: store.state.notices.filter((notice) => notice !== detail) }),
    );
  }

  private async predict(): Promise<void> {
    const isCorrected = this.store.state.predicted?.result.canUndo === true;
    if (isCorrected && !window.confirm('Predict again? The corrections are lost then.')) return;
    this.running = new AbortController();
    const done = await predictScans(this.context, this.running.signal);
    this.running = null;
    if (done) await this.editing.begin();
  }

  private async compare(): Promise<void> {
    const isCorrected = this.store.state.predicted?.result.canUndo === true;
    if (isCorrected && !window.confirm('Compare the masks? The prediction and its corrections are lost then.')) return;
    await compareMasks(this.context);
  }

  private changeDisplay(change: Partial<Display>): void {
    this.store.update({ display: { ...this.store.state.display, ...change } });
  }

  private changeBrush(change: Partial<Brush>): void {
    const { display, brush } = this.store.state;
    // What can't be seen can't be corrected.
    const shows = change.tool === 'add' || change.tool === 'erase';
    this.store.update({ brush: { ...brush, ...change }, display: shows ? { ...display, mask: true } : display });
  }

  private startOver(): void {
    if (this.isAtStake() && !window.confirm('Leave these scans? What was not saved is lost.')) return;
    this.running?.abort();
    this.store.update({
      scans: [],
      shown: null,
      reference: null,
      predicted: null,
      compared: null,
      notices: [],
      tab: 'scan',
      place: null,
    });
    this.store.update({ model: { kind: 'none' } });
    this.context.model = null;
  }

  /** Whether something would be lost that took the reader time. */
  private isAtStake(): boolean {
    const { predicted, work } = this.store.state;
    return work !== null || predicted?.result.canUndo === true;
  }

  private readonly warnOfLoss = (event: BeforeUnloadEvent): void => {
    if (this.isAtStake()) event.preventDefault();
  };

  private readonly allowDrop = (event: DragEvent): void => event.preventDefault();

  private readonly takeDrop = (event: DragEvent): void => {
    event.preventDefault();
    if (event.dataTransfer === null) return;
    droppedFiles(event.dataTransfer).then(
      (files) => openFiles(this.context, files).then(() => this.editing.compareWithReference()),
      (error: unknown) => report(this.store, error),
    );
  };

  static override styles = [sharedStyles, appStyles];
}

/** What the picture says as long as it shows no scan. */
function noteOf({ shown, scans, model }: State): string {
  if (shown !== null) return '';
  if (scans.length === 0) return 'Open or drop scans: they are shown here.';
  const sequences = sequencesOf(scans, model.kind === 'ready' ? model.description : null);
  if (sequences.some((scan) => imageOf(scan) !== null)) return 'Reading the scan …';
  return 'Say in the list which scan is which sequence: then it is shown here.';
}

/** What those hear who don't see the figures change. */
function announcementOf({ work, predicted, compared }: State): string {
  const result = predicted?.result ?? compared;
  if (work !== null || result === null) return '';
  const { lesions, volume } = result;
  return `${lesions.length} ${lesions.length === 1 ? 'lesion' : 'lesions'}, ${(volume / 1000).toFixed(2)} milliliters`;
}

declare global {
  interface HTMLElementTagNameMap {
    'rarevox-app': App;
  }
}
