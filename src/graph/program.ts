import type { DataType, Op, OpOf, Shape } from './op.ts';

/** One tensor of a program: what computes it, from which earlier tensors. A node's id is its index in the program. */
export interface Node {
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly number[];
  readonly shape: Shape;
  readonly dataType: DataType;
  /** Where it came from, such as `encoder.0/gradient`: for profiles and error messages. */
  readonly scope: string;
}

/** A static tensor program in topological order: every node's inputs come before it. */
export interface Program {
  readonly nodes: readonly Node[];
  /** Ids of the tensors that it returns, by name. */
  readonly outputs: Readonly<Record<string, number>>;
}

export type ParameterNode = Node & { readonly op: OpOf<'parameter'> };
export type InputNode = Node & { readonly op: OpOf<'input'> };

export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The program's parameters of one role, in the order in which they were made. */
export function parametersOf(program: Program, role: OpOf<'parameter'>['role']): ParameterNode[] {
  return program.nodes.filter((node): node is ParameterNode => node.op.kind === 'parameter' && node.op.role === role);
}

export function inputsOf(program: Program): InputNode[] {
  return program.nodes.filter((node): node is InputNode => node.op.kind === 'input');
}

/** Which nodes the outputs need, as one flag a node. */
export function liveNodes(program: Program): Uint8Array {
  const live = new Uint8Array(program.nodes.length);
  for (const id of Object.values(program.outputs)) live[id] = 1;
  for (let id = program.nodes.length - 1; id >= 0; id--) {
    if (live[id] === 1) for (const input of (program.nodes[id] as Node).inputs) live[input] = 1;
  }
  return live;
}
