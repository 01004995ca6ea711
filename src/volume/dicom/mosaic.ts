import { DataError } from '../../errors.ts';
import type { Triple } from '../volume.ts';
import { type ParsedDicom, TAG } from './data-set.ts';
import type { Slice } from './slice.ts';
import { cross } from './vector.ts';

/**
 * The slices of a Siemens mosaic: one image into which all slices of a volume are laid as tiles, row by row. How many there
 * are, and which way they follow each other, stands in the private Siemens header.
 *
 * The stated position is that of a first voxel if the whole mosaic were one slice around the scan's center; the tiles' own
 * lies nearer by half of what the mosaic is larger. Source: https://nipy.org/nibabel/dicom/dicom_mosaic.html
 *
 * @throws DataError naming the file
 */
export function mosaicOf({ dataSet, path }: ParsedDicom, whole: Slice): Slice[] {
  const element = dataSet.elements[TAG.siemensImageHeader];
  const header =
    element === undefined
      ? new Map<string, number[]>()
      : readSiemensHeader(dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + element.length));
  const count = header.get('NumberOfImagesInMosaic')?.[0] ?? 0;
  const normal = header.get('SliceNormalVector') ?? [];
  const side = Math.ceil(Math.sqrt(count));
  const [columns, rows] = [whole.extent[0] / side, whole.extent[1] / side];
  if (!(count >= 1 && Number.isInteger(columns) && Number.isInteger(rows)) || normal.length !== 3) {
    throw new DataError(
      `${path}: it is a mosaic, but its private Siemens header does not say of how many slices; convert it with dcm2niix.`,
    );
  }
  const [i, j] = whole.directions;
  // The header's normal is rounded to six digits; only its sign says more than the directions do.
  const across = cross(i, j);
  const towards = Math.sign(across[0] * normal[0] + across[1] * normal[1] + across[2] * normal[2]);
  const inset = [
    ((whole.extent[0] - columns) / 2) * whole.spacing[0],
    ((whole.extent[1] - rows) / 2) * whole.spacing[1],
  ];
  const slices: Slice[] = [];
  for (let tile = 0; tile < count; tile++) {
    const distance = tile * towards * whole.statedDistance;
    const position = [0, 1, 2].map(
      (axis) => whole.position[axis] + i[axis] * inset[0] + j[axis] * inset[1] + across[axis] * distance,
    );
    slices.push({
      ...whole,
      source: { ...whole.source, corner: [(tile % side) * columns, Math.floor(tile / side) * rows] },
      extent: [columns, rows],
      position: position as unknown as Triple,
    });
  }
  return slices;
}

/**
 * The numbers in a Siemens "CSA2" header: a count of elements, and for each its name (64 bytes), five integers of which the
 * third is a count of items, and the items, each with its length and padded to four bytes. All little-endian.
 * Source: https://nipy.org/nibabel/dicom/siemens_csa.html
 */
function readSiemensHeader(bytes: Uint8Array): Map<string, number[]> {
  const values = new Map<string, number[]>();
  if (new TextDecoder('latin1').decode(bytes.subarray(0, 4)) !== 'SV10') return values;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (start: number, length: number): string =>
    new TextDecoder('latin1')
      .decode(bytes.subarray(start, start + length))
      .split('\0', 1)[0]
      .trim();
  let position = 16;
  for (let elements = view.getUint32(8, true); elements > 0 && position + 84 <= bytes.length; elements--) {
    const name = text(position, 64);
    const items = view.getUint32(position + 76, true);
    position += 84;
    const numbers: number[] = [];
    for (let item = 0; item < items && position + 16 <= bytes.length; item++) {
      const length = view.getUint32(position + 4, true);
      const value = text(position + 16, length);
      if (value !== '' && Number.isFinite(Number(value))) numbers.push(Number(value));
      position += 16 + 4 * Math.ceil(length / 4);
    }
    values.set(name, numbers);
  }
  return values;
}
