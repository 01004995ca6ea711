/**
 * Where the fields that rarevox reads or writes stand in a NIfTI header. Everything else in a header (description, slice
 * timing, extensions) is copied as bytes.
 *
 * Sources: nifti1.h and nifti2.h, https://nifti.nimh.nih.gov/pub/dist/src/niftilib/
 */
export type FieldType = 'uint8' | 'int16' | 'int32' | 'int64' | 'float32' | 'float64';

export interface Field {
  readonly offset: number;
  readonly type: FieldType;
  readonly count: number;
}

export type FieldName =
  | 'sizeof_hdr'
  | 'dim'
  | 'intent_p'
  | 'intent_code'
  | 'datatype'
  | 'bitpix'
  | 'pixdim'
  | 'vox_offset'
  | 'scl_slope'
  | 'scl_inter'
  | 'cal_max'
  | 'cal_min'
  | 'xyzt_units'
  | 'qform_code'
  | 'sform_code'
  | 'quatern'
  | 'qoffset'
  | 'srow'
  | 'intent_name'
  | 'magic';

export interface HeaderLayout {
  readonly version: 1 | 2;
  /** Bytes of the fixed header; four bytes of extension flags follow. */
  readonly size: number;
  readonly magic: readonly number[];
  readonly fields: Readonly<Record<FieldName, Field>>;
}

export const NIFTI1_LAYOUT: HeaderLayout = {
  version: 1,
  size: 348,
  magic: [0x6e, 0x2b, 0x31, 0],
  fields: {
    sizeof_hdr: { offset: 0, type: 'int32', count: 1 },
    dim: { offset: 40, type: 'int16', count: 8 },
    intent_p: { offset: 56, type: 'float32', count: 3 },
    intent_code: { offset: 68, type: 'int16', count: 1 },
    datatype: { offset: 70, type: 'int16', count: 1 },
    bitpix: { offset: 72, type: 'int16', count: 1 },
    pixdim: { offset: 76, type: 'float32', count: 8 },
    vox_offset: { offset: 108, type: 'float32', count: 1 },
    scl_slope: { offset: 112, type: 'float32', count: 1 },
    scl_inter: { offset: 116, type: 'float32', count: 1 },
    xyzt_units: { offset: 123, type: 'uint8', count: 1 },
    cal_max: { offset: 124, type: 'float32', count: 1 },
    cal_min: { offset: 128, type: 'float32', count: 1 },
    qform_code: { offset: 252, type: 'int16', count: 1 },
    sform_code: { offset: 254, type: 'int16', count: 1 },
    quatern: { offset: 256, type: 'float32', count: 3 },
    qoffset: { offset: 268, type: 'float32', count: 3 },
    srow: { offset: 280, type: 'float32', count: 12 },
    intent_name: { offset: 328, type: 'uint8', count: 16 },
    magic: { offset: 344, type: 'uint8', count: 4 },
  },
};

export const NIFTI2_LAYOUT: HeaderLayout = {
  version: 2,
  size: 540,
  magic: [0x6e, 0x2b, 0x32, 0, 0x0d, 0x0a, 0x1a, 0x0a],
  fields: {
    sizeof_hdr: { offset: 0, type: 'int32', count: 1 },
    magic: { offset: 4, type: 'uint8', count: 8 },
    datatype: { offset: 12, type: 'int16', count: 1 },
    bitpix: { offset: 14, type: 'int16', count: 1 },
    dim: { offset: 16, type: 'int64', count: 8 },
    intent_p: { offset: 80, type: 'float64', count: 3 },
    pixdim: { offset: 104, type: 'float64', count: 8 },
    vox_offset: { offset: 168, type: 'int64', count: 1 },
    scl_slope: { offset: 176, type: 'float64', count: 1 },
    scl_inter: { offset: 184, type: 'float64', count: 1 },
    cal_max: { offset: 192, type: 'float64', count: 1 },
    cal_min: { offset: 200, type: 'float64', count: 1 },
    qform_code: { offset: 344, type: 'int32', count: 1 },
    sform_code: { offset: 348, type: 'int32', count: 1 },
    quatern: { offset: 352, type: 'float64', count: 3 },
    qoffset: { offset: 376, type: 'float64', count: 3 },
    srow: { offset: 400, type: 'float64', count: 12 },
    xyzt_units: { offset: 500, type: 'int32', count: 1 },
    intent_code: { offset: 504, type: 'int32', count: 1 },
    intent_name: { offset: 508, type: 'uint8', count: 16 },
  },
};

const FIELD_BYTES: Readonly<Record<FieldType, number>> = {
  uint8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  float32: 4,
  float64: 8,
};

/** The values of a field. Integers of 64 bits come as doubles, which is exact below 2^53. */
export function readField(header: DataView, field: Field, littleEndian: boolean): number[] {
  const values: number[] = [];
  for (let i = 0; i < field.count; i++) {
    values.push(readNumber(header, field.offset + i * FIELD_BYTES[field.type], field.type, littleEndian));
  }
  return values;
}

/** Writes as many of a field's values as are given, from its first. */
export function writeField(header: DataView, field: Field, littleEndian: boolean, values: readonly number[]): void {
  for (let i = 0; i < values.length; i++) {
    writeNumber(header, field.offset + i * FIELD_BYTES[field.type], field.type, littleEndian, values[i]);
  }
}

function readNumber(view: DataView, offset: number, type: FieldType, littleEndian: boolean): number {
  switch (type) {
    case 'uint8':
      return view.getUint8(offset);
    case 'int16':
      return view.getInt16(offset, littleEndian);
    case 'int32':
      return view.getInt32(offset, littleEndian);
    case 'int64':
      return Number(view.getBigInt64(offset, littleEndian));
    case 'float32':
      return view.getFloat32(offset, littleEndian);
    case 'float64':
      return view.getFloat64(offset, littleEndian);
  }
}

function writeNumber(view: DataView, offset: number, type: FieldType, littleEndian: boolean, value: number): void {
  switch (type) {
    case 'uint8':
      view.setUint8(offset, value);
      return;
    case 'int16':
      view.setInt16(offset, value, littleEndian);
      return;
    case 'int32':
      view.setInt32(offset, value, littleEndian);
      return;
    case 'int64':
      view.setBigInt64(offset, BigInt(value), littleEndian);
      return;
    case 'float32':
      view.setFloat32(offset, value, littleEndian);
      return;
    case 'float64':
      view.setFloat64(offset, value, littleEndian);
      return;
  }
}
