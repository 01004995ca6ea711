import type { RunFolder } from '../train/run-folder.ts';
import type { RunLog } from '../train/run-log.ts';
import { curveOf } from './score-run.ts';

/** Refreshes RUN/progress.svg. The chart library takes a third of a second to load: only those who draw pay for it. */
export async function writeProgress(folder: RunFolder, log: RunLog): Promise<void> {
  const { progressSvg } = await import('../report/training-chart.ts');
  await folder.write('progress.svg', progressSvg(curveOf(log)));
}
