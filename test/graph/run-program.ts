import * as ort from 'onnxruntime-node';
import { type LoweringOptions, lowerProgram, type ParameterSource } from '../../src/engine/lower-program.ts';
import { elementCount, inputsOf, liveNodes, type Program, parametersOf } from '../../src/graph/program.ts';
import type { Feeds } from './interpreter.ts';

export interface RunOptions {
  readonly form: LoweringOptions['form'];
  /** Whether ONNX Runtime rewrites the graph: on for predictions, off for training. */
  readonly optimize: boolean;
}

/** All the ways in which the package runs programs. */
export const runForms: readonly RunOptions[] = [
  { form: 'plain', optimize: true },
  { form: 'fast', optimize: true },
  { form: 'fast', optimize: false },
  { form: 'gpu', optimize: false },
];

/** Lowers a program and runs it in this process on one thread. Parameters are fed by name, as inputs are. */
export async function runProgram(
  program: Program,
  feeds: Feeds,
  options: RunOptions,
): Promise<Readonly<Record<string, Float32Array>>> {
  const live = liveNodes(program);
  const parameters = [...parametersOf(program, 'weight'), ...parametersOf(program, 'statistic')].filter(
    ({ id }) => live[id] === 1,
  );
  const values = new Map(parameters.map(({ op }) => [op.name, Float32Array.from(fed(feeds, op.name))]));
  return runModel(program, feeds, options, { kind: 'values', values });
}

/** The same with the parameters from the given source; a packed vector is fed under its own name. */
export async function runModel(
  program: Program,
  feeds: Feeds,
  { form, optimize }: RunOptions,
  parameters: ParameterSource,
): Promise<Readonly<Record<string, Float32Array>>> {
  const session = await ort.InferenceSession.create(lowerProgram(program, { form, parameters }), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: optimize ? 'all' : 'disabled',
    logSeverityLevel: 3,
  });
  try {
    const live = liveNodes(program);
    const tensors: Record<string, ort.Tensor> = {};
    for (const { id, op, shape } of inputsOf(program)) {
      if (live[id] === 0) continue;
      const values = fed(feeds, op.name);
      if (values.length !== elementCount(shape)) throw new Error(`${op.name} is fed ${values.length} values`);
      tensors[op.name] =
        op.dataType === 'uint8'
          ? new ort.Tensor('uint8', Uint8Array.from(values), shape)
          : new ort.Tensor('float32', Float32Array.from(values), shape);
    }
    if (parameters.kind === 'packed') {
      const packed = Float32Array.from(fed(feeds, 'parameters'));
      tensors.parameters = new ort.Tensor('float32', packed, [packed.length]);
    }
    const outputs = await session.run(tensors);
    return Object.fromEntries(
      Object.entries(program.outputs).map(([name, id]) => {
        const output = outputs[name] as ort.Tensor;
        const shape = program.nodes[id]?.shape ?? [];
        if (JSON.stringify(output.dims) !== JSON.stringify(shape)) {
          throw new Error(`${name} has the shape ${JSON.stringify(output.dims)}, not ${JSON.stringify(shape)}`);
        }
        return [name, output.data as Float32Array];
      }),
    );
  } finally {
    await session.release();
  }
}

function fed(feeds: Feeds, name: string): ArrayLike<number> {
  const values = feeds[name];
  if (values === undefined) throw new Error(`nothing is fed to ${name}`);
  return values;
}
