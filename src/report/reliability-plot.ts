import type { Calibration } from '../evaluate/calibration.ts';
import type { LabelCalibration } from '../evaluate/calibration-regions.ts';
import { mark, polyline, renderPlot, seriesClass } from './plot.ts';

/** The reliability diagram of one label, within the brain and near lesions, with the expected calibration error of each. */
export function reliabilityPlot(title: string, { brain, near_lesions: near }: LabelCalibration): string {
  const regions = [
    { name: 'within 5 mm of lesions', of: near },
    ...(brain === null ? [] : [{ name: 'whole brain', of: brain }]),
  ].filter(({ of }) => of.n > 0);
  if (regions.length === 0) return '';
  const options = {
    title,
    description: regions.map(({ name, of }) => `${name}: ${describe(of)}`).join(' '),
    caption:
      'Of the voxels to which a probability was given, the share that belongs to the label; 15 bins, empty ones left out. ' +
      'On the diagonal probabilities are frequencies; below it the model is overconfident. ' +
      'Over the whole brain the error is small whatever the model: nearly all of it is certain background.',
    x: { label: 'Mean probability', min: 0, max: 1 },
    y: { label: 'Share of the label', min: 0, max: 1 },
    height: 400,
    legend: regions.map(({ name, of }, series) => ({
      name: `${name}: ECE ${of.ECE === null ? '–' : of.ECE.toPrecision(2)}`,
      series,
      kind: 'line and mark' as const,
    })),
  };
  return renderPlot(options, ({ x, y }) => {
    const diagonal = `<path class="zero" d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}"/>`;
    return (
      diagonal +
      regions
        .map(({ of }, series) => {
          const points = of.bins.flatMap(({ probability, frequency }) =>
            probability === null || frequency === null ? [] : [[x(probability), y(frequency)] as const],
          );
          return polyline(points, seriesClass(series)) + points.map(([a, b]) => mark(series, a, b, 4)).join('');
        })
        .join('')
    );
  });
}

function describe({ ECE, n }: Calibration): string {
  return `expected calibration error ${ECE === null ? 'undefined' : ECE.toPrecision(2)} over ${n} voxels.`;
}
