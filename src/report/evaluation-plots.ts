import type { CaseCounts } from '../evaluate/curves-file.ts';
import type { FigureName } from '../evaluate/figures.ts';
import type { Summary } from '../evaluate/summary.ts';
import { poolCounts, pooledPoint } from '../evaluate/threshold-counts.ts';
import { boxPlot } from './box-plot.ts';
import { lesionSizesPlot } from './lesion-sizes-plot.ts';
import { type PrecisionRecallSeries, precisionRecallPlot } from './precision-recall-plot.ts';
import { reliabilityPlot } from './reliability-plot.ts';
import { volumesPlot } from './volumes-plot.ts';

const SHARES: readonly FigureName[] = ['Dice', 'Sensitivity', 'PPV', 'F2', 'APR', 'LTPR', 'LFPR', 'LesionF1'];
const DISTANCES: readonly FigureName[] = ['ASSD', 'HD95'];
/** Above this many cases the lines of single ones only blur the picture. */
const MOST_CASE_LINES = 40;

/**
 * The plots of one label: how its figures spread over the cases, detection by size, agreement of volumes, and, with probabilities, the
 * precision-recall curve and the reliability diagram.
 *
 * @param of the label's name with a colon, for titles, or empty
 * @param threshold of the masks, where it is known
 */
export function evaluationPlots(
  summary: Summary,
  label: string,
  of: string,
  curves: readonly CaseCounts[],
  threshold: number | null,
): string[] {
  const valuesOf = (name: FigureName): (number | null)[] =>
    summary.metric_per_case.map(({ metrics }) => metrics[label]?.[name] ?? null);
  const rowsOf = (names: readonly FigureName[]) =>
    names.map((name) => ({ name, values: valuesOf(name) })).filter(({ values }) => values.some((v) => v !== null));
  const plots: string[] = [];
  if (summary.n_cases > 1) {
    const shares = rowsOf(SHARES);
    const distances = rowsOf(DISTANCES);
    if (shares.length > 0) {
      plots.push(
        boxPlot(
          `${of}Shares over the cases`,
          shares,
          { label: 'Of LFPR low values are good', min: 0, max: 1 },
          BOX_CAPTION,
        ),
      );
    }
    if (distances.length > 0) {
      const largest = Math.max(...distances.flatMap(({ values }) => values.map((value) => value ?? 0)));
      const axis = { label: 'mm, low values are good', min: 0, max: 1.04 * largest || 1 };
      plots.push(boxPlot(`${of}Surface distances over the cases`, distances, axis));
    }
  }
  const sizes = summary.lesion_sizes?.[label];
  if (sizes !== undefined) plots.push(lesionSizesPlot(`${of}Detection by lesion size`, sizes));
  plots.push(volumesPlot(`${of}Volumes: Bland and Altman`, summary, label));
  const own = curves.filter((one) => String(one.label) === label).map(({ counts }) => counts);
  if (own.length > 0) {
    const series: PrecisionRecallSeries = {
      name: 'all cases pooled',
      pooled: poolCounts(own),
      chosen: pooledPoint(summary.metric_per_case.flatMap(({ metrics }) => metrics[label] ?? [])),
      threshold,
      cases: own.length > 1 && own.length <= MOST_CASE_LINES ? own.map((counts) => poolCounts([counts])) : [],
    };
    plots.push(precisionRecallPlot(`${of}Precision and recall`, [series], curveCaption(series.cases.length)));
  }
  const calibration = summary.calibration?.[label];
  if (calibration !== undefined) plots.push(reliabilityPlot(`${of}Calibration of the probabilities`, calibration));
  return plots.filter((plot) => plot !== '');
}

export const BOX_CAPTION =
  'Box: quartiles and median, from 5 cases on; whiskers: up to 1.5 box lengths; circles: single cases; diamond: mean. ' +
  'n counts cases with a value, in brackets those without.';

function curveCaption(lines: number): string {
  return (
    `Voxels of all cases together${lines > 0 ? '; thin lines: single cases' : ''}. Cases without a voxel of the label in the reference are left out. ` +
    'The mark is what the scored masks have, after any post-processing.'
  );
}
