import type { GraphBuilder, Value } from './builder.ts';
import { type GradientRule, gradientRules } from './gradient-rules.ts';
import type { OpKind } from './op.ts';
import { ShapeError } from './shape.ts';

/**
 * Adds to the builder the gradient of a scalar in each of the given tensors, by reverse accumulation: the nodes are
 * visited from the loss backwards, and each passes its gradient to its inputs by its rule.
 *
 * @param loss a scalar (one element)
 * @param targets tensors that the loss may depend on; where it does not, the gradient is zero
 * @returns one tensor a target, of the target's shape
 * @throws ShapeError when the loss is no scalar, or depends on a target through an op without a rule
 */
export function gradient(b: GraphBuilder, loss: Value, targets: readonly Value[]): Value[] {
  if (loss.shape.some((size) => size !== 1)) {
    throw new ShapeError(`gradient: the loss must have one element; got ${JSON.stringify(loss.shape)}`);
  }
  const dependent = dependentOn(b, targets, loss.id);
  const contributions = new Map<number, Value[]>([[loss.id, [b.broadcast(b.constant(1), loss.shape)]]]);
  const totals = new Map<number, Value>();

  for (let id = loss.id; id >= 0; id--) {
    const parts = contributions.get(id);
    if (dependent[id] === 0 || parts === undefined) continue;
    const node = b.node(id);
    b.scope(node.scope === '' ? 'gradient' : `${node.scope}/gradient`, () => {
      const total = parts.reduce((sum, part) => b.add(sum, part));
      totals.set(id, total);
      contributions.delete(id);
      const rule = gradientRules[node.op.kind] as GradientRule<OpKind> | null;
      if (rule === null) throw new ShapeError(`gradient: ${node.op.kind} has no derivative rule`);
      const inputs = node.inputs.map((input) => b.node(input));
      const needed = node.inputs.map((input) => dependent[input] === 1);
      const results = rule(b, { op: node.op, inputs, output: node, gradient: total, needed });
      for (const [index, result] of results.entries()) {
        const input = node.inputs[index] as number;
        if (result === null || dependent[input] === 0) continue;
        contributions.set(input, [...(contributions.get(input) ?? []), result]);
      }
    });
  }
  return targets.map((target) => totals.get(target.id) ?? b.broadcast(b.constant(0), target.shape));
}

/** Which nodes up to `last` depend on one of the targets, as one flag a node. */
function dependentOn(b: GraphBuilder, targets: readonly Value[], last: number): Uint8Array {
  const dependent = new Uint8Array(last + 1);
  for (const target of targets) if (target.id <= last) dependent[target.id] = 1;
  for (let id = 0; id <= last; id++) {
    if (b.node(id).inputs.some((input) => dependent[input] === 1)) dependent[id] = 1;
  }
  return dependent;
}
