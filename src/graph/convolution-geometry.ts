/**
 * The project's "same" padding along one axis of size n with a kernel of size k and stride s: floor((k - 1) / 2) zeros
 * before, ceil(n / s) outputs, and as many zeros after as the last output needs. For odd kernels and stride 1 this is
 * the usual symmetric padding; for kernel 2 and stride 2 there is none; for kernel 3 and stride 2 over an even size the
 * taps of output o are 2o - 1, 2o, 2o + 1, so that the adjoint is the transposed convolution of method section 2
 * (output o = 2i + k - 1, PyTorch's padding 1 and output_padding 1).
 */
export interface AxisGeometry {
  readonly before: number;
  readonly after: number;
  readonly outputs: number;
}

export function samePadding(size: number, kernel: number, stride: number): AxisGeometry {
  const before = (kernel - 1) >> 1;
  const outputs = Math.ceil(size / stride);
  const after = Math.max(0, (outputs - 1) * stride + kernel - size - before);
  return { before, after, outputs };
}
