import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  TensorProto_DataType as OnnxType,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx/onnx_pb.ts';

export type AttributeValue = number | string | readonly number[] | { readonly float: number };

/** Widely accepted, and the newest that Debian 12's checker knows. */
const OPSET = 17n;
const IR_VERSION = 8n;

/** What a model says of itself, for tools that show it. */
export interface ModelDocumentation {
  /** Of the software that wrote it. */
  readonly producerVersion: string;
  readonly text: string;
  /** By the name of an input or an output. */
  readonly tensors: Readonly<Record<string, string>>;
}

export interface EncodeOptions {
  /** Entries of the model's metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly documentation?: ModelDocumentation;
  readonly ordered?: boolean;
}

/** Collects an ONNX graph node by node and encodes it. Tensors are known by name. */
export class OnnxWriter {
  private readonly nodes: NodeProto[] = [];
  private readonly initializers: TensorProto[] = [];
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];
  private readonly constants = new Map<string, string>();
  private readonly mostParts: number;
  private counter = 0;
  private prefix = '';

  /** @param mostParts outputs that one node may have: a GPU's programs can write to few buffers */
  constructor({ mostParts = Number.POSITIVE_INFINITY }: { readonly mostParts?: number } = {}) {
    this.mostParts = mostParts;
  }

  /** New nodes are named after this: the scope and kind of the op that is being lowered. */
  setPrefix(prefix: string): void {
    this.prefix = prefix;
  }

  /** Adds a node and returns the name of its output. An integer attribute is a number, a float is `{ float }`. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    output?: string,
  ): string {
    return this.nodeWithOutputs(opType, inputs, attributes, [output ?? this.fresh()])[0] as string;
  }

  /** A node with several outputs. */
  nodeWithSeveral(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>>,
    count: number,
  ) {
    const outputs = Array.from({ length: count }, () => this.fresh());
    return this.nodeWithOutputs(opType, inputs, attributes, outputs);
  }

  /** Cuts a tensor along an axis into parts of the given sizes. */
  split(tensor: string, sizes: readonly number[], axis: number): readonly string[] {
    if (sizes.length <= this.mostParts) {
      return this.nodeWithSeveral('Split', [tensor, this.integers(sizes)], { axis }, sizes.length);
    }
    let end = 0;
    return sizes.map((size) => {
      const start = end;
      end += size;
      return this.node('Slice', [tensor, this.integers([start]), this.integers([end]), this.integers([axis])]);
    });
  }

  private nodeWithOutputs(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>>,
    outputs: readonly string[],
  ): readonly string[] {
    const attribute = Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value));
    const name = `${this.prefix}/${opType}_${this.nodes.length}`;
    this.nodes.push(create(NodeProtoSchema, { opType, name, input: [...inputs], output: [...outputs], attribute }));
    return outputs;
  }

  /** A named float tensor with values. */
  initializer(name: string, shape: readonly number[], values: Float32Array): string {
    this.initializers.push(
      create(TensorProtoSchema, {
        name,
        dims: shape.map(BigInt),
        dataType: OnnxType.FLOAT,
        rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      }),
    );
    return name;
  }

  floats(values: readonly number[], shape: readonly number[]): string {
    return this.constant(`f${JSON.stringify([shape, values])}`, (name) =>
      this.initializer(name, shape, Float32Array.from(values)),
    );
  }

  /** A constant vector of 64-bit integers, or of another shape. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.constant(`i${JSON.stringify([shape, values])}`, (name) => {
      const data = BigInt64Array.from(values, BigInt);
      this.initializers.push(
        create(TensorProtoSchema, {
          name,
          dims: shape.map(BigInt),
          dataType: OnnxType.INT64,
          rawData: new Uint8Array(data.buffer),
        }),
      );
      return name;
    });
  }

  private constant(key: string, make: (name: string) => string): string {
    const existing = this.constants.get(key);
    if (existing !== undefined) return existing;
    const name = make(`constant_${this.constants.size}`);
    this.constants.set(key, name);
    return name;
  }

  private fresh(): string {
    this.counter++;
    return `t${this.counter}`;
  }

  input(name: string, shape: readonly number[], dataType: 'float32' | 'uint8'): string {
    this.inputs.push(valueInfo(name, shape, dataType === 'float32' ? OnnxType.FLOAT : OnnxType.UINT8));
    return name;
  }

  /** Declares a tensor as the output `name`; it is passed through Identity when it is known by another name. */
  output(name: string, tensor: string, shape: readonly number[]): void {
    this.setPrefix('output');
    if (tensor !== name) this.node('Identity', [tensor], {}, name);
    this.outputs.push(valueInfo(name, shape, OnnxType.FLOAT));
  }

  /** The encoded model. `ordered` as in execution-order.ts: the nodes from the last to the first. */
  encode({ metadata = {}, documentation, ordered = false }: EncodeOptions = {}): Uint8Array {
    for (const tensor of [...this.inputs, ...this.outputs]) {
      tensor.docString = documentation?.tensors[tensor.name] ?? '';
    }
    const graph = create(GraphProtoSchema, {
      name: 'rarevox',
      node: ordered ? this.nodes.toReversed() : this.nodes,
      initializer: this.initializers,
      input: this.inputs,
      output: this.outputs,
    });
    const model = create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: 'rarevox',
      ...(documentation && {
        producerVersion: documentation.producerVersion,
        domain: 'rarevox',
        docString: documentation.text,
      }),
      opsetImport: [{ domain: '', version: OPSET }],
      graph,
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    });
    return toBinary(ModelProtoSchema, model);
  }
}

function encodeAttribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  }
  if (typeof value === 'string') {
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) });
  }
  if ('float' in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

function valueInfo(name: string, shape: readonly number[], elemType: OnnxType): ValueInfoProto {
  const dim = shape.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } },
  });
}
