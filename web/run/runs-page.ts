import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { bestValidation } from '../../src/report/best-validation.ts';
import { runPlots } from '../../src/report/run-plots.ts';
import type { RunSnapshot } from '../../src/report/run-snapshot.ts';
import './curve-plot.ts';
import { type FeedState, RunsFeed } from './feed.ts';
import { configuration, picturesAndReports } from './run-details.ts';
import { clockTime, progressBar, shareInWords, stageOf, stagePlate, tilesOf, warningOf } from './status.ts';
import { subjectTable } from './subject-table.ts';

/** A training run, or the folds of a cross-validation side by side, as it goes on. */
@customElement('rarevox-runs')
export class RunsPage extends LitElement {
  private readonly feed = new RunsFeed(location, (now) => {
    this.now = now;
  });
  @state() private now: FeedState | null = null;
  /** The run that is shown alone, by its name; null: all. */
  @state() private chosen: string | null = null;

  /** The page's stylesheet is for all of it. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.feed.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.feed.stop();
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const { runs } = this.now ?? { runs: null };
    if (runs === null) return;
    const [only] = runs.runs;
    const share = runs.runs.length === 1 && only !== undefined ? `${shareInWords(only)} · ` : '';
    document.title = `${share}${runs.title} · rarevox`;
  }

  protected override render(): TemplateResult {
    const runs = this.now?.runs ?? null;
    const connection = this.now?.connection ?? 'waiting';
    if (runs === null || runs.runs.length === 0) return this.renderEmpty(connection);
    const all = runs.runs;
    const shown = all.filter(({ name }) => this.chosen === null || name === this.chosen);
    return html`
      <header class="bar">
        <h1><span class="brand">rarevox</span> ${runs.title}</h1>
        <p class="state" role="status">${this.renderState(all, connection)}</p>
      </header>
      <main class="live">
        ${connection === 'connected' ? nothing : this.renderLost()}
        ${all.map((run) => warningOf(run, this.now?.now ?? Date.now()))}
        ${all.length === 1 ? this.renderOnly(all[0] as RunSnapshot) : this.renderChoice(all)}
        ${this.renderPlots(shown)}
        ${subjectTable(shown)}
        ${this.feed.address === null ? nothing : picturesAndReports(shown, this.feed.address)}
        ${configuration(shown[0] as RunSnapshot)}
      </main>
    `;
  }

  private renderState(runs: readonly RunSnapshot[], connection: FeedState['connection']): unknown {
    if (connection !== 'connected') return html`<span class="plate silent">Not connected</span>`;
    const [only] = runs;
    const written = Math.max(...runs.map((run) => run.written ?? 0));
    const plate = runs.length === 1 && only !== undefined ? stagePlate(only) : nothing;
    return html`${written === 0 ? nothing : html`<span>Last written ${clockTime(written)}</span>`} ${plate}`;
  }

  private renderLost(): TemplateResult {
    return html`<p class="warning" role="alert">
      <code>rarevox view</code> does not answer any more: this is how the run stood at ${clockTime(this.now?.now ?? 0)}. Start it
      again to go on watching.
    </p>`;
  }

  private renderOnly(run: RunSnapshot): TemplateResult {
    return html`<section aria-label="Progress"><div class="card whole">${progressBar(run)}</div>${tilesOf(run)}</section>`;
  }

  /** The folds as cards, one of which can be chosen to be shown alone. */
  private renderChoice(runs: readonly RunSnapshot[]): TemplateResult {
    const card = (run: RunSnapshot): TemplateResult => {
      const best = bestValidation(run.validations);
      return html`<label class="card fold">
        <span class="fold-head">${this.renderRadio(run.name)}<strong>${run.name}</strong>${stagePlate(run)}</span>
        ${progressBar(run)}
        <span class="fold-figures">Loss <b>${run.latest?.loss.toFixed(3) ?? '–'}</b> Best Dice <b>${best?.mean.toFixed(3) ?? '–'}</b></span>
      </label>`;
    };
    return html`<fieldset class="folds">
      <legend class="unseen">Which runs to show</legend>
      <label class="all card">${this.renderRadio(null)}<strong>All ${runs.length}</strong>
        <span>${runs.filter((run) => stageOf(run) === 'finished').length} finished</span></label>
      ${runs.map(card)}
    </fieldset>`;
  }

  private renderRadio(name: string | null): TemplateResult {
    return html`<input type="radio" name="run" aria-label=${name ?? 'All runs'} .checked=${this.chosen === name} @change=${() => {
      this.chosen = name;
    }} />`;
  }

  private renderPlots(runs: readonly RunSnapshot[]): TemplateResult {
    const last = Math.max(...runs.map(({ progress }) => progress?.step ?? 0));
    return html`<section aria-label="Curves" class="charts">
      ${runPlots(runs).map((plot) => html`<rarevox-curve-plot .plot=${plot} .last=${last}></rarevox-curve-plot>`)}
    </section>`;
  }

  private renderEmpty(connection: FeedState['connection']): TemplateResult {
    return html`<main class="empty">
      <h1><span class="brand">rarevox</span> Training</h1>
      ${
        connection === 'waiting'
          ? html`<p role="status">Asking for the run …</p>`
          : html`<p role="alert">There is no training run to show here. This opens one:</p>
              <pre class="command card"><code>rarevox view RUN</code></pre>
              <p>RUN is the folder that <code>rarevox train DATA --out RUN</code> writes, or one that holds fold-0, fold-1, …</p>`
      }
    </main>`;
  }
}
