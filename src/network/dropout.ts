import type { GraphBuilder, Value } from '../graph/builder.ts';
import type { NetworkState } from './state.ts';

/** Drops a share of the values in training (Srivastava et al. 2014), by a mask that is an input of the program. */
export function dropoutLayer(b: GraphBuilder, x: Value, name: string, state: NetworkState): Value {
  const { dropout } = state.options;
  if (state.mode !== 'training' || dropout === 0) return x;
  state.masks.push({ name, shape: x.shape, rate: dropout });
  return b.dropout(x, b.input(name, x.shape, 'uint8'), dropout);
}
