import { liveNodes, type Node, type Program } from '../graph/program.ts';

/*
 * ONNX Runtime runs a graph in the order of a depth-first search from its outputs, each node after its inputs, where of several
 * inputs the one whose node stands last in the file goes first. Written as a program is, a gradient program would so run the
 * weights' gradients and the sums of the normalizations at the very end, and hold all that they read until then: 1.5 times the
 * memory. Written from the end to the beginning, it runs in the program's own order, in which every gradient is taken where it
 * comes up. (Only where ONNX Runtime doesn't rewrite the graph.)
 */

/**
 * The live nodes of a program in the order in which they are to run: the program's own, but that a reshaping, which costs nothing
 * and leads the search to what it reshapes, comes right behind that.
 */
export function executionOrder(program: Program): readonly Node[] {
  const live = liveNodes(program);
  const reshapings = new Map<number, Node[]>();
  for (const node of program.nodes) {
    if (live[node.id] === 0 || node.op.kind !== 'reshape') continue;
    const source = node.inputs[0] as number;
    reshapings.set(source, [...(reshapings.get(source) ?? []), node]);
  }
  const order: Node[] = [];
  const append = (node: Node): void => {
    order.push(node);
    for (const reshaping of reshapings.get(node.id) ?? []) append(reshaping);
  };
  for (const node of program.nodes) {
    if (live[node.id] === 1 && node.op.kind !== 'reshape') append(node);
  }
  return order;
}
