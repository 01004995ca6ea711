import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { bestValidation } from './best-validation.ts';
import { CURVE_COLORS } from './curve-colors.ts';
import { movingMean, thinPoints } from './curve-points.ts';
import { escapeMarkup } from './markup.ts';

use([LineChart, GridComponent, LegendComponent, SVGRenderer]);

/** What a training run has written down so far. */
export interface TrainingCurve {
  readonly steps: readonly number[];
  /** The loss of each of `steps`. */
  readonly loss: readonly number[];
  /** The learning rate of each of `steps`: drawn in proportion to its highest value. */
  readonly learningRate?: readonly number[];
  /** In ascending order of steps. */
  readonly validations?: readonly ValidationPoint[];
  /** The names of the classes of `dice`. */
  readonly classes?: readonly string[];
}

/** One look at the scans that are not trained on. */
export interface ValidationPoint {
  readonly step: number;
  /** The loss on validation patches; null where it was not computed. */
  readonly loss: number | null;
  /** Dice, 0 to 1, of each class; null where it is undefined or was not computed. */
  readonly dice: readonly (number | null)[];
  /** The mean Dice, 0 to 1. */
  readonly mean: number | null;
}

const WIDTH = 960;
const HEIGHT = 372;
const FONT = 'system-ui, sans-serif';

/** Colours are CSS variables, so that one picture serves the light and the dark theme of whatever holds it. */
const COLOR = {
  text: 'var(--curve-text)',
  grid: 'var(--curve-grid)',
  loss: 'var(--curve-loss)',
  validation: 'var(--curve-validation)',
  quiet: 'var(--curve-quiet)',
} as const;

/** The same picture as `trainingChart`, as a file of its own: `RUN/progress.svg`. Both themes, no external request. */
export function progressSvg(curve: TrainingCurve): string {
  const style =
    `<style>svg{${CURVE_COLORS.light}background:#fff}` +
    `@media (prefers-color-scheme:dark){svg{${CURVE_COLORS.dark}background:#151a21}}</style>`;
  return trainingChart(curve).replace(/(<svg[^>]*>)/, `$1${style}`);
}

/**
 * Loss over steps (thin) with its moving mean (bold), the loss on validation patches (dashed), and the validation Dice on
 * an axis of its own at the right with its best step marked, as an SVG element for a page that sets the variables of
 * `CURVE_COLORS`. Values that are not finite leave a gap.
 */
