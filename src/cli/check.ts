import { Command } from 'commander';
import { checkDataset } from '../dataset/check/check-dataset.ts';
import { type Fault, faultOf, partsOfMessage, sentenceOf } from '../dataset/check/fault.ts';
import { openDataset } from '../dataset/load-dataset.ts';
import type { OpenedDataset } from '../dataset/opened-dataset.ts';
import { withRater } from '../dataset/rater.ts';
import { DataError, UsageError } from '../errors.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { withInterrupt } from './interrupt.ts';
import { parseNames } from './option-values.ts';
import { ProgressDisplay } from './progress.ts';

interface CheckFlags {
  readonly modalities?: readonly string[];
  readonly allowMissing?: true;
  readonly rater?: string;
  readonly json?: true;
  readonly quiet?: true;
}

/** `rarevox check`: every fault of a dataset at once. */
export function checkCommand(): Command {
  return new Command('check')
    .description('Look for every fault of a dataset: files, grids, values, masks, duplicates.')
    .argument('<data>', 'a dataset: a folder in a known layout (docs/datasets.md), or a manifest')
    .option(
      '--modalities <list>',
      'sequences that every subject should have, such as FLAIR,T1w (default: all)',
      parseNames,
    )
    .option('--allow-missing', 'a subject may lack sequences, as for train --modality-dropout, but not all of them')
    .option('--rater <name>', "whose masks, in a dataset with several raters: mask2 (default: the layout's)")
    .option('--json', 'print the faults as JSON')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Exit status 1 where there is an error, 0 where there are warnings only.

Examples:
  $ rarevox check DATA
  $ rarevox check DATA --modalities FLAIR,T1w --json`,
    )
    .action((data: string, flags: CheckFlags) => withInterrupt((signal) => check(data, flags, signal)));
}

async function check(data: string, flags: CheckFlags, signal: AbortSignal): Promise<void> {
  const display = new ProgressDisplay(process.stderr, { quiet: flags.quiet === true });
  const opened = await openOrFault(data);
  const faults = [...opened.faults];
  const { dataset } = opened;
  if (dataset !== null) {
    const unknown = (flags.modalities ?? []).filter((modality) => !dataset.modalities.includes(modality));
    if (unknown.length > 0) {
      const known = dataset.modalities.join(', ');
      throw new UsageError(`The dataset ${dataset.name} has no modality ${unknown.join(', ')}; it has ${known}.`);
    }
    try {
      const missing = flags.allowMissing === true ? 'allowed' : 'refused';
      const options = { modalities: flags.modalities, missing, signal, onEvent: display.show.bind(display) } as const;
      faults.push(...(await checkDataset(nodeFileAccess, withRater(dataset, flags.rater ?? null), options)));
    } finally {
      display.clear();
    }
  }
  const errors = faults.filter(({ severity }) => severity === 'error').length;
  const warnings = faults.length - errors;
  const summary =
    dataset === null
      ? null
      : {
          name: dataset.name,
          layout: dataset.layout,
          subjects: dataset.subjects.length,
          training: dataset.subjects.filter(({ split }) => split === 'training').length,
          modalities: dataset.modalities,
        };
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ dataset: summary, errors, warnings, faults }, null, 2)}\n`);
  } else {
    if (summary !== null) {
      const { name, layout, subjects, training, modalities } = summary;
      process.stdout.write(
        `${name} (${layout}): ${count(subjects, 'subject')}, ${training} for training; ${modalities.join(', ')}\n`,
      );
    }
    for (const fault of faults) process.stdout.write(`${fault.severity} [${fault.code}] ${sentenceOf(fault)}\n`);
  }
  const total = `${count(errors, 'error')} and ${count(warnings, 'warning')}`;
  if (errors > 0) throw new DataError(`${data}: ${total}.`);
  if (flags.json !== true) process.stdout.write(faults.length === 0 ? 'No faults.\n' : `${total}.\n`);
}

/** A dataset that cannot be opened at all is a fault like others. */
async function openOrFault(
  data: string,
): Promise<{ dataset: OpenedDataset['dataset'] | null; faults: readonly Fault[] }> {
  try {
    return await openDataset(nodeFileAccess, data);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const faults = error.message.split('\n').map((message) => {
      const file = /^(.+?): /.exec(message)?.[1] ?? data;
      return faultOf('layout', { file }, partsOfMessage(message, file));
    });
    return { dataset: null, faults };
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
