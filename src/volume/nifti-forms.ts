import { describeGridDifference, transformPoint } from './affine.ts';
import { readField } from './nifti-fields.ts';
import { layoutOf, type NiftiHeader } from './nifti-header.ts';
import type { Affine, Triple } from './volume.ts';

/**
 * How far a header's qform and sform disagree: the largest angle in degrees between their corresponding axes, and the distance
 * in mm between their positions of the volume's center. Null where they agree within float noise, or one of them is unset.
 */
export function formConflict(header: NiftiHeader): { angle: number; shift: number } | null {
  const found = layoutOf(header.bytes);
  if (found === null) return null;
  const view = new DataView(header.bytes.buffer, header.bytes.byteOffset, header.bytes.byteLength);
  const read = (name: keyof typeof found.layout.fields): number[] =>
    readField(view, found.layout.fields[name], found.littleEndian);
  if (!(read('sform_code')[0] > 0 && read('qform_code')[0] > 0)) return null;
  const sform: Affine = [...read('srow'), 0, 0, 0, 1];
  const qform = affineOf(read('quatern'), read('qoffset'), read('pixdim'));
  if (describeGridDifference({ shape: header.shape, affine: sform }, { shape: header.shape, affine: qform }) === null) {
    return null;
  }
  let angle = 0;
  for (let axis = 0; axis < 3; axis++) {
    const [a, b] = [sform, qform].map((affine) => [affine[axis], affine[4 + axis], affine[8 + axis]]);
    const cosine = (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / (Math.hypot(...a) * Math.hypot(...b));
    angle = Math.max(angle, (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI);
  }
  const center = header.shape.map((extent) => (extent - 1) / 2) as unknown as Triple;
  const [p, q] = [transformPoint(sform, center), transformPoint(qform, center)];
  return { angle, shift: Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) };
}

/** "Method 2" of nifti1.h. */
function affineOf(quatern: readonly number[], offset: readonly number[], pixdim: readonly number[]): Affine {
  const [b, c, d] = quatern;
  const a = Math.sqrt(Math.max(0, 1 - (b * b + c * c + d * d)));
  const [dx, dy] = [pixdim[1], pixdim[2]];
  const dz = pixdim[3] * (pixdim[0] < 0 ? -1 : 1);
  return [
    ...[(a * a + b * b - c * c - d * d) * dx, 2 * (b * c - a * d) * dy, 2 * (b * d + a * c) * dz, offset[0]],
    ...[2 * (b * c + a * d) * dx, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d - a * b) * dz, offset[1]],
    ...[2 * (b * d - a * c) * dx, 2 * (c * d + a * b) * dy, (a * a + d * d - b * b - c * c) * dz, offset[2]],
    ...[0, 0, 0, 1],
  ];
}
