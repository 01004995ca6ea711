import { spacingOf } from './affine.ts';
import { lpsOf } from './lps.ts';
import type { NiftiDatatype } from './nifti-datatype.ts';
import type { Grid } from './volume.ts';

const NAMES: Readonly<Record<NiftiDatatype, string>> = {
  int8: 'MET_CHAR',
  uint8: 'MET_UCHAR',
  int16: 'MET_SHORT',
  uint16: 'MET_USHORT',
  int32: 'MET_INT',
  uint32: 'MET_UINT',
  int64: 'MET_LONG_LONG',
  uint64: 'MET_ULONG_LONG',
  float32: 'MET_FLOAT',
  float64: 'MET_DOUBLE',
};

/** The header of a .mha file with one 3D volume in LPS coordinates. The voxels follow, little-endian and uncompressed. */
export function encodeMetaImageHeader(grid: Grid, datatype: NiftiDatatype): Uint8Array {
  const { columns, origin } = lpsOf(grid.affine);
  const spacing = spacingOf(grid.affine);
  const directions = columns.flatMap((column, axis) => column.map((value) => value / spacing[axis]));
  const lines = [
    'ObjectType = Image',
    'NDims = 3',
    'BinaryData = True',
    'BinaryDataByteOrderMSB = False',
    'CompressedData = False',
    `TransformMatrix = ${directions.join(' ')}`,
    `Offset = ${origin.join(' ')}`,
    'CenterOfRotation = 0 0 0',
    `ElementSpacing = ${spacing.join(' ')}`,
    `DimSize = ${grid.shape.join(' ')}`,
    `ElementType = ${NAMES[datatype]}`,
    'ElementDataFile = LOCAL',
  ];
  return new TextEncoder().encode(`${lines.join('\n')}\n`);
}
