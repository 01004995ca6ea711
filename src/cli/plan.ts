import { Command, Option } from 'commander';
import { loadDataset } from '../dataset/load-dataset.ts';
import { UsageError } from '../errors.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import type { DatasetFingerprint } from '../preprocess/fingerprint.ts';
import { NORMALIZATIONS, type PreprocessPlan } from '../preprocess/plan.ts';
import { readableJson } from '../preprocess/readable-json.ts';
import { parseTrainConfig } from '../train/config.ts';
import { planDataset } from '../train/plan-dataset.ts';
import { withInterrupt } from './interrupt.ts';
import { parseNames, parseSpacingChoice } from './option-values.ts';
import { packageVersion } from './package-version.ts';
import { ProgressDisplay } from './progress.ts';

interface PlanFlags {
  readonly out: string;
  readonly modalities?: readonly string[];
  readonly spacing?: unknown;
  readonly intensity?: string;
  readonly cache?: string;
  readonly json?: true;
  readonly quiet?: true;
}

/** `rarevox plan`: measures a dataset and chooses how its scans are prepared, as two files to read and to edit. */
export function planCommand(): Command {
  return new Command('plan')
    .description('Measure a dataset and choose how its scans are prepared, as a plan to read, edit and train with.')
    .argument('<data>', 'a dataset: a folder in a known layout (docs/datasets.md), or a manifest')
    .requiredOption('--out <folder>', 'folder for plan.json and fingerprint.json')
    .option('--modalities <list>', 'sequences to train on, such as FLAIR,T1w (default: all)', parseNames)
    .option(
      '--spacing <x,y,z>',
      "voxel size in mm to resample to, `auto`, or `own` for each scan's own (default: auto)",
      parseSpacingChoice,
    )
    .addOption(
      new Option('--intensity <kind>', 'intensity normalization within the brain (default: z-score)').choices(
        NORMALIZATIONS,
      ),
    )
    .option('--cache <folder>', 'keep what was measured there, for a training with the same --cache')
    .option('--json', 'print both files as JSON')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox plan DATA --out PLAN
  $ rarevox train DATA --out RUN --plan PLAN/plan.json --fold 0`,
    )
    .action((data: string, flags: PlanFlags) => withInterrupt((signal) => runPlan(data, flags, signal)));
}

async function runPlan(data: string, flags: PlanFlags, signal: AbortSignal): Promise<void> {
  const files = nodeFileAccess;
  const display = new ProgressDisplay(process.stderr, { quiet: flags.quiet === true });
  const out = flags.out.replace(/\/+$/, '');
  const names = { plan: `${out}/plan.json`, fingerprint: `${out}/fingerprint.json` };
  try {
    if (await files.exists(names.plan)) {
      throw new UsageError(
        `${names.plan} is there already, and may have been edited: delete it, or choose another folder.`,
      );
    }
    const { modalities, spacing, intensity } = flags;
    const given = { modalities, spacing: spacing === 'own' ? null : spacing, intensity };
    const config = parseTrainConfig(
      Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    );
    const { plan, fingerprint } = await planDataset(await loadDataset(files, data), config, {
      files,
      signal,
      onEvent: (event) => display.show(event),
      onWarning: (message) => display.warn(message),
      cache: flags.cache === undefined ? undefined : { folder: flags.cache, version: packageVersion() },
    });
    await files.write(names.fingerprint, readableJson(fingerprint));
    await files.write(names.plan, readableJson(plan));
    process.stdout.write(
      flags.json === true
        ? readableJson({ plan, fingerprint })
        : `${describePlan(plan, fingerprint)}\nPlan:        ${names.plan}\nFingerprint: ${names.fingerprint}\n`,
    );
  } finally {
    display.clear();
  }
}

function describePlan(plan: PreprocessPlan, fingerprint: DatasetFingerprint): string {
  const { labels, subjects } = fingerprint;
  const header = ['subject', 'axes', 'voxels', 'mm', 'brain ml', ...labels.map(({ name }) => `${name} ml`)];
  const rows = subjects.map(({ id, orientation, shape, spacing, brain, labels: counts }) => [
    id,
    orientation,
    shape.join(' x '),
    spacing.map(short).join(' x '),
    short(brain.milliliters),
    ...labels.map(({ value }) => short(counts[String(value)].milliliters)),
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column].length)));
  const table = [header, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
  const { normalization } = plan;
  const kinds =
    typeof normalization === 'string'
      ? normalization
      : plan.modalities.map((modality) => `${modality} ${normalization[modality]}`).join(', ');
  const modalities = plan.modalities.map((modality) => {
    const having = subjects.filter(({ intensities }) => Object.hasOwn(intensities, modality)).length;
    return `${modality} (${having} of ${subjects.length} subjects)`;
  });
  return [
    ...table,
    '',
    `modalities     ${modalities.join(', ')}`,
    `spacing        ${plan.spacing === null ? "each scan's own" : `${plan.spacing.map(short).join(' x ')} mm`}`,
    `normalization  ${kinds}`,
    '',
  ].join('\n');
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
