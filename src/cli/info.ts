import { Command } from 'commander';
import { DataError, throwFaults } from '../errors.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { describeFile, type FileDescription, type NiftiDescription } from '../volume/describe-file.ts';
import { FORM_SPACES } from '../volume/nifti-forms.ts';

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
    ['format', description.nifti === null ? description.format : formatFormat(description.nifti)],
    ['shape', `${description.shape.join(' x ')} voxels`],
    ['spacing', `${description.spacing.map(formatNumber).join(' x ')} mm`],
    ['orientation', description.orientation],
    ['affine', affine[0]],
    ['', affine[1]],
    ['', affine[2]],
    ['', affine[3]],
    ...(description.nifti === null ? [] : [['from', formatForms(description.nifti)] as [string, string]]),
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

function formatFormat({ version, isPair, byteOrder, extensionBytes }: NiftiDescription): string {
  const pair = isPair ? ' pair (.hdr/.img)' : '';
  const extensions = extensionBytes > 0 ? `, ${extensionBytes} bytes of header extensions` : '';
  return `NIfTI-${version}${pair}, ${byteOrder}${extensions}`;
}

/** What the affine was taken from, and what the other form of the two says. */
function formatForms({ sformCode, qformCode, affineSource, formConflict }: NiftiDescription): string {
  if (affineSource === 'pixdim') return 'the voxel sizes alone: neither sform nor qform is set';
  const nameOf = (form: string, code: number): string => `${form} (code ${code}, ${FORM_SPACES[code] ?? 'unknown'})`;
  if (affineSource === 'qform') return `${nameOf('qform', qformCode)}; no sform`;
  const sform = nameOf('sform', sformCode);
  if (qformCode <= 0) return `${sform}; no qform`;
  const qform = nameOf('qform', qformCode);
  if (formConflict === null) return `${sform}; ${qform} agrees`;
  const { angle, shift } = formConflict;
  return `${sform}; CONFLICT: ${qform} is turned by ${formatNumber(angle)} degrees and up to ${formatNumber(shift)} mm away`;
}

function formatNumber(value: number | null): string {
  return value === null ? 'none' : String(Number(value.toPrecision(6)));
}
