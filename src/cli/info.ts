import { Command } from 'commander';
import { DataError, throwFaults } from '../errors.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { describeFile, type FileDescription } from '../volume/describe-file.ts';

/** `rarevox info FILE... [--json]`: geometry and values of images. Files that can be read are shown, whatever others hold. */
export function infoCommand(): Command {
  return new Command('info')
    .description('show the geometry and the values of images: NIfTI, NRRD, MetaImage, DICOM')
    .argument('<file...>', 'images to describe; a DICOM series is its folder')
    .option('--json', 'print a JSON list')
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox info scan.nii.gz
  $ rarevox info --json scan.nii.gz mask.nii.gz`,
    )
    .action(async (paths: string[], options: { json?: boolean }) => {
      const descriptions: FileDescription[] = [];
      const faults: string[] = [];
      for (const path of paths) {
        try {
          descriptions.push(await describeFile(nodeFileAccess, path));
        } catch (error) {
          if (!(error instanceof DataError)) throw error;
          faults.push(error.message);
        }
      }
      const text = options.json ? JSON.stringify(descriptions, null, 2) : descriptions.map(formatTable).join('\n\n');
      if (options.json || descriptions.length > 0) process.stdout.write(`${text}\n`);
      throwFaults(faults);
    });
}

/** One property a line, values in a column; the affine takes four lines. */
function formatTable(description: FileDescription): string {
  const columnWidths = [0, 1, 2, 3].map((column) =>
    Math.max(...description.affine.map((row) => formatNumber(row[column]).length)),
  );
  const affine = description.affine.map((row) =>
    row.map((value, column) => formatNumber(value).padStart(columnWidths[column])).join('  '),
  );
  const rows: [string, string][] = [
    ['file', description.file],
    ['shape', `${description.shape.join(' x ')} voxels`],
    ['spacing', `${description.spacing.map(formatNumber).join(' x ')} mm`],
    ['orientation', description.orientation],
    ['affine', affine[0]],
    ['', affine[1]],
    ['', affine[2]],
    ['', affine[3]],
    ['format', description.format],
    ['datatype', description.datatype],
    ['slope', formatNumber(description.slope)],
    ['intercept', formatNumber(description.intercept)],
    ['min', formatNumber(description.min)],
    ['max', formatNumber(description.max)],
    ['mean', formatNumber(description.mean)],
  ];
  if (description.nonFinite > 0) rows.push(['not finite', `${description.nonFinite} values (NaN or infinite)`]);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd()).join('\n');
}

function formatNumber(value: number | null): string {
  return value === null ? 'none' : String(Number(value.toPrecision(6)));
}
