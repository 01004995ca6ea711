import type { RunDescription } from '../train/run-description.ts';
import { renderConfiguration } from './run-configuration.ts';
import { type TrainingCurve, trainingChart } from './training-chart.ts';

/** The curve of a training, and what it was asked for and came to; empty where neither is given. Markup. */
export function renderTraining(training: TrainingCurve | undefined, description: RunDescription | undefined): string {
  const curve = training === undefined ? '' : `<div class="curve card">${trainingChart(training)}</div>`;
  return curve + (description === undefined ? '' : renderConfiguration(description));
}
