import { Command } from 'commander';
import { loadDataset } from '../dataset/load-dataset.ts';
import type { Dataset } from '../dataset/subject.ts';
import { encodeCasesTable } from '../evaluate/cases-table.ts';
import { encodeSummary } from '../evaluate/summary.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { renderFoldsMarkdown, renderFoldsText } from '../report/folds-table.ts';
import { summarizeFolds } from '../train/summarize-folds.ts';
import { parseInteger } from './option-values.ts';

interface SummarizeFlags {
  readonly data?: string;
  readonly resamples?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly json?: true;
}

/** `rarevox summarize`: sums up the folds of a cross-validation. */
export function summarizeCommand(): Command {
  return new Command('summarize')
    .description('Sum up the folds of a cross-validation: means with intervals over all held-out subjects.')
    .argument('<run...>', 'runs of `train --fold`, or a folder that holds fold-0, fold-1, …')
    .option('--data <dataset>', 'the dataset, for which subjects are scans of one patient (default: by names of BIDS)')
    .option('--resamples <n>', 'resamples of the bootstrap (default: 10000)', parseInteger(1))
    .option('--seed <s>', 'seed of the bootstrap (default: 0)', parseInteger(0))
    .option('--out <folder>', 'write summary.json, cases.csv and summary.md there')
    .option('--json', 'print the summary as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox summarize RUN-0 RUN-1 RUN-2 --out SUMMARY
  $ rarevox summarize RUN --json`,
    )
    .action(summarizeRuns);
}

async function summarizeRuns(runs: string[], flags: SummarizeFlags): Promise<void> {
  const dataset = flags.data === undefined ? null : await loadDataset(nodeFileAccess, flags.data);
  const out = flags.out?.replace(/(?<=.)\/+$/, '') ?? null;
  const { text, json, warnings } = await summarizeInto(runs, out, dataset, flags);
  // The table has the warnings in its notes.
  if (flags.json === true) for (const warning of warnings) process.stderr.write(`${warning}\n`);
  process.stdout.write(flags.json === true ? json : text);
}

/** A cross-validation's summary as it is printed. */
export interface FoldsOutput {
  readonly text: string;
  readonly json: string;
  readonly warnings: readonly string[];
}

/**
 * Sums up runs, and writes summary.json, cases.csv and summary.md.
 * @param out the folder for them; null writes nothing
 * @param dataset tells which subjects are scans of one patient
 */
export async function summarizeInto(
  runs: readonly string[],
  out: string | null,
  dataset: Dataset | null,
  { resamples, seed }: Pick<SummarizeFlags, 'resamples' | 'seed'> = {},
): Promise<FoldsOutput> {
  const files = nodeFileAccess;
  const summary = await summarizeFolds(files, runs, {
    ...(dataset && { patients: Object.fromEntries(dataset.subjects.map(({ id, group }) => [id, group])) }),
    ...(resamples !== undefined && { resamples }),
    ...(seed !== undefined && { seed }),
  });
  const json = encodeSummary(summary);
  if (out !== null) {
    await files.write(`${out}/summary.json`, json);
    await files.write(`${out}/cases.csv`, encodeCasesTable(summary));
    await files.write(`${out}/summary.md`, renderFoldsMarkdown(summary));
  }
  return { text: renderFoldsText(summary), json, warnings: summary.warnings };
}
