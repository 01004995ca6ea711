import type { DataType, Initializer, Op, ParameterRole, Shape, StatisticsOver } from './op.ts';
import { elementCount, type Node, type Program } from './program.ts';
import { inferShape, ShapeError } from './shape.ts';

/** A handle on one tensor of the program that a builder is making. */
export type Value = Node;

const SPATIAL_AXES = [2, 3, 4] as const;

/**
 * Makes a program, one op a call. Shapes are checked as the ops are made. Equal ops on equal inputs are made once, so
 * that functions can ask for the same intermediate (a statistic, a flipped kernel) without passing it around.
 */
export class GraphBuilder {
  private readonly nodes: Node[] = [];
  private readonly known = new Map<string, Node>();
  private readonly names = new Map<string, Op>();
  private scopeName = '';

  /** Runs `body` with every new op marked as coming from `name`, below the present scope. */
  scope<T>(name: string, body: () => T): T {
    const outer = this.scopeName;
    this.scopeName = outer === '' ? name : `${outer}/${name}`;
    try {
      return body();
    } finally {
      this.scopeName = outer;
    }
  }

  /** The program that computes the given outputs; more ops can be made, and more programs taken, afterwards. */
  program(outputs: Readonly<Record<string, Value>>): Program {
    const ids = Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, value.id]));
    return { nodes: [...this.nodes], outputs: ids };
  }

  /** How many nodes there are: those made later have larger ids. */
  get size(): number {
    return this.nodes.length;
  }

  node(id: number): Node {
    const node = this.nodes[id];
    if (node === undefined) throw new RangeError(`there is no node ${id} in a program of ${this.nodes.length}`);
    return node;
  }

  /** Adds an op, or returns the equal one that is there. */
  make(op: Op, ...inputs: readonly Value[]): Value {
    const ids = inputs.map((input) => input.id);
    const key = JSON.stringify([op, ids]);
    const existing = this.known.get(key);
    if (existing !== undefined) return existing;
    const shape = inferShape(
      op,
      inputs.map((input) => input.shape),
    );
    this.checkDataTypes(op, inputs);
    this.claimName(op);
    const dataType: DataType = op.kind === 'input' ? op.dataType : 'float32';
    const node: Node = { id: this.nodes.length, op, inputs: ids, shape, dataType, scope: this.scopeName };
    this.nodes.push(node);
    this.known.set(key, node);
    return node;
  }

  /** Only dropout's mask is made of bytes. */
  private checkDataTypes(op: Op, inputs: readonly Value[]): void {
    for (const [index, { dataType }] of inputs.entries()) {
      const expected: DataType = op.kind === 'dropout' && index === 1 ? 'uint8' : 'float32';
      if (dataType === expected) continue;
      throw new ShapeError(`${op.kind}: input ${index} must be of the type ${expected}; got ${dataType}`);
    }
  }

  /** Inputs and parameters are known by name when the program runs, so that two may not share one. */
  private claimName(op: Op): void {
    if (op.kind !== 'input' && op.kind !== 'parameter') return;
    const holder = this.names.get(op.name);
    if (holder !== undefined) {
      const both = [holder, op].map((other) => JSON.stringify(other)).join(' and ');
      throw new ShapeError(`${op.kind}: the name ${op.name} must mean one tensor; got ${both}`);
    }
    this.names.set(op.name, op);
  }

  input(name: string, shape: Shape, dataType: DataType = 'float32'): Value {
    return this.make({ kind: 'input', name, shape, dataType });
  }

  parameter(name: string, shape: Shape, initializer: Initializer, role: ParameterRole = 'weight'): Value {
    return this.make({ kind: 'parameter', name, shape, role, initializer });
  }

  constant(value: number): Value {
    return this.make({ kind: 'constant', shape: [], values: [value] });
  }

  add(a: Value, b: Value): Value {
    return this.make({ kind: 'add' }, a, b);
  }

  subtract(a: Value, b: Value): Value {
    return this.make({ kind: 'subtract' }, a, b);
  }

  multiply(a: Value, b: Value): Value {
    return this.make({ kind: 'multiply' }, a, b);
  }

  divide(a: Value, b: Value): Value {
    return this.make({ kind: 'divide' }, a, b);
  }

  maximum(a: Value, b: Value): Value {
    return this.make({ kind: 'maximum' }, a, b);
  }

  scaleBy(x: Value, factor: number): Value {
    return factor === 1 ? x : this.multiply(x, this.constant(factor));
  }

  addNumber(x: Value, term: number): Value {
    return term === 0 ? x : this.add(x, this.constant(term));
  }

  negate(x: Value): Value {
    return this.make({ kind: 'negate' }, x);
  }

  exponential(x: Value): Value {
    return this.make({ kind: 'exponential' }, x);
  }

  logarithm(x: Value): Value {
    return this.make({ kind: 'logarithm' }, x);
  }

  squareRoot(x: Value): Value {
    return this.make({ kind: 'squareRoot' }, x);
  }

  relu(x: Value): Value {
    return this.make({ kind: 'relu' }, x);
  }

  sign(x: Value): Value {
    return this.make({ kind: 'sign' }, x);
  }

  /** 1 where x > 0, 0 elsewhere. */
  step(x: Value): Value {
    return this.make({ kind: 'step' }, x);
  }

  sigmoid(x: Value): Value {
    return this.make({ kind: 'sigmoid' }, x);
  }

  softplus(x: Value): Value {
    return this.make({ kind: 'softplus' }, x);
  }

  softmax(x: Value, axis: number): Value {
    return this.make({ kind: 'softmax', axis }, x);
  }

  logSoftmax(x: Value, axis: number): Value {
    return this.make({ kind: 'logSoftmax', axis }, x);
  }

  /** The sum over the axes, which keep size 1. */
  sum(x: Value, axes: readonly number[]): Value {
    const wide = axes.filter((axis) => x.shape[axis] !== 1);
    return wide.length === 0 ? x : this.make({ kind: 'sum', axes: wide }, x);
  }

  /** The sum of all elements, as a scalar. */
  total(x: Value): Value {
    return this.reshape(
      this.sum(
        x,
        x.shape.map((_, axis) => axis),
      ),
      [],
    );
  }

  /** The mean over the axes, which keep size 1. */
  mean(x: Value, axes: readonly number[]): Value {
    const count = axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1);
    return this.scaleBy(this.sum(x, axes), 1 / count);
  }

  /** The mean that normalization uses: [1 or N, C, 1, 1, 1]. */
  channelMean(x: Value, over: StatisticsOver): Value {
    return this.mean(x, over === 'batch' ? [0, ...SPATIAL_AXES] : SPATIAL_AXES);
  }

  /** The biased variance that normalization uses: [1 or N, C, 1, 1, 1]. */
  channelVariance(x: Value, over: StatisticsOver): Value {
    return this.make({ kind: 'variance', over }, x);
  }

  reshape(x: Value, shape: Shape): Value {
    if (JSON.stringify(x.shape) === JSON.stringify(shape)) return x;
    return this.make({ kind: 'reshape', shape: [...shape] }, x);
  }

  broadcast(x: Value, shape: Shape): Value {
    if (JSON.stringify(x.shape) === JSON.stringify(shape)) return x;
    return this.make({ kind: 'broadcast', shape: [...shape] }, x);
  }

  /** Axis `a` of the result is axis `permutation[a]` of x. */
  transpose(x: Value, permutation: readonly number[]): Value {
    if (permutation.every((axis, at) => axis === at)) return x;
    return this.make({ kind: 'transpose', permutation: [...permutation] }, x);
  }

  slice(x: Value, axis: number, start: number, end: number): Value {
    if (start === 0 && end === x.shape[axis]) return x;
    return this.make({ kind: 'slice', axis, start, end }, x);
  }

  pad(x: Value, axis: number, before: number, after: number): Value {
    if (before === 0 && after === 0) return x;
    return this.make({ kind: 'pad', axis, before, after }, x);
  }

  concatenate(values: readonly Value[], axis: number): Value {
    if (values.length === 1) return values[0] as Value;
    return this.make({ kind: 'concatenate', axis }, ...values);
  }

  convolution(x: Value, weight: Value, strides: Shape = [1, 1, 1]): Value {
    return this.make({ kind: 'convolution', strides: [...strides] }, x, weight);
  }

  /**
   * The adjoint of `convolution`. Up-sampling by `strides` is the call with `spatial` = the sizes times the strides.
   * @param weight [channels of y, channels of the result, k, k, k]
   */
  transposedConvolution(y: Value, weight: Value, strides: Shape, spatial: Shape): Value {
    return this.make({ kind: 'transposedConvolution', strides: [...strides], spatial: [...spatial] }, y, weight);
  }

  convolutionWeightGradient(x: Value, y: Value, strides: Shape, kernel: Shape): Value {
    return this.make({ kind: 'convolutionWeightGradient', strides: [...strides], kernel: [...kernel] }, x, y);
  }

  maxPool(x: Value, window: Shape): Value {
    if (elementCount(window) === 1) return x;
    return this.make({ kind: 'maxPool', window: [...window] }, x);
  }

  normalize(x: Value, scale: Value, shift: Value, over: StatisticsOver, epsilon: number): Value {
    return this.make({ kind: 'normalize', over, epsilon }, x, scale, shift);
  }

  normalizeByStatistics(x: Value, scale: Value, shift: Value, mean: Value, variance: Value, epsilon: number): Value {
    return this.make({ kind: 'normalizeByStatistics', epsilon }, x, scale, shift, mean, variance);
  }

  dropout(x: Value, mask: Value, rate: number): Value {
    return this.make({ kind: 'dropout', rate }, x, mask);
  }
}
