import type { OpKind } from './op.ts';
import { liveNodes, type Node, type Program } from './program.ts';

/** Ops that cost a few passes over memory, against the hundreds of a convolution. */
const CHEAP: ReadonlySet<OpKind> = new Set(['concatenate', 'normalize', 'normalizeByStatistics', 'relu', 'reshape']);

/**
 * Lets the backward half of a gradient program recompute what is cheap, instead of keeping it since the forward half
 * (gradient checkpointing: Chen et al. 2016, arXiv:1604.06174). In a dense block every layer concatenates all that came before, and
 * normalizes it: kept, these take three quarters of the memory of a step (Pleiss et al. 2017, arXiv:1707.06990, share them in the
 * same way). What is kept are the convolutions' results, out of which the copies are made where the backward half first needs them.
 *
 * The result computes the same values: a copy is the same op on the same inputs.
 *
 * @param forward the number of nodes of the forward half, which come first
 */
export function recompute(program: Program, forward: number): Program {
  const { nodes } = program;
  const live = liveNodes(program);
  const isOutput = new Set(Object.values(program.outputs));
  const result: Node[] = [];
  // Where each node of the program went: as it is, and as its copy for the backward half.
  const placed = new Int32Array(nodes.length);
  const copies = new Map<number, number>();

  const append = (node: Node, inputs: readonly number[]): number => {
    const id = result.length;
    result.push({ ...node, id, inputs });
    return id;
  };
  /** What a concatenation consists of in the end: a copy of it needs no copies of those within it. */
  const parts = (node: Node, axis: number): readonly number[] =>
    node.inputs.flatMap((id) => {
      const input = nodes[id] as Node;
      const isNested = input.op.kind === 'concatenate' && input.op.axis === axis;
      return isNested ? parts(input, axis) : [id];
    });
  const isCheap = (node: Node): boolean => {
    if (node.id >= forward || !CHEAP.has(node.op.kind) || isOutput.has(node.id)) return false;
    // ReLU's own input is kept for nothing else: its result, which may take that one's place, is as good to keep.
    return node.op.kind !== 'relu' || isCheap(nodes[node.inputs[0] as number] as Node);
  };
  /** What a node of the backward half reads in place of `id`. */
  const forBackward = (id: number): number => {
    const node = nodes[id] as Node;
    if (!isCheap(node)) return placed[id] as number;
    const made = copies.get(id);
    if (made !== undefined) return made;
    const inputs = node.op.kind === 'concatenate' ? parts(node, node.op.axis) : node.inputs;
    const copy = append(node, inputs.map(forBackward));
    copies.set(id, copy);
    return copy;
  };

  for (const node of nodes) {
    // Parameters stay, whether read or not: moving statistics are not, and have their first values.
    if (live[node.id] === 0 && node.op.kind !== 'parameter') continue;
    const inputs = node.inputs.map((id) => (node.id < forward ? (placed[id] as number) : forBackward(id)));
    placed[node.id] = append(node, inputs);
  }
  const outputs = Object.fromEntries(Object.entries(program.outputs).map(([name, id]) => [name, placed[id] as number]));
  return { nodes: result, outputs };
}
