import type { GraphBuilder, Value } from '../graph/builder.ts';
import type { OptimizerInput, OptimizerOutput } from './optimizer.ts';

/**
 * One step of gradient descent with Nesterov momentum (Sutskever et al. 2013, in PyTorch's form, where the velocity is in
 * units of the gradient): v' = momentum v + g, w' = w - learningRate (g + momentum v').
 */
export function nesterov(
  b: GraphBuilder,
  { parameters, gradients, states, scalars }: OptimizerInput,
  momentum: number,
): OptimizerOutput {
  const velocity = b.add(b.scaleBy(states.velocity as Value, momentum), gradients);
  const direction = b.add(gradients, b.scaleBy(velocity, momentum));
  const change = b.multiply(direction, scalars.learningRate as Value);
  return { parameters: b.subtract(parameters, change), states: { velocity } };
}
