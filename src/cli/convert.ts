import { Command } from 'commander';
import { DataError, UsageError } from '../errors.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { convertImage, outputFormatOf } from '../volume/convert-image.ts';
import { parseInteger } from './option-values.ts';

interface ConvertFlags {
  readonly frame?: number;
  readonly force?: true;
}

/** `rarevox convert IN OUT`: an image in another format, on the same grid. */
export function convertCommand(): Command {
  return new Command('convert')
    .description('Write an image in another format, voxel for voxel on the same grid.')
    .argument(
      '<in>',
      'an image: .nii, .nii.gz, .hdr/.img, .nrrd, .nhdr, .mha, .mhd, .dcm, or a folder with a DICOM series',
    )
    .argument('<out>', 'the file to write: .nii, .nii.gz, .nrrd or .mha')
    .option(
      '--frame <n>',
      'which volume of several, counted from 0 (default: all; .nrrd and .mha hold one)',
      parseInteger(0),
    )
    .option('--force', 'replace the output if it exists')
    .addHelpText(
      'after',
      `
Values keep their type; those that the header scales are written scaled, whole numbers as integers. Of several DICOM
series in a folder, name one behind a #; without it, an error lists them.

Examples:
  $ rarevox convert DICOM-FOLDER scan.nii.gz
  $ rarevox convert DICOM-FOLDER#1.2.840.113619.2.1 scan.nii.gz
  $ rarevox convert mask.nrrd mask.nii.gz
  $ rarevox convert series.nii.gz third.nii.gz --frame 2
  $ rarevox convert scan.nii.gz scan.mha --force`,
    )
    .action(async (from: string, to: string, { frame, force }: ConvertFlags) => {
      if (outputFormatOf(to) === null) {
        throw new UsageError(`${to}: name the output .nii, .nii.gz, .nrrd or .mha.`);
      }
      if (force !== true && (await nodeFileAccess.exists(to))) {
        throw new DataError(`${to}: it exists already; choose another name, or replace it with --force.`);
      }
      await convertImage(nodeFileAccess, from, to, frame === undefined ? {} : { frame });
    });
}
