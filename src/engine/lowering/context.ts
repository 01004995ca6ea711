import type { Op, OpKind, OpOf, Shape } from '../../graph/op.ts';
import type { OnnxWriter } from '../onnx-writer.ts';

/** What a lowering rule works with: one op, the names of its inputs, and the writer to add nodes to. */
export interface LoweringInput<K extends OpKind = OpKind> {
  readonly op: OpOf<K>;
  readonly inputs: readonly string[];
  readonly inputShapes: readonly Shape[];
  readonly shape: Shape;
  readonly writer: OnnxWriter;
  /** The tensors that one is the concatenation of along its channels, in the end: itself where it is none. */
  readonly channelParts: (tensor: string, shape: Shape) => readonly ChannelPart[];
  /** Intermediates that several ops share, such as a tensor's mean: made at the first request for the key. */
  readonly shared: (key: string, make: () => string) => string;
}

/** One of the tensors that are concatenated along the channels. */
export interface ChannelPart {
  readonly tensor: string;
  readonly shape: Shape;
}

/** Adds nodes that compute the op, and returns the name of the result. */
export type Lowering<K extends OpKind> = (input: LoweringInput<K>) => string;

export type LoweringTable = { readonly [K in OpKind]: Lowering<K> };

/** Adds a Reshape to a fixed shape. */
export function reshaped(writer: OnnxWriter, tensor: string, shape: Shape): string {
  return writer.node('Reshape', [tensor, writer.integers(shape)]);
}

/** A rule for an op that is one ONNX operator without attributes. */
export function direct<K extends Op['kind']>(operator: string): Lowering<K> {
  return ({ inputs, writer }) => writer.node(operator, inputs);
}
