import type { OpKind, Shape } from '../graph/op.ts';
import { elementCount, liveNodes, type ParameterNode, type Program, parametersOf } from '../graph/program.ts';
import type { Device } from './engine.ts';
import { executionOrder } from './execution-order.ts';
import type { ChannelPart, Lowering, LoweringTable } from './lowering/context.ts';
import { fastLowerings, gpuLowerings, plainLowerings } from './lowering/tables.ts';
import { type ModelDocumentation, OnnxWriter } from './onnx-writer.ts';

/** Where the parameters' values come from when the program runs. */
export type ParameterSource =
  /** Inside the model, as named initializers. */
  | { readonly kind: 'values'; readonly values: ReadonlyMap<string, Float32Array> }
  /** As vectors, each an input of the given name that holds the parameters of its layout, one after the other. */
  | { readonly kind: 'packed'; readonly vectors: Readonly<Record<string, ParameterLayout>> };

/**
 * `plain`: each op as the ONNX operator of the same name, for exchange. `fast`: the forms that run fast on the CPU. `gpu`:
 * those that a GPU's provider runs without the CPU's help.
 */
export type LoweringForm = 'plain' | 'fast' | 'gpu';

/** The form that an engine runs best, or at all, on a device. */
export function formFor(device: Device): LoweringForm {
  return device === 'cpu' ? 'fast' : 'gpu';
}

const TABLES: Readonly<Record<LoweringForm, LoweringTable>> = {
  plain: plainLowerings,
  fast: fastLowerings,
  gpu: gpuLowerings,
};

/** WebGPU promises 8 storage buffers to a shader (maxStorageBuffersPerShaderStage): a node's input and 7 outputs. */
const GPU_PARTS = 7;

export interface LoweringOptions {
  readonly form: LoweringForm;
  readonly parameters: ParameterSource;
  /** Writes the nodes so that ONNX Runtime runs them in the program's order, where it doesn't rewrite the graph. */
  readonly ordered?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly documentation?: ModelDocumentation;
}

/** Where each parameter lies in one long vector. */
export interface ParameterLayout {
  readonly entries: readonly {
    readonly name: string;
    readonly shape: Shape;
    readonly offset: number;
    readonly size: number;
  }[];
  readonly total: number;
}

/** Lays parameters one after the other, in the order given. */
export function parameterLayout(parameters: readonly ParameterNode[]): ParameterLayout {
  let total = 0;
  const entries = parameters.map(({ op }) => {
    const size = elementCount(op.shape);
    const entry = { name: op.name, shape: op.shape, offset: total, size };
    total += size;
    return entry;
  });
  return { entries, total };
}

/**
 * Translates a tensor program to an ONNX model (opset 17). Inputs and outputs keep their names; what the outputs don't
 * need is left out.
 *
 * @throws Error when a parameter has no value in the given source
 */
export function lowerProgram(program: Program, options: LoweringOptions): Uint8Array {
  const writer = new OnnxWriter(options.form === 'gpu' ? { mostParts: GPU_PARTS } : {});
  const table = TABLES[options.form];
  const names: string[] = [];
  const sharedNames = new Map<string, string>();
  const shared = (key: string, make: () => string): string => {
    const existing = sharedNames.get(key);
    if (existing !== undefined) return existing;
    const name = make();
    sharedNames.set(key, name);
    return name;
  };

  const concatenations = new Map<string, readonly ChannelPart[]>();
  const channelParts = (tensor: string, shape: Shape): readonly ChannelPart[] =>
    concatenations.get(tensor) ?? [{ tensor, shape }];

  const live = liveNodes(program);
  const liveParameters = parametersOf(program, 'weight')
    .concat(parametersOf(program, 'statistic'))
    .filter(({ id }) => live[id] === 1);
  const parameterNames = declareParameters(writer, liveParameters, options.parameters);

  for (const node of executionOrder(program)) {
    const { op } = node;
    writer.setPrefix(node.scope === '' ? op.kind : `${node.scope}/${op.kind}`);
    if (op.kind === 'input') {
      names[node.id] = writer.input(op.name, op.shape, op.dataType);
    } else if (op.kind === 'parameter') {
      names[node.id] = parameterNames.get(op.name) as string;
    } else {
      const rule = table[op.kind] as Lowering<OpKind>;
      const inputs = node.inputs.map((id) => names[id] as string);
      const inputShapes = node.inputs.map((id) => program.nodes[id]?.shape as Shape);
      const name = rule({ op, inputs, inputShapes, shape: node.shape, writer, shared, channelParts });
      names[node.id] = name;
      if (op.kind === 'concatenate' && op.axis === 1) {
        const parts = inputs.flatMap((input, index) => channelParts(input, inputShapes[index] as Shape));
        concatenations.set(name, parts);
      }
    }
  }
  for (const [name, id] of Object.entries(program.outputs)) {
    writer.output(name, names[id] as string, program.nodes[id]?.shape as Shape);
  }
  return writer.encode(options);
}

function declareParameters(
  writer: OnnxWriter,
  parameters: readonly ParameterNode[],
  source: ParameterSource,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  if (source.kind === 'values') {
    for (const { op } of parameters) {
      const values = source.values.get(op.name);
      if (values === undefined) throw new Error(`the parameter ${op.name} has no value`);
      names.set(op.name, writer.initializer(op.name, op.shape, values));
    }
    return names;
  }
  const wanted = new Set(parameters.map(({ op }) => op.name));
  writer.setPrefix('parameters');
  for (const [input, { entries, total }] of Object.entries(source.vectors)) {
    if (!entries.some(({ name }) => wanted.has(name))) continue;
    const packed = writer.input(input, [total], 'float32');
    const parts = writer.split(
      packed,
      entries.map(({ size }) => size),
      0,
    );
    for (const [index, { name, shape }] of entries.entries()) {
      if (!wanted.delete(name)) continue;
      names.set(name, writer.node('Reshape', [parts[index] as string, writer.integers(shape)]));
    }
  }
  const [missing] = wanted;
  if (missing !== undefined) throw new Error(`the parameter ${missing} is in no packed layout`);
  return names;
}
