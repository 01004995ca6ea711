import { html, nothing, type TemplateResult } from 'lit';
import { formatDuration } from '../../src/duration.ts';
import { bestValidation } from '../../src/report/best-validation.ts';
import { rateInWords } from '../../src/report/run-plots.ts';
import type { RunSnapshot } from '../../src/report/run-snapshot.ts';
import type { RunStage } from '../../src/train/run-progress.ts';

const STAGES: Readonly<Record<RunStage, string>> = {
  beginning: 'Starting',
  running: 'Running',
  silent: 'Silent',
  finished: 'Finished',
};

export function stageOf({ progress }: RunSnapshot): RunStage {
  return progress?.stage ?? 'beginning';
}

/** What the run is doing, as a small plate. */
export function stagePlate(run: RunSnapshot): TemplateResult {
  const stage = stageOf(run);
  return html`<span class="plate ${stage}">${STAGES[stage]}</span>`;
}

/** How far the run is: a bar, and in words. */
export function progressBar(run: RunSnapshot): TemplateResult {
  const { progress } = run;
  const share = progress === null ? 0 : progress.done / progress.total;
  return html`
    <progress class="length ${stageOf(run)}" max="1" value="${share}" aria-label="Progress of ${run.name}"></progress>
    <p class="length-words"><strong>${stepsInWords(run)}</strong><span>${timeInWords(run)}</span></p>
  `;
}

export function shareInWords({ progress }: RunSnapshot): string {
  return progress === null ? '' : `${Math.floor((100 * progress.done) / progress.total)} %`;
}

function stepsInWords(run: RunSnapshot): string {
  const { progress } = run;
  if (progress === null) return 'No configuration yet';
  const { step, unit, total } = progress;
  const count = unit === 'steps' ? `Step ${step} of ${total}` : `Step ${step}`;
  return `${count} · ${shareInWords(run)}`;
}

function timeInWords({ progress }: RunSnapshot): string {
  if (progress === null || progress.step === 0) return '';
  const { secondsLeft, seconds } = progress;
  const worked = `${formatDuration(1000 * seconds)} so far`;
  return secondsLeft === null
    ? formatDuration(1000 * seconds)
    : `${worked}, ${formatDuration(1000 * secondsLeft)} left`;
}

/** What needs the reader's attention, if anything does. */
export function warningOf(run: RunSnapshot, now: number): TemplateResult | typeof nothing {
  if (run.fault !== null) return html`<p class="warning" role="alert">${run.fault}</p>`;
  if (stageOf(run) !== 'silent' || run.written === null) return nothing;
  return html`<p class="warning" role="status">
    <strong>${run.name}</strong> has written nothing since ${clockTime(run.written)} (${formatDuration(now - run.written)}
    ago): it was stopped or killed, or its machine is busy with something else. A run that was stopped goes on with
    <code>rarevox train DATA --out RUN --resume</code>.
  </p>`;
}

/** Milliseconds since 1970 as a time of day, with the date where it is another day's. */
export function clockTime(time: number): string {
  const date = new Date(time);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? date.toLocaleTimeString() : date.toLocaleString();
}

/** A run's figures as tiles. */
export function tilesOf(run: RunSnapshot): TemplateResult {
  const { latest, progress, validations } = run;
  const last = validations.at(-1);
  const best = bestValidation(run.validations);
  const perStep = progress?.secondsPerStep ?? null;
  return html`<dl class="tiles">
    ${tile('Loss', latest?.loss.toFixed(3), 'mean of the last 50')}
    ${tile('Validation Dice', last?.mean?.toFixed(3), last === undefined ? 'no validation yet' : `after step ${last.step}`)}
    ${tile('Best Dice', best?.mean.toFixed(3), best === null ? '' : `after step ${best.step}`)}
    ${tile('Learning rate', latest === null ? undefined : rateInWords(latest.learningRate), '')}
    ${tile('Time of a step', perStep === null ? undefined : stepTime(perStep), 'validations included')}
  </dl>`;
}

function stepTime(seconds: number): string {
  if (seconds >= 60) return formatDuration(1000 * seconds);
  return seconds >= 1 ? `${seconds.toPrecision(3)} s` : `${Math.round(1000 * seconds)} ms`;
}

function tile(name: string, value: string | undefined, aside: string): TemplateResult {
  return html`<div class="tile card"><dt>${name}</dt><dd>${value ?? '–'}</dd>${aside === '' ? nothing : html`<dd class="aside">${aside}</dd>`}</div>`;
}
