import { Command } from 'commander';
import { bidsCommand } from './bids.ts';
import { calibrateCommand } from './calibrate.ts';
import { checkCommand } from './check.ts';
import { compareCommand } from './compare.ts';
import { convertCommand } from './convert.ts';
import { demoCommand } from './demo.ts';
import { evaluateCommand } from './evaluate.ts';
import { experimentCommand } from './experiment.ts';
import { experimentRunCommand } from './experiment-run.ts';
import { exportCommand } from './export.ts';
import { infoCommand } from './info.ts';
import { modelsCommand } from './models.ts';
import { packageVersion } from './package-version.ts';
import { planCommand } from './plan.ts';
import { predictCommand } from './predict.ts';
import { summarizeCommand } from './summarize.ts';
import { trainCommand } from './train.ts';
import { viewCommand } from './view.ts';

/** The command `rarevox` with all its subcommands; each stands in a file of its own. */
export function createProgram(): Command {
  const program = new Command('rarevox')
    .description('Segment rare structures, such as MS lesions, in 3D medical images: train, predict and evaluate.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('--help', 'print this help; `rarevox COMMAND --help` tells about one command')
    .helpCommand(false);
  const commands = [
    demoCommand(),
    infoCommand(),
    convertCommand(),
    checkCommand(),
    planCommand(),
    trainCommand(),
    predictCommand(),
    evaluateCommand(),
    compareCommand(),
    calibrateCommand(),
    summarizeCommand(),
    exportCommand(),
    experimentCommand(),
    modelsCommand(),
    viewCommand(),
    bidsCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  program.addCommand(experimentRunCommand(), { hidden: true });
  return program.addHelpText(
    'after',
    `
Examples:
  $ rarevox demo                                        segment a scan that comes along, and score it
  $ rarevox info scan.nii.gz                            what a file holds
  $ rarevox convert DICOM-FOLDER scan.nii.gz            any image to NIfTI
  $ rarevox check DATA                                  every fault of a dataset
  $ rarevox train DATA --out RUN                        train on a dataset
  $ rarevox predict --model RUN --out DIR --image FLAIR=flair.nii.gz --image T1w=t1.nii.gz
  $ rarevox evaluate DIR REFERENCES --out SCORES
  $ rarevox compare one=SCORES-A other=SCORES-B --out DIR  methods against each other
  $ rarevox calibrate DIR REFERENCES --f-beta 1         choose a threshold
  $ rarevox summarize RUN-0 RUN-1 RUN-2                 a cross-validation's means with intervals
  $ rarevox experiment experiments/paper-losses.yaml --data DATA   arms of a comparison over folds
  $ rarevox export RUN --out model.onnx                 the model as one file for any ONNX runtime
  $ rarevox models ms-lesion                            the card of a model that comes along
  $ rarevox view RUN                                    watch a training in the browser
  $ rarevox bids BIDS OUT participant                   as a BIDS app

Exit status: 0 success, 1 a fault of the data or the run, 2 wrong usage.
RAREVOX_DEBUG=1 in the environment adds the stack to unexpected errors.`,
  );
}