export function trainingChart(curve: TrainingCurve): string {
  const { steps, loss } = curve;
  const smooth = movingMean(loss, Math.round(loss.length / 50));
  const extra = furtherSeries(curve);
  const hasDice = extra.some(({ yAxisIndex }) => yAxisIndex === 1);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  const axisStyle = {
    nameTextStyle: { color: COLOR.text, fontFamily: FONT, fontSize: 13 },
    axisLabel: { color: COLOR.text, fontFamily: FONT, fontSize: 13 },
    axisLine: { lineStyle: { color: COLOR.grid } },
    axisTick: { lineStyle: { color: COLOR.grid } },
    splitLine: { lineStyle: { color: COLOR.grid } },
  };
  const line = { type: 'line' as const, symbol: 'none', silent: true };
  chart.setOption({
    animation: false,
    grid: { left: 64, right: hasDice ? 64 : 24, top: 76, bottom: 52 },
    legend: {
      top: 4,
      left: 'center',
      width: 700,
      itemGap: 24,
      // The line as it is drawn, dashes and marks included, tells the entries apart without color.
      itemWidth: 30,
      itemHeight: 9,
      textStyle: { color: COLOR.text, fontFamily: FONT, fontSize: 13 },
      // Named here, so that the thin line of the raw loss has no entry of its own.
      data: ['Loss', ...extra.map(({ name }) => name)],
    },
    xAxis: {
      type: 'value',
      name: 'Step',
      nameLocation: 'middle',
      nameGap: 30,
      min: 0,
      max: Math.max(1, steps.at(-1) ?? 1, curve.validations?.at(-1)?.step ?? 1),
      ...axisStyle,
      axisLabel: { ...axisStyle.axisLabel, hideOverlap: true },
      splitLine: { show: false },
    },
    yAxis: [
      { type: 'value', name: 'Loss', ...axisStyle, min: ({ min }: { min: number }) => Math.min(0, min) },
      {
        type: 'value',
        name: 'Dice',
        show: hasDice,
        ...axisStyle,
        min: 0,
        max: 1,
        splitLine: { show: false },
      },
      { type: 'value', show: false, min: 0, max: 1 },
    ],
    series: [
      {
        ...line,
        name: 'Every step',
        data: thinPoints(steps, loss),
        lineStyle: { color: COLOR.loss, width: 1, opacity: 0.35 },
      },
      {
        ...line,
        name: 'Loss',
        data: thinPoints(steps, smooth),
        color: COLOR.loss,
        lineStyle: { color: COLOR.loss, width: 2.5 },
      },
      ...extra.map((series) => ({ ...line, ...series })),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return (
    svg
      // The renderer numbers its charts within the process: without that the same curve gives the same text.
      .replace(/zr\d+-/g, 'curve-')
      // Styles and marks for pointing at a chart that reacts; this one does not.
      .replace(/<style ?>.*?<\/style>/s, '')
      .replace(/ (class|ecmeta_\w+)="[^"]*"/g, '')
      .replace(/<svg width="\d+" height="\d+"/, `<svg role="img" aria-label="${escapeMarkup(describe(curve))}"`)
  );
}

/** Validation and learning rate, as far as there are any: axis 0 has losses, 1 Dice, 2 shares. */
function furtherSeries({ steps, learningRate, validations = [], classes = [] }: TrainingCurve) {
  const series = (
    name: string,
    yAxisIndex: number,
    data: readonly (readonly [number, number | null])[],
    color: string,
    style: { readonly type: 'solid' | 'dashed' | 'dotted'; readonly width: number; readonly opacity?: number },
    symbol = 'none',
    symbolSize = 6,
  ) => ({ name, yAxisIndex, data, color, itemStyle: { color }, lineStyle: { color, ...style }, symbol, symbolSize });
  const all = [];
  if (validations.some(({ loss }) => loss !== null)) {
    const data = validations.map(({ step, loss }) => [step, loss] as const);
    all.push(series('Validation loss', 0, data, COLOR.loss, { type: 'dashed', width: 2 }));
  }
  const count = Math.max(0, ...validations.map(({ dice }) => dice.length));
  for (let index = 0; count > 1 && index < count; index++) {
    const data = validations.map(({ step, dice }) => [step, dice[index] ?? null] as const);
    const name = `Dice: ${classes[index] ?? `class ${index + 1}`}`;
    all.push(
      series(name, 1, data, COLOR.validation, {
        type: index % 2 === 0 ? 'dotted' : 'dashed',
        width: 1.2,
        opacity: 0.7,
      }),
    );
  }
  const best = bestValidation(validations);
  if (best !== null) {
    const data = validations.map(({ step, mean }) => [step, mean] as const);
    all.push(series('Validation Dice', 1, data, COLOR.validation, { type: 'solid', width: 2 }, 'circle'));
    const name = `Best, step ${best.step}: ${best.mean.toFixed(3)}`;
    all.push(series(name, 1, [[best.step, best.mean]], COLOR.validation, { type: 'solid', width: 0 }, 'diamond', 16));
  }
  const highest = (learningRate ?? []).reduce((max, rate) => Math.max(max, rate), 0);
  if (learningRate !== undefined && highest > 0) {
    const shares = learningRate.map((rate) => rate / highest);
    const name = `Learning rate, up to ${highest.toPrecision(2)}`;
    all.push(series(name, 2, thinPoints(steps, shares), COLOR.quiet, { type: 'dotted', width: 1.5 }));
  }
  return all;
}

/** The curve in a sentence. */
function describe({ steps, loss, validations = [] }: TrainingCurve): string {
  if (loss.length === 0) return 'No step has been made yet.';
  const best = bestValidation(validations);
  return (
    `Loss ${loss[0]?.toFixed(3)} at step ${steps[0]} and ${loss.at(-1)?.toFixed(3)} at step ${steps.at(-1)}.` +
    (best === null ? '' : ` Best validation Dice: ${best.mean.toFixed(3)} at step ${best.step}.`)
  );
}
