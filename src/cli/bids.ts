import { Argument, Command, Option } from 'commander';
import { loadDataset } from '../dataset/load-dataset.ts';
import type { Subject } from '../dataset/subject.ts';
import { DataError, UsageError } from '../errors.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { cohortTable } from '../predict/cohort-table.ts';
import { DATASET_DESCRIPTION, datasetDescription } from '../predict/dataset-description.ts';
import { joinLesions } from '../predict/lesions-table.ts';
import { addComputeOptions, type ComputeOptions } from './compute-options.ts';
import { withInterrupt } from './interrupt.ts';
import { collectPath } from './option-values.ts';
import { packageVersion } from './package-version.ts';
import { runPredict } from './predict.ts';

interface BidsFlags extends ComputeOptions {
  readonly participantLabel?: readonly string[];
  /** The same, as other BIDS apps spell it. */
  readonly participant_label?: readonly string[];
  readonly model?: readonly string[];
  readonly saveProbabilities?: true;
  readonly quiet?: true;
}

/** What predicts where no model is named. */
const USUAL_MODEL = 'ms-lesion';
/** The table of the cohort, in the output folder. */
const COHORT = 'cohort.csv';

/** `rarevox bids`: the call of a BIDS app (Gorgolewski et al. 2017, https://doi.org/10.1371/journal.pcbi.1005209). */
export function bidsCommand(): Command {
  const command = new Command('bids')
    .description('Segment a BIDS dataset as a BIDS app does: participant by participant, then all of them in a table.')
    .argument('<bids_dir>', 'a BIDS dataset')
    .argument('<output_dir>', 'folder for the derivatives')
    .addArgument(
      new Argument('<level>', 'participant: predict; group: sum up what is predicted').choices([
        'participant',
        'group',
      ]),
    )
    .option('--participant-label <labels...>', 'only these participants, without sub-: 01 02')
    .addOption(new Option('--participant_label <labels...>', 'the same').hideHelp())
    .option(
      '--model <model>',
      `as for \`rarevox predict\`; several are an ensemble (default: ${USUAL_MODEL}, which comes along)`,
      collectPath,
    )
    .option('--save-probabilities', 'write the probability of each class too')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Jobs for different participants may run at once in the same output folder.

Examples:
  $ rarevox bids BIDS OUT participant
  $ rarevox bids BIDS OUT participant --participant-label 01 02 --model RUN
  $ rarevox bids BIDS OUT group                         OUT/cohort.csv and OUT/lesions.csv`,
    );
  return addComputeOptions(command).action((data: string, out: string, level: string, flags: BidsFlags) =>
    withInterrupt((signal) => runBids(data, out.replace(/(?<=.)\/+$/, ''), level, flags, signal)),
  );
}

async function runBids(data: string, out: string, level: string, flags: BidsFlags, signal: AbortSignal): Promise<void> {
  const subjects = await participantsOf(data, flags.participantLabel ?? flags.participant_label);
  const ids = subjects.map(({ id }) => id);
  if (level === 'group') return sumUp(ids, out);
  const { participantLabel: _, participant_label: __, model = [USUAL_MODEL], ...rest } = flags;
  await runPredict(data, { ...rest, model, out, subjects: ids }, signal);
}

/** The scans of the participants that are named, of all of them where none is. */
async function participantsOf(data: string, labels: readonly string[] | undefined): Promise<readonly Subject[]> {
  const { layout, subjects } = await loadDataset(nodeFileAccess, data);
  if (layout !== 'bids') throw new UsageError(`${data} is no BIDS dataset: \`rarevox predict\` takes other layouts.`);
  if (labels === undefined) return subjects;
  const groups = labels.map((label) => (label.startsWith('sub-') ? label : `sub-${label}`));
  const unknown = groups.filter((group) => !subjects.some((subject) => subject.group === group));
  if (unknown.length > 0) throw new UsageError(`${data} has no scans of ${unknown.join(', ')}.`);
  return subjects.filter(({ group }) => groups.includes(group));
}

async function sumUp(ids: readonly string[], out: string): Promise<void> {
  const files = nodeFileAccess;
  const { table, missing } = await cohortTable(files, out, ids);
  const advice = 'predict them with `rarevox bids BIDS_DIR OUTPUT_DIR participant`';
  if (missing.length === ids.length) throw new DataError(`${out} has no prediction of any participant: ${advice}.`);
  await joinLesions(files, out);
  await files.write(`${out}/${DATASET_DESCRIPTION}`, datasetDescription(packageVersion()));
  await files.write(`${out}/${COHORT}`, table);
  process.stdout.write(`${out}/${COHORT}\n`);
  if (missing.length > 0) throw new DataError(`Not predicted, and not in the table: ${missing.join(', ')}; ${advice}.`);
}
