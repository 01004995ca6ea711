import { DataError } from '../errors.ts';
import { inflateExactly } from './deflate.ts';
import type { FileAccess } from './file-access.ts';
import { type ImageSource, sourceOf } from './image-source.ts';
import { affineFromLps, faultOfAffine } from './lps.ts';
import { NIFTI_DATATYPES, type NiftiDatatype } from './nifti-datatype.ts';
import { besideHeader, extentsOf, numbersOf, readHeaderLines } from './text-header.ts';
import type { Affine } from './volume.ts';

/** Source: https://itk.org/Wiki/ITK/MetaIO/Documentation, and metaTypes.h; MET_LONG has four bytes there. */
const TYPES: Readonly<Record<string, NiftiDatatype>> = {
  MET_CHAR: 'int8',
  MET_UCHAR: 'uint8',
  MET_SHORT: 'int16',
  MET_USHORT: 'uint16',
  MET_INT: 'int32',
  MET_UINT: 'uint32',
  MET_LONG: 'int32',
  MET_ULONG: 'uint32',
  MET_LONG_LONG: 'int64',
  MET_ULONG_LONG: 'uint64',
  MET_FLOAT: 'float32',
  MET_DOUBLE: 'float64',
};

type Fields = ReadonlyMap<string, string>;

/**
 * Opens a MetaImage: .mha, or .mhd with the voxels in a file beside it; raw or zlib-compressed; two to four axes. The
 * coordinates are LPS, whatever `AnatomicalOrientation` says, and `CenterOfRotation` is passed over, both as in ITK.
 *
 * @throws DataError naming the file
 */
export async function openMetaImage(files: FileAccess, path: string): Promise<ImageSource> {
  const file = await files.readBytes(path);
  // ElementDataFile ends the header by definition.
  const { lines, end } = readHeaderLines(file, (line) => /^\s*ElementDataFile\s*=/.test(line), {
    path,
    mayEndWithFile: true,
  });
  const fields = fieldsOf(lines);
  const required = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined) throw new DataError(`${path}: its header has no "${name}"; convert or copy it again.`);
    return value;
  };
  if (!fields.has('NDims')) {
    throw new DataError(`${path}: this is no MetaImage file (its header has no NDims); convert or copy it again.`);
  }

  const dimensions = extentsOf(required('DimSize'), 'DimSize', Number(required('NDims')), path);
  const elementType = required('ElementType');
  const datatype = TYPES[elementType];
  const channels = Number(fields.get('ElementNumberOfChannels') ?? 1);
  if (datatype === undefined || channels !== 1) {
    const what = datatype === undefined ? `of type ${elementType}` : `${channels} numbers each`;
    throw new DataError(`${path}: its voxels are ${what}; convert it to an integer or float image.`);
  }
  if (/^false$/i.test(fields.get('BinaryData') ?? 'True')) {
    throw new DataError(`${path}: its voxels are written as text; save it as binary (BinaryData = True).`);
  }
  const affine = affineOf(fields, dimensions.length, path);
  while (dimensions.length < 3) dimensions.push(1);
  const length = NIFTI_DATATYPES[datatype].bytes * dimensions.reduce((product, extent) => product * extent, 1);
  const bytes = await voxelBytes(files, path, required('ElementDataFile'), file.subarray(end), length, fields);
  const bigEndian = fields.get('BinaryDataByteOrderMSB') ?? fields.get('ElementByteOrderMSB') ?? 'False';
  return sourceOf(
    {
      format: 'MetaImage',
      dimensions,
      affine,
      datatype,
      littleEndian: !/^true$/i.test(bigEndian),
      slope: 1,
      intercept: 0,
    },
    bytes,
  );
}

function fieldsOf(lines: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const at = line.indexOf('=');
    if (at > 0) fields.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  return fields;
}

/**
 * The affine. The rows of `TransformMatrix` are the directions of the image's axes: the columns of ITK's direction matrix.
 * The fourth axis of an image is time, and leaves space alone.
 */
function affineOf(fields: Fields, dimension: number, path: string): Affine {
  const rows = numbersOf(
    fields.get('TransformMatrix') ?? fields.get('Rotation') ?? fields.get('Orientation') ?? identity(dimension),
  );
  const offset = numbersOf(
    fields.get('Offset') ?? fields.get('Position') ?? fields.get('Origin') ?? '0 '.repeat(dimension),
  );
  const spacing = numbersOf(fields.get('ElementSpacing') ?? fields.get('ElementSize') ?? '1 '.repeat(dimension));
  if (rows.length !== dimension ** 2 || offset.length !== dimension || spacing.length !== dimension) {
    throw new DataError(
      `${path}: its TransformMatrix, Offset or ElementSpacing does not have ${dimension} dimensions; convert it again.`,
    );
  }
  const columns = [0, 1, 2].map((axis) =>
    [0, 1, 2].map((world) => {
      if (axis >= dimension || world >= dimension) return axis === world ? 1 : 0;
      return rows[axis * dimension + world] * spacing[axis];
    }),
  );
  const affine = affineFromLps(columns, [offset[0], offset[1], dimension > 2 ? offset[2] : 0]);
  const fault = faultOfAffine(affine);
  if (fault !== null) {
    throw new DataError(`${path}: ${fault}; correct TransformMatrix and ElementSpacing or convert it again.`);
  }
  return affine;
}

function identity(dimension: number): string {
  const rows: number[] = [];
  for (let i = 0; i < dimension ** 2; i++) rows.push(i % (dimension + 1) === 0 ? 1 : 0);
  return rows.join(' ');
}

async function voxelBytes(
  files: FileAccess,
  path: string,
  dataFile: string,
  behind: Uint8Array,
  length: number,
  fields: Fields,
): Promise<Uint8Array> {
  const local = dataFile.toUpperCase() === 'LOCAL';
  if (/^LIST\b|%/.test(dataFile)) {
    throw new DataError(
      `${path}: its voxels are spread over several files (${dataFile}); join them into one .mha file.`,
    );
  }
  const dataPath = local ? path : besideHeader(path, dataFile);
  if (!local && !(await files.exists(dataPath))) {
    throw new DataError(
      `${path}: its voxels should be in ${dataPath}, which does not exist; put that file beside the header.`,
    );
  }
  const bytes = local ? behind : await files.readBytes(dataPath);
  const compressed = /^true$/i.test(fields.get('CompressedData') ?? 'False');
  const headerSize = Number(fields.get('HeaderSize') ?? 0);
  if (!Number.isInteger(headerSize) || headerSize < -1) {
    throw new DataError(`${path}: its HeaderSize is "${fields.get('HeaderSize')}"; correct the header.`);
  }
  if (compressed) return inflateExactly(bytes.subarray(Math.max(headerSize, 0)), 'deflate', length, dataPath);
  // -1: whatever precedes the voxels, they are the last bytes of the file.
  const start = headerSize === -1 ? bytes.length - length : headerSize;
  if (start < 0 || bytes.length < start + length) {
    throw new DataError(
      `${dataPath}: the header claims ${length} bytes of voxels, but the file holds only ` +
        `${Math.max(0, bytes.length - Math.max(headerSize, 0))}: it is truncated or damaged; copy or download it again.`,
    );
  }
  return bytes.subarray(start, start + length);
}
