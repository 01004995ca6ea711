import { describeGridDifference, spacingOf } from './affine.ts';
import { gzip } from './gzip.ts';
import { NIFTI_DATATYPES, type NiftiDatatype } from './nifti-datatype.ts';
import {
  type FieldName,
  type HeaderLayout,
  NIFTI1_LAYOUT,
  NIFTI2_LAYOUT,
  readField,
  writeField,
} from './nifti-fields.ts';
import type { NiftiHeader } from './nifti-header.ts';
import { type Grid, type LabelVolume, type ScalarVolume, voxelCount } from './volume.ts';

/**
 * The bytes of a .nii or .nii.gz file with the volume in it. Label maps are stored in the smallest integer type that holds
 * them (uint8, int16, uint16, int32), images as float32, both without scaling.
 *
 * With `like`, the header is that file's: version, byte order, description and extensions are kept byte by byte, and so are
 * sform, qform and voxel sizes as long as the volume lies on that file's grid. What spoke of the old values (scaling, display
 * range, intent) is cleared, since a viewer would show a mask black in a scan's display range.
 */
export async function encodeNifti(
  volume: ScalarVolume | LabelVolume,
  like: NiftiHeader | null,
  options: { gzip: boolean },
): Promise<Uint8Array> {
  const layout = like === null ? layoutFor(volume) : like.version === 1 ? NIFTI1_LAYOUT : NIFTI2_LAYOUT;
  const littleEndian = like?.littleEndian ?? true;
  const datatype = volume.kind === 'scalar' ? 'float32' : smallestInteger(volume.data);
  const { bytes } = NIFTI_DATATYPES[datatype];
  const voxelOffset = like?.voxelOffset ?? layout.size + 4;

  const file = new Uint8Array(voxelOffset + voxelCount(volume.shape) * bytes);
  if (like !== null) file.set(like.bytes);
  const view = new DataView(file.buffer);
  const write = (name: FieldName, ...values: number[]): void =>
    writeField(view, layout.fields[name], littleEndian, values);

  if (like === null) {
    write('sizeof_hdr', layout.size);
    write('magic', ...layout.magic);
    write('pixdim', 1, 1, 1, 1, 1, 1, 1, 1);
  }
  write('dim', 3, ...volume.shape, 1, 1, 1, 1);
  write('datatype', NIFTI_DATATYPES[datatype].code);
  write('bitpix', 8 * bytes);
  write('vox_offset', voxelOffset);
  write('scl_slope', 1);
  write('scl_inter', 0);
  write('cal_max', 0);
  write('cal_min', 0);
  write('intent_code', 0);
  write('intent_p', 0, 0, 0);
  write('intent_name', ...new Array<number>(16).fill(0));
  if (like === null || describeGridDifference(volume, like) !== null) {
    const [units] = readField(view, layout.fields.xyzt_units, littleEndian);
    write('xyzt_units', (units & ~7) | 2);
    write('pixdim', 1, ...spacingOf(volume.affine));
    write('qform_code', 0);
    // 2: "aligned", coordinates in some space of the user's, which is all that is known of them here.
    write('sform_code', 2);
    write('srow', ...volume.affine.slice(0, 12));
  }
  encodeVoxels(view, voxelOffset, volume.data, datatype, littleEndian);
  return options.gzip ? gzip(file) : file;
}

/** NIfTI-1 counts voxels along an axis in 16 bits. */
function layoutFor(grid: Grid): HeaderLayout {
  return Math.max(...grid.shape) > 32767 ? NIFTI2_LAYOUT : NIFTI1_LAYOUT;
}

type StoredDatatype = Extract<NiftiDatatype, 'uint8' | 'int16' | 'uint16' | 'int32' | 'float32'>;

function smallestInteger(data: LabelVolume['data']): StoredDatatype {
  let smallest = 0;
  let largest = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i] < smallest) smallest = data[i];
    if (data[i] > largest) largest = data[i];
  }
  if (smallest >= 0 && largest <= 255) return 'uint8';
  if (smallest >= -32768 && largest <= 32767) return 'int16';
  return smallest >= 0 && largest <= 65535 ? 'uint16' : 'int32';
}

function encodeVoxels(
  view: DataView,
  offset: number,
  data: Float32Array | LabelVolume['data'],
  datatype: StoredDatatype,
  littleEndian: boolean,
): void {
  switch (datatype) {
    case 'uint8':
      new Uint8Array(view.buffer, offset).set(data);
      return;
    case 'int16':
      for (let i = 0; i < data.length; i++) view.setInt16(offset + 2 * i, data[i], littleEndian);
      return;
    case 'uint16':
      for (let i = 0; i < data.length; i++) view.setUint16(offset + 2 * i, data[i], littleEndian);
      return;
    case 'int32':
      for (let i = 0; i < data.length; i++) view.setInt32(offset + 4 * i, data[i], littleEndian);
      return;
    case 'float32':
      for (let i = 0; i < data.length; i++) view.setFloat32(offset + 4 * i, data[i], littleEndian);
  }
}
