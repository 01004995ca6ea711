import { lpsOf } from './lps.ts';
import type { NiftiDatatype } from './nifti-datatype.ts';
import type { Grid } from './volume.ts';

/** The names that Teem itself writes, which every reader knows. */
const NAMES: Readonly<Record<NiftiDatatype, string>> = {
  int8: 'signed char',
  uint8: 'unsigned char',
  int16: 'short',
  uint16: 'unsigned short',
  int32: 'int',
  uint32: 'unsigned int',
  int64: 'long long int',
  uint64: 'unsigned long long int',
  float32: 'float',
  float64: 'double',
};

/**
 * The header of a .nrrd file with one 3D volume in LPS coordinates, as ITK and 3D Slicer write them. The voxels follow,
 * little-endian and compressed with gzip.
 */
export function encodeNrrdHeader(grid: Grid, datatype: NiftiDatatype): Uint8Array {
  const { columns, origin } = lpsOf(grid.affine);
  const vector = (values: readonly number[]): string => `(${values.join(',')})`;
  const lines = [
    'NRRD0004',
    '# Complete NRRD file format specification at:',
    '# http://teem.sourceforge.net/nrrd/format.html',
    `type: ${NAMES[datatype]}`,
    'dimension: 3',
    'space: left-posterior-superior',
    `sizes: ${grid.shape.join(' ')}`,
    `space directions: ${columns.map(vector).join(' ')}`,
    'kinds: domain domain domain',
    'endian: little',
    'encoding: gzip',
    `space origin: ${vector(origin)}`,
  ];
  return new TextEncoder().encode(`${lines.join('\n')}\n\n`);
}
