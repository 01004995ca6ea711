import { GraphBuilder, type Value } from '../../src/graph/builder.ts';
import { gradient } from '../../src/graph/gradient.ts';
import type { Shape } from '../../src/graph/op.ts';
import type { Program } from '../../src/graph/program.ts';
import { type LossTerm, lossFunction } from '../../src/loss/loss-description.ts';
import { interpret } from '../graph/interpreter.ts';

/** Outputs `loss` and its `gradient` in the inputs `logits`, `reference` and, where asked for, `weight`. */
export function lossProgram(shape: Shape, terms: readonly LossTerm[], weighted: boolean): Program {
  const b = new GraphBuilder();
  const logits = b.input('logits', shape);
  const reference = b.input('reference', shape);
  const weight = weighted ? b.input('weight', [shape[0], 1, ...shape.slice(2)]) : null;
  const loss = lossFunction({ terms: [...terms], automaticBetas: null })(b, { logits, reference, weight });
  const [inLogits] = gradient(b, loss, [logits]) as [Value];
  return b.program({ loss, gradient: inLogits });
}

export interface LossFeeds {
  readonly logits: ArrayLike<number>;
  readonly reference: ArrayLike<number>;
  readonly weight?: ArrayLike<number>;
}

/** The loss and its gradient in the logits, in float64. */
export function lossOf(shape: Shape, terms: readonly LossTerm[], feeds: LossFeeds) {
  const outputs = interpret(lossProgram(shape, terms, feeds.weight !== undefined), { ...feeds });
  return { loss: outputs.loss[0], gradient: [...outputs.gradient] };
}
