import type { ParameterLayout } from '../engine/lower-program.ts';
import type { ParameterNode } from '../graph/program.ts';
import { Random } from '../random.ts';

/**
 * Fresh values for parameters, packed by their layout. Each parameter draws from a stream of its own, so that its start
 * does not depend on what other parameters the network has.
 */
export function initialValues(
  parameters: readonly ParameterNode[],
  layout: ParameterLayout,
  seed: number,
): Float32Array {
  const values = new Float32Array(layout.total);
  for (const [index, { op }] of parameters.entries()) {
    const { offset, size } = layout.entries[index] as ParameterLayout['entries'][number];
    if (op.initializer.kind === 'constant') {
      values.fill(op.initializer.value, offset, offset + size);
      continue;
    }
    const random = new Random(seed, 'parameter', op.name);
    const deviation = Math.sqrt(2 / op.initializer.fanIn);
    for (let element = offset; element < offset + size; element++) values[element] = deviation * random.normal();
  }
  return values;
}
