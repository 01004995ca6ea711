import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { movingMean, thinPoints } from './curve-points.ts';
import { escapeMarkup } from './markup.ts';

use([LineChart, GridComponent, LegendComponent, SVGRenderer]);

/** What a training run has written down so far. */
export interface TrainingCurve {
  readonly steps: readonly number[];
  /** The loss of each of `steps`. */
  readonly loss: readonly number[];
  /** A score in 0 … 1 on scans that were not trained on, such as the mean Dice. */
  readonly validation?: {
    readonly steps: readonly number[];
    readonly values: readonly number[];
    /** Default: 'Validation Dice'. */
    readonly name?: string;
  };
}

const WIDTH = 960;
const HEIGHT = 340;
const FONT = 'system-ui, sans-serif';

/** Colours are CSS variables, so that one picture serves the light and the dark theme of whatever holds it. */
const COLOR = {
  text: 'var(--curve-text)',
  grid: 'var(--curve-grid)',
  loss: 'var(--curve-loss)',
  validation: 'var(--curve-validation)',
} as const;

/** The variables that `trainingChart` draws with, for a stylesheet. */
export const CURVE_COLORS = {
  light: '--curve-text: #4a5361; --curve-grid: #dde2e9; --curve-loss: #2563c9; --curve-validation: #b3540f;',
  dark: '--curve-text: #a9b4c4; --curve-grid: #303a48; --curve-loss: #7db2ff; --curve-validation: #ffab5e;',
} as const;

/** The same picture as `trainingChart`, as a file of its own: `RUN/progress.svg`. Both themes, no external request. */
export function progressSvg(curve: TrainingCurve): string {
  const style =
    `<style>svg{${CURVE_COLORS.light}background:#fff}` +
    `@media (prefers-color-scheme:dark){svg{${CURVE_COLORS.dark}background:#151a21}}</style>`;
  return trainingChart(curve).replace(/(<svg[^>]*>)/, `$1${style}`);
}

/**
 * Loss over steps (thin) with its moving mean (bold), and the validation score on an axis of its own at the right, as an
 * SVG element for a page that sets the variables of `CURVE_COLORS`. Values that are not finite leave a gap.
 */
export function trainingChart(curve: TrainingCurve): string {
  const { steps, loss, validation } = curve;
  const smooth = movingMean(loss, Math.round(loss.length / 50));
  const validationName = validation?.name ?? 'Validation Dice';
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
    grid: { left: 64, right: validation === undefined ? 24 : 64, top: 44, bottom: 52 },
    legend: {
      top: 4,
      left: 'center',
      itemWidth: 22,
      itemHeight: 4,
      icon: 'roundRect',
      textStyle: { color: COLOR.text, fontFamily: FONT, fontSize: 13 },
      // Named here, so that the thin line of the raw loss has no entry of its own.
      data: validation === undefined ? ['Loss'] : ['Loss', validationName],
    },
    xAxis: {
      type: 'value',
      name: 'Step',
      nameLocation: 'middle',
      nameGap: 30,
      min: 0,
      max: Math.max(1, steps.at(-1) ?? 1, validation?.steps.at(-1) ?? 1),
      ...axisStyle,
      splitLine: { show: false },
    },
    yAxis: [
      { type: 'value', name: 'Loss', ...axisStyle, min: ({ min }: { min: number }) => Math.min(0, min) },
      ...(validation === undefined
        ? []
        : [{ type: 'value' as const, name: validationName, ...axisStyle, min: 0, max: 1, splitLine: { show: false } }]),
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
      ...(validation === undefined
        ? []
        : [
            {
              ...line,
              name: validationName,
              yAxisIndex: 1,
              symbol: 'circle',
              symbolSize: 7,
              data: thinPoints(validation.steps, validation.values),
              color: COLOR.validation,
              itemStyle: { color: COLOR.validation },
              lineStyle: { color: COLOR.validation, width: 2, type: 'dashed' as const },
            },
          ]),
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

/** The curve in a sentence. */
function describe(curve: TrainingCurve): string {
  const { steps, loss, validation } = curve;
  if (loss.length === 0) return 'No step has been made yet.';
  const last = validation?.values.at(-1);
  return (
    `Loss ${loss[0]?.toFixed(3)} at step ${steps[0]} and ${loss.at(-1)?.toFixed(3)} at step ${steps.at(-1)}.` +
    (last === undefined ? '' : ` ${validation?.name ?? 'Validation Dice'} at the end: ${last.toFixed(3)}.`)
  );
}
