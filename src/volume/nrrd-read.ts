import { DataError } from '../errors.ts';
import { inflateExactly } from './deflate.ts';
import type { FileAccess } from './file-access.ts';
import { type ImageSource, sourceOf } from './image-source.ts';
import { affineFromLps, faultOfAffine } from './lps.ts';
import { NIFTI_DATATYPES, type NiftiDatatype } from './nifti-datatype.ts';
import { besideHeader, extentsOf, numbersOf, readHeaderLines } from './text-header.ts';
import type { Affine } from './volume.ts';

/** The names of a type that may stand in a header; source: https://teem.sourceforge.net/nrrd/format.html#basic.type */
const TYPES: Readonly<Record<NiftiDatatype, readonly string[]>> = {
  int8: ['signed char', 'int8', 'int8_t'],
  uint8: ['uchar', 'unsigned char', 'uint8', 'uint8_t'],
  int16: ['short', 'short int', 'signed short', 'signed short int', 'int16', 'int16_t'],
  uint16: ['ushort', 'unsigned short', 'unsigned short int', 'uint16', 'uint16_t'],
  int32: ['int', 'signed int', 'int32', 'int32_t'],
  uint32: ['uint', 'unsigned int', 'uint32', 'uint32_t'],
  int64: ['longlong', 'long long', 'long long int', 'signed long long', 'signed long long int', 'int64', 'int64_t'],
  uint64: ['ulonglong', 'unsigned long long', 'unsigned long long int', 'uint64', 'uint64_t'],
  float32: ['float'],
  float64: ['double'],
};

/** Signs that bring the coordinates of a space to LPS. Spaces that say nothing of the patient count as LPS, as in ITK. */
const SPACES: Readonly<Record<string, readonly [number, number, number]>> = {
  'left-posterior-superior': [1, 1, 1],
  lps: [1, 1, 1],
  'right-anterior-superior': [-1, -1, 1],
  ras: [-1, -1, 1],
  'left-anterior-superior': [1, -1, 1],
  las: [1, -1, 1],
  'scanner-xyz': [1, 1, 1],
  '3d-right-handed': [1, 1, 1],
};

const MILLIMETERS: Readonly<Record<string, number>> = { mm: 1, cm: 10, m: 1000, um: 0.001, µm: 0.001 };

/**
 * Opens a NRRD file: .nrrd, or .nhdr with the voxels in a file beside it; raw or gzip-compressed; three spatial axes, and
 * perhaps one further axis behind them.
 *
 * Source: https://teem.sourceforge.net/nrrd/format.html
 *
 * @throws DataError naming the file
 */
export async function openNrrd(files: FileAccess, path: string): Promise<ImageSource> {
  const file = await files.readBytes(path);
  const { lines, end } = readHeaderLines(file, (line) => line === '', { path, mayEndWithFile: true });
  if (!/^NRRD000\d$/.test(lines[0])) {
    throw new DataError(`${path}: this is no NRRD file (it does not begin with NRRD); convert or copy it again.`);
  }
  const fields = fieldsOf(lines);
  const required = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined) throw new DataError(`${path}: its header has no "${name}"; convert or copy it again.`);
    return value;
  };

  const dimensions = extentsOf(required('sizes'), 'sizes', Number(required('dimension')), path);
  const datatype = datatypeOf(required('type'), path);
  const affine = affineOf(fields, dimensions.length, path);
  while (dimensions.length < 3) dimensions.push(1);
  const { bytes } = NIFTI_DATATYPES[datatype];
  if (bytes > 1 && !/^(little|big)$/i.test(required('endian'))) {
    throw new DataError(`${path}: its "endian" is "${fields.get('endian')}"; it must be little or big.`);
  }
  const length = bytes * dimensions.reduce((product, extent) => product * extent, 1);
  const dataFile = fields.get('data file') ?? fields.get('datafile');
  const stored = await storedVoxels(files, path, dataFile, file.subarray(end), fields);
  return sourceOf(
    {
      format: 'NRRD',
      dimensions,
      affine,
      datatype,
      littleEndian: fields.get('endian')?.toLowerCase() !== 'big',
      slope: 1,
      intercept: 0,
    },
    await decoded(stored, required('encoding').toLowerCase(), length, fields),
  );
}

