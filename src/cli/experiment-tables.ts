import { subjectKey } from '../evaluate/subject-key.ts';
import { experimentOutput } from '../experiment/experiment-files.ts';
import { keyOf } from '../experiment/keys.ts';
import { readOutcome } from '../experiment/outcome.ts';
import type { Plan } from '../experiment/plan.ts';
import { encodeResult, type Result, readResult, resultPath } from '../experiment/result.ts';
import { thresholdBaseline } from '../experiment/threshold-baseline.ts';
import { nodeFileAccess as files } from '../node/file-access.ts';
import type { OpenedExperiment } from './experiment-options.ts';
import { packageVersion } from './package-version.ts';
import type { ProgressDisplay } from './progress.ts';

/**
 * Writes tables and report of the results that there are, computing the baselines where they are missing.
 * @returns the tables for the terminal
 */
export async function writeTables({ plan, out, results }: OpenedExperiment, display: ProgressDisplay): Promise<string> {
  const baselines = new Map<string, Result>();
  for (const { name, threshold } of plan.experiment.baselines) {
    baselines.set(name, await thresholdResult(plan, results, threshold, display));
  }
  const outcome = await readOutcome(files, plan, results, baselines);
  if (outcome.versions.length > 1) {
    display.warn(`The results are of several versions of rarevox (${outcome.versions.join(', ')}).`);
  }
  const output = experimentOutput(outcome);
  for (const [name, content] of output.files) await files.write(`${out}/${name}`, content);
  return `${output.text}\nReport: ${out}/report.html\n`;
}

async function thresholdResult(
  { dataset, dataDigest }: Plan,
  folder: string,
  sequence: string,
  display: ProgressDisplay,
): Promise<Result> {
  const configuration = { baseline: 'threshold', sequence };
  const key = await keyOf({ ...configuration, data: dataDigest });
  const known = await readResult(files, folder, key);
  if (known !== null) return known;
  display.note(`Choosing thresholds on ${sequence}`);
  const subjects = dataset.subjects.filter(({ split }) => split === 'training');
  const { cases, thresholds } = await thresholdBaseline(files, subjects, dataset.labels, sequence);
  const result: Result = {
    version: 1,
    key,
    run: key,
    rarevox: packageVersion(),
    dataset: dataset.name,
    configuration,
    seed: 0,
    training: [],
    heldOut: subjects.map(({ id }) => subjectKey(id)),
    prediction: { thresholds },
    sequences: [sequence],
    threads: 1,
    cases,
  };
  await files.write(resultPath(folder, key), encodeResult(result));
  return result;
}
