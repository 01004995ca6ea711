import type { GraphBuilder, Value } from '../../src/graph/builder.ts';
import type { OpKind, Shape } from '../../src/graph/op.ts';
import type { ValueKind } from './random-values.ts';

export interface CaseInput {
  readonly shape: Shape;
  readonly values: ValueKind;
}

/** One way of using one op, small enough to try every element of its inputs. */
export interface OpCase {
  readonly kind: OpKind;
  readonly about: string;
  readonly inputs: readonly CaseInput[];
  readonly build: (b: GraphBuilder, inputs: readonly Value[]) => Value;
}

export function input(shape: Shape, values: ValueKind = 'normal'): CaseInput {
  return { shape, values };
}
