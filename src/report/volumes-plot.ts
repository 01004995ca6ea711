import type { Summary } from '../evaluate/summary.ts';
import type { VolumeAgreement } from '../evaluate/volume-agreement.ts';
import { shortNumber } from './markup.ts';
import { mark, renderPlot } from './plot.ts';

/** mm3 in a ml. */
const MILLILITER = 1000;

/** Between names of lines that lie closer together. */
const TEXT_LINE = 16;

/**
 * The differences of predicted and reference volumes against their means, with bias and limits of agreement (Bland and Altman, Lancet
 * 1986;327:307-310). Empty for fewer than three cases, of which limits would say nothing.
 */
export function volumesPlot(title: string, summary: Summary, label: string): string {
  const points = summary.metric_per_case.flatMap(({ metrics }) => {
    const [predicted, present] = [metrics[label]?.volume_pred ?? null, metrics[label]?.volume_ref ?? null];
    if (predicted === null || present === null) return [];
    return [{ mean: (predicted + present) / 2 / MILLILITER, difference: (predicted - present) / MILLILITER }];
  });
  const agreement = summary.volumes[label];
  if (points.length < 3 || agreement === undefined) return '';
  const { bias, lower, upper } = inMilliliters(agreement);
  const heights = [...points.map(({ difference }) => difference), lower, upper, 0];
  const room = 0.08 * (Math.max(...heights) - Math.min(...heights) || 1);
  const largest = Math.max(...points.map(({ mean }) => mean)) || 1;
  const { Corr } = agreement;
  const options = {
    title,
    description:
      `Predicted less reference volume of ${points.length} cases: bias ${shortNumber(bias)} ml, ` +
      `limits of agreement ${shortNumber(lower)} and ${shortNumber(upper)} ml.`,
    caption:
      `Bias ${signed(bias)} ml, limits of agreement ${signed(lower)} to ${signed(upper)} ml, n ${agreement.n}` +
      `${Corr === null ? '' : `; Pearson's correlation ${Corr.toFixed(3)}`}. Above 0 the prediction is larger.`,
    x: { label: 'Mean of both volumes, ml', min: 0, max: 1.05 * largest },
    y: { label: 'Predicted − reference, ml', min: Math.min(...heights) - room, max: Math.max(...heights) + room },
    right: 82,
  };
  return renderPlot(options, ({ x, y, left, right }) => {
    const line = (value: number, name: string, kind: string, textAt = y(value)): string =>
      `<path class="level ${kind}" d="M${left} ${shortNumber(y(value))}H${right}"/>` +
      `<text x="${right + 6}" y="${shortNumber(textAt)}" dy="0.35em">${name}</text>`;
    return (
      `<path class="zero" d="M${left} ${shortNumber(y(0))}H${right}"/>` +
      line(upper, '+1.96 SD', 'limit', Math.min(y(upper), y(bias) - TEXT_LINE)) +
      line(bias, 'bias', 'bias') +
      line(lower, '−1.96 SD', 'limit', Math.max(y(lower), y(bias) + TEXT_LINE)) +
      points.map(({ mean, difference }) => mark(0, x(mean), y(difference), 4)).join('')
    );
  });
}

function inMilliliters({ bias, lower, upper }: VolumeAgreement): { bias: number; lower: number; upper: number } {
  return {
    bias: (bias ?? 0) / MILLILITER,
    lower: (lower ?? 0) / MILLILITER,
    upper: (upper ?? 0) / MILLILITER,
  };
}

function signed(value: number): string {
  const text = Math.abs(value).toPrecision(3);
  return `${value < 0 ? '−' : '+'}${Number(text)}`;
}
