/** Names of the NIfTI datatypes that hold one real number a voxel, as NumPy calls them. */
export type NiftiDatatype =
  | 'uint8'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float32'
  | 'float64';

interface DatatypeEntry {
  /** The header's `datatype` field. */
  readonly code: number;
  readonly bytes: number;
}

/** Codes of nifti1.h (DT_UINT8 and so on), which NIfTI-2 shares. */
export const NIFTI_DATATYPES: Readonly<Record<NiftiDatatype, DatatypeEntry>> = {
  uint8: { code: 2, bytes: 1 },
  int16: { code: 4, bytes: 2 },
  int32: { code: 8, bytes: 4 },
  float32: { code: 16, bytes: 4 },
  float64: { code: 64, bytes: 8 },
  int8: { code: 256, bytes: 1 },
  uint16: { code: 512, bytes: 2 },
  uint32: { code: 768, bytes: 4 },
  int64: { code: 1024, bytes: 8 },
  uint64: { code: 1280, bytes: 8 },
};

const UNSUPPORTED: Readonly<Record<number, string>> = {
  1: '1-bit',
  32: 'complex',
  128: 'RGB color',
  1536: '128-bit float',
  1792: 'complex',
  2048: 'complex',
  2304: 'RGBA color',
};

/** The datatype of a header's code, or a description of why its voxels cannot be read. */
export function datatypeOf(code: number): { datatype: NiftiDatatype } | { unsupported: string } {
  for (const [datatype, entry] of Object.entries(NIFTI_DATATYPES)) {
    if (entry.code === code) return { datatype: datatype as NiftiDatatype };
  }
  return { unsupported: UNSUPPORTED[code] ?? `of unknown datatype ${code}` };
}

/** Where voxel values go: the caller picks the precision. */
export type VoxelArray = Float32Array | Float64Array;

/**
 * Decodes voxels into `out`: value = stored * slope + intercept, computed in double precision.
 * One loop per datatype, since a function call per voxel would dominate the time.
 *
 * @param bytes the stored voxels; as many as `out` holds, at any alignment
 */
export function decodeVoxels(
  bytes: Uint8Array,
  datatype: NiftiDatatype,
  littleEndian: boolean,
  slope: number,
  intercept: number,
  out: VoxelArray,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = out.length;
  switch (datatype) {
    case 'uint8':
      for (let i = 0; i < count; i++) out[i] = bytes[i] * slope + intercept;
      return;
    case 'int8':
      for (let i = 0; i < count; i++) out[i] = view.getInt8(i) * slope + intercept;
      return;
    case 'int16':
      for (let i = 0; i < count; i++) out[i] = view.getInt16(2 * i, littleEndian) * slope + intercept;
      return;
    case 'uint16':
      for (let i = 0; i < count; i++) out[i] = view.getUint16(2 * i, littleEndian) * slope + intercept;
      return;
    case 'int32':
      for (let i = 0; i < count; i++) out[i] = view.getInt32(4 * i, littleEndian) * slope + intercept;
      return;
    case 'uint32':
      for (let i = 0; i < count; i++) out[i] = view.getUint32(4 * i, littleEndian) * slope + intercept;
      return;
    case 'float32':
      for (let i = 0; i < count; i++) out[i] = view.getFloat32(4 * i, littleEndian) * slope + intercept;
      return;
    case 'float64':
      for (let i = 0; i < count; i++) out[i] = view.getFloat64(8 * i, littleEndian) * slope + intercept;
      return;
    case 'int64':
    case 'uint64': {
      // Two 32-bit halves instead of a BigInt per voxel; the sum is rounded to double as Number(bigint) would be.
      const high = littleEndian ? 4 : 0;
      const low = 4 - high;
      const signed = datatype === 'int64';
      for (let i = 0; i < count; i++) {
        const upper = signed ? view.getInt32(8 * i + high, littleEndian) : view.getUint32(8 * i + high, littleEndian);
        out[i] = (upper * 4294967296 + view.getUint32(8 * i + low, littleEndian)) * slope + intercept;
      }
      return;
    }
    default:
      datatype satisfies never;
  }
}
