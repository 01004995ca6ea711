import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { infoCommand } from './info.ts';

/** The command `rarevox` with all its subcommands; each stands in a file of its own. */
export function createProgram(): Command {
  const program = new Command('rarevox')
    .description('Segment rare structures, such as MS lesions, in 3D medical images: train, predict and evaluate.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('--help', 'print this help; `rarevox COMMAND --help` tells about one command')
    .helpCommand(false);
  for (const command of [infoCommand()]) program.addCommand(command);
  return program.addHelpText(
    'after',
    `
Examples:
  $ rarevox demo                                        train, predict and evaluate on the scans that come along
  $ rarevox info scan.nii.gz                            what a file holds
  $ rarevox train DATA --out RUN                        train on a dataset folder (BIDS or Decathlon)
  $ rarevox predict --model RUN --out DIR --image FLAIR=flair.nii.gz --image T1w=t1.nii.gz
  $ rarevox evaluate DIR REFERENCES --out SCORES

Exit status: 0 success, 1 a fault of the data or the run, 2 wrong usage.
RAREVOX_DEBUG=1 in the environment adds the stack to unexpected errors.`,
  );
}

/** The version in package.json, which lies two folders above this file in the sources as in the installed package. */
function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
