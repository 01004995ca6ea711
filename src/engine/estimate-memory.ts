import type { Shape } from '../graph/op.ts';
import { elementCount, liveNodes, type Node, type Program } from '../graph/program.ts';

/** The compute process with ONNX Runtime loaded, before any program: measured. */
const PROCESS = 110e6;
/**
 * Measured peaks over the sum of the tensors: what the allocator's heap loses to holes between blocks, where tensors that last
 * stand between those that come and go. Fitted to measurements with bench/rarevox-step.mjs, not derived.
 */
const HEAP = 2.8;
/** Copies of each parameter: the packed vector, its parts, and an optimizer's state beside them. */
const PARAMETER_COPIES = 6;

/**
 * Predicts the peak resident memory of the compute process while it runs a gradient program in the fast form, in bytes.
 *
 * Walks the program in its order: a tensor is there from the node that computes it to the last one that reads it, inputs
 * and outputs throughout. Beside it a node may need temporaries, those of its lowering. Reshaping copies nothing, and an
 * elementwise op writes over an operand that nobody reads afterwards, as ONNX Runtime does.
 */
export function estimateMemory(program: Program): number {
  const live = liveNodes(program);
  const { nodes } = program;
  // Reshaped tensors share the buffer of the node named here.
  const owner = nodes.map(({ op, inputs }, id) => (op.kind === 'reshape' ? (inputs[0] as number) : id));
  for (const [id, source] of owner.entries()) owner[id] = owner[source] as number;
  const lastUse = new Int32Array(nodes.length).fill(-1);
  for (const node of nodes) {
    if (live[node.id] === 1) for (const input of node.inputs) lastUse[owner[input] as number] = node.id;
  }
  for (const id of Object.values(program.outputs)) lastUse[owner[id] as number] = nodes.length;

  let held = 0;
  let parameters = 0;
  for (const node of nodes) {
    if (live[node.id] === 0) continue;
    if (node.op.kind === 'input') held += bytesOf(node);
    if (node.op.kind === 'parameter') parameters += bytesOf(node);
  }
  let peak = held;
  for (const node of nodes) {
    const isGiven = node.op.kind === 'input' || node.op.kind === 'parameter' || node.op.kind === 'constant';
    if (live[node.id] === 0 || isGiven || node.op.kind === 'reshape') continue;
    const ends = new Set(node.inputs.map((id) => owner[id] as number));
    let freed = 0;
    let largestFreed = 0;
    for (const id of ends) {
      const source = nodes[id] as Node;
      const isTemporary = source.op.kind !== 'input' && source.op.kind !== 'parameter' && source.op.kind !== 'constant';
      if (lastUse[id] !== node.id || !isTemporary) continue;
      freed += bytesOf(source);
      largestFreed = Math.max(largestFreed, bytesOf(source));
    }
    const size = bytesOf(node);
    const reused = IN_PLACE.has(node.op.kind) && largestFreed === size ? size : 0;
    const inputs = node.inputs.map((id) => (nodes[id] as Node).shape);
    peak = Math.max(peak, held + size - reused + 4 * temporaries(node, inputs));
    held += size - freed;
  }
  return PROCESS + HEAP * peak + PARAMETER_COPIES * parameters;
}

const IN_PLACE: ReadonlySet<string> = new Set([
  'add',
  'subtract',
  'multiply',
  'divide',
  'maximum',
  'negate',
  'exponential',
  'logarithm',
  'squareRoot',
  'relu',
  'sign',
  'step',
  'sigmoid',
  'softplus',
  'dropout',
]);

/** The elements that the fast lowering of a node holds at its worst moment, beside its operands and its result. */
function temporaries({ op, shape }: Node, inputs: readonly Shape[]): number {
  const size = elementCount(shape);
  const first = elementCount(inputs[0] ?? []);
  switch (op.kind) {
    case 'convolution': {
      const taps = inputs[1]?.[2] as number;
      const isByDepthTaps = taps > 1 && op.strides.every((stride) => stride === 1) && (shape[1] as number) <= 32;
      // All taps as one tensor and once more as parts, the result among them.
      return isByDepthTaps ? (2 * taps - 1) * size : 0;
    }
    case 'convolutionWeightGradient': {
      const inPlane = (op.kernel[1] as number) * (op.kernel[2] as number);
      if (elementCount(op.kernel) === 1) return 0;
      const gradient = elementCount(inputs[1] as Shape) / (inputs[1]?.[0] as number);
      // The stack of shifted gradients and what it is made of, or it and its shifted copy.
      if (op.strides.every((stride) => stride === 1)) return 2 * inPlane * gradient;
      // The padded input, and its strided slices as parts and as a stack.
      const voxels = elementCount((inputs[1] as Shape).slice(2));
      return first + 2 * inPlane * (inputs[0]?.[1] as number) * voxels;
    }
    case 'transposedConvolution':
      return op.strides.every((stride) => stride === 1) ? 0 : size;
    case 'normalize':
    case 'variance':
    case 'normalizeScaleGradient':
    case 'maxPoolGradient':
      return first;
    case 'normalizeGradient':
    case 'dropout':
      return size;
    default:
      return 0;
  }
}

function bytesOf({ shape, dataType }: Node): number {
  return elementCount(shape) * (dataType === 'uint8' ? 1 : 4);
}
