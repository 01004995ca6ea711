import { GraphBuilder, type Value } from '../../src/graph/builder.ts';
import { gradient } from '../../src/graph/gradient.ts';
import { gradientRules } from '../../src/graph/gradient-rules.ts';
import { elementCount, type Program } from '../../src/graph/program.ts';
import { Random } from '../../src/random.ts';
import type { OpCase } from './op-case.ts';
import { randomValues } from './random-values.ts';

export interface CaseProgram {
  /** Outputs: `y`; and, where the op has a derivative, `loss` = sum of y times `weighting`, and `gradient of <input>`. */
  readonly program: Program;
  readonly feeds: Readonly<Record<string, Float64Array>>;
  /** Names of the inputs that have a gradient. */
  readonly differentiated: readonly string[];
}

/** A case as a program with its gradient, and random values for its inputs. The parameter `bias` is fed if there is one. */
export function caseProgram({ kind, about, inputs, build }: OpCase): CaseProgram {
  const b = new GraphBuilder();
  const random = new Random('op case', kind, about);
  const feeds: Record<string, Float64Array> = {};
  const handles: Value[] = inputs.map(({ shape, values }, index) => {
    const name = `x${index}`;
    feeds[name] = randomValues(random, values, elementCount(shape));
    return b.input(name, shape, values === 'mask' ? 'uint8' : 'float32');
  });
  const y = build(b, handles);
  feeds.weighting = randomValues(random, 'normal', elementCount(y.shape));
  feeds.bias = randomValues(random, 'normal', elementCount(y.shape));
  if (gradientRules[kind] === null) return { program: b.program({ y }), feeds, differentiated: [] };

  const loss = b.total(b.multiply(y, b.input('weighting', y.shape)));
  const targets = handles.filter((handle) => handle.dataType === 'float32');
  const gradients = gradient(b, loss, targets);
  const names = targets.map(({ id }) => `x${handles.findIndex((handle) => handle.id === id)}`);
  const outputs = Object.fromEntries(names.map((name, index) => [`gradient of ${name}`, gradients[index] as Value]));
  return { program: b.program({ y, loss, ...outputs }), feeds, differentiated: names };
}