/** `name: value`, names in lower case. Comments and `key:=value` pairs are passed over. */
function fieldsOf(lines: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of lines.slice(1)) {
    const match = /^([^#:][^:]*): (.*)$/.exec(line);
    if (match !== null) fields.set(match[1].trim().toLowerCase(), match[2].trim());
  }
  return fields;
}

function datatypeOf(type: string, path: string): NiftiDatatype {
  for (const [datatype, names] of Object.entries(TYPES)) {
    if (names.includes(type.toLowerCase())) return datatype as NiftiDatatype;
  }
  throw new DataError(`${path}: its voxels are of type "${type}"; convert it to an integer or float image.`);
}

/** The affine, from the directions of the axes and the origin, or from the spacings alone. */
function affineOf(fields: ReadonlyMap<string, string>, dimension: number, path: string): Affine {
  const spatial = Math.min(dimension, 3);
  const space = (fields.get('space') ?? 'left-posterior-superior').toLowerCase();
  const signs = SPACES[space.replace(/-time$/, '')];
  if (signs === undefined) {
    throw new DataError(
      `${path}: its space is "${space}", which says nothing of left and right; set "space: left-posterior-superior" or ` +
        'what holds of it.',
    );
  }
  const units = fields
    .get('space units')
    ?.match(/"[^"]*"/g)?.[0]
    ?.slice(1, -1);
  const scale = units === undefined || units === '' ? 1 : MILLIMETERS[units];
  if (scale === undefined) {
    throw new DataError(`${path}: its space is measured in "${units}"; convert it to mm.`);
  }

  const directions = fields.get('space directions');
  const columns: number[][] = [];
  if (directions === undefined) {
    const spacings = numbersOf(fields.get('spacings') ?? '1 1 1');
    for (let axis = 0; axis < 3; axis++) {
      const spacing = axis < spatial ? spacings[axis] : 1;
      columns.push([0, 1, 2].map((world) => (world === axis ? spacing * scale * signs[axis] : 0)));
    }
  } else {
    const vectors = directions.match(/none|\([^)]*\)/gi) ?? [];
    const isSpatial = vectors.map((vector) => !/none|nan/i.test(vector));
    if (vectors.length !== dimension || isSpatial.slice(0, spatial).includes(false) || isSpatial[3] === true) {
      throw new DataError(
        `${path}: its axes have the directions ${directions}; rarevox reads images whose first three axes are those of ` +
          'space, followed by one other axis at most: permute the axes or extract one volume.',
      );
    }
    for (const vector of vectors.slice(0, spatial)) {
      columns.push(numbersOf(vector).map((value, world) => value * scale * signs[world]));
    }
    if (columns.length === 2) columns.push(normalTo(columns[0], columns[1]));
  }
  const origin = numbersOf(fields.get('space origin') ?? '(0,0,0)').map((value, world) => value * scale * signs[world]);
  const complete = [...columns, origin].every((vector) => vector.length === 3);
  const affine = affineFromLps(columns, origin);
  const fault = complete ? faultOfAffine(affine) : 'its space does not have three dimensions';
  if (fault !== null) throw new DataError(`${path}: ${fault}; correct "space directions" or convert it again.`);
  return affine;
}

/** A step of 1 mm across the plane of a 2D image. */
function normalTo([ax, ay, az]: readonly number[], [bx, by, bz]: readonly number[]): number[] {
  const cross = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
  const length = Math.hypot(...cross);
  return cross.map((value) => value / length);
}

interface StoredVoxels {
  readonly bytes: Uint8Array;
  readonly path: string;
}

/** The bytes behind the header, or those of the file that the header names. */
async function storedVoxels(
  files: FileAccess,
  path: string,
  dataFile: string | undefined,
  behind: Uint8Array,
  fields: ReadonlyMap<string, string>,
): Promise<StoredVoxels> {
  if (dataFile === undefined) return skipLines({ bytes: behind, path }, fields);
  if (/^LIST\b|%/.test(dataFile)) {
    throw new DataError(
      `${path}: its voxels are spread over several files (${dataFile}); join them into one .nrrd file.`,
    );
  }
  const dataPath = besideHeader(path, dataFile);
  if (!(await files.exists(dataPath))) {
    throw new DataError(
      `${path}: its voxels should be in ${dataPath}, which does not exist; put that file beside the header.`,
    );
  }
  return skipLines({ bytes: await files.readBytes(dataPath), path: dataPath }, fields);
}

function skipLines({ bytes, path }: StoredVoxels, fields: ReadonlyMap<string, string>): StoredVoxels {
  const count = Number(fields.get('line skip') ?? fields.get('lineskip') ?? 0);
  let start = 0;
  for (let line = 0; line < count; line++) {
    const end = bytes.indexOf(10, start);
    if (end === -1) throw new DataError(`${path}: it has fewer than the ${count} lines that the header says to skip.`);
    start = end + 1;
  }
  return { bytes: bytes.subarray(start), path };
}

async function decoded(
  { bytes, path }: StoredVoxels,
  encoding: string,
  length: number,
  fields: ReadonlyMap<string, string>,
): Promise<Uint8Array> {
  const skip = Number(fields.get('byte skip') ?? fields.get('byteskip') ?? 0);
  if (!Number.isInteger(skip) || skip < -1) throw new DataError(`${path}: its header skips ${skip} bytes; correct it.`);
  switch (encoding) {
    case 'raw': {
      // -1: whatever precedes the voxels, they are the last bytes of the file.
      const start = skip === -1 ? bytes.length - length : skip;
      if (start < 0 || bytes.length < start + length) {
        throw new DataError(
          `${path}: its header claims ${length} bytes of voxels, but the file holds only ` +
            `${Math.max(0, bytes.length - Math.max(skip, 0))}: it is truncated or damaged; copy or download it again.`,
        );
      }
      return bytes.subarray(start, start + length);
    }
    case 'gzip':
    case 'gz':
      if (skip === -1) throw new DataError(`${path}: "byte skip: -1" has no meaning with gzip; correct the header.`);
      // With compression, bytes are skipped in what comes out of it.
      return (await inflateExactly(bytes, 'gzip', skip + length, path)).subarray(skip);
    default:
      throw new DataError(`${path}: its encoding is "${encoding}"; save it with the encoding gzip or raw.`);
  }
}
