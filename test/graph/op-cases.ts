import type { GraphBuilder, Value } from '../../src/graph/builder.ts';
import type { Shape, StatisticsOver } from '../../src/graph/op.ts';
import { convolutionCases } from './convolution-cases.ts';
import { input, type OpCase } from './op-case.ts';
import type { ValueKind } from './random-values.ts';

const binaryCases: readonly OpCase[] = (['add', 'subtract', 'multiply', 'divide', 'maximum'] as const).flatMap(
  (kind) => {
    const left: ValueKind = kind === 'maximum' ? 'apart' : 'normal';
    const right: ValueKind = kind === 'maximum' ? 'apart-between' : kind === 'divide' ? 'positive' : 'normal';
    const pairs: readonly (readonly [Shape, Shape])[] = [
      [
        [2, 3, 2],
        [2, 3, 2],
      ],
      [
        [2, 3, 2],
        [1, 3, 1],
      ],
      [
        [2, 1, 2],
        [2, 3, 2],
      ],
      [
        [2, 1, 4],
        [1, 3, 1],
      ],
      [[2, 3], []],
      [[], [2, 3]],
      [[], []],
      [[1, 1], []],
      [[], [1]],
    ];
    return pairs.map(([a, b]) => ({
      kind,
      about: `${JSON.stringify(a)} and ${JSON.stringify(b)}`,
      inputs: [input(a, left), input(b, right)],
      build: (builder: GraphBuilder, [x, y]: readonly Value[]) => builder.make({ kind }, x as Value, y as Value),
    }));
  },
);

const unaryKinds = {
  negate: 'normal',
  exponential: 'normal',
  logarithm: 'positive',
  squareRoot: 'positive',
  relu: 'apart',
  sign: 'apart',
  step: 'apart',
  sigmoid: 'normal',
  softplus: 'normal',
} as const;

const unaryCases: readonly OpCase[] = Object.entries(unaryKinds).flatMap(([name, values]) => {
  const kind = name as keyof typeof unaryKinds;
  return ([[2, 3, 4], []] as Shape[]).map((shape) => ({
    kind,
    about: JSON.stringify(shape),
    inputs: [input(shape, values)],
    build: (b: GraphBuilder, [x]: readonly Value[]) => b.make({ kind }, x as Value),
  }));
});

const axisCases: readonly OpCase[] = (['softmax', 'logSoftmax'] as const).flatMap((kind) =>
  [0, 1, 2].map((axis) => ({
    kind,
    about: `axis ${axis}`,
    inputs: [input([2, 3, 4])],
    build: (b: GraphBuilder, [x]: readonly Value[]) => b.make({ kind, axis }, x as Value),
  })),
);

const shapeCases: readonly OpCase[] = [
  ...[[0], [2], [0, 2], [0, 1, 2]].map((axes) => ({
    kind: 'sum' as const,
    about: `axes ${axes.join()}`,
    inputs: [input([2, 3, 4])],
    build: (b: GraphBuilder, [x]: readonly Value[]) => b.sum(x as Value, axes),
  })),
  {
    kind: 'reshape',
    about: 'to a matrix',
    inputs: [input([2, 3, 4])],
    build: (b, [x]) => b.reshape(x as Value, [6, 4]),
  },
  {
    kind: 'reshape',
    about: 'to a scalar',
    inputs: [input([1, 1])],
    build: (b, [x]) => b.reshape(x as Value, []),
  },
  {
    kind: 'broadcast',
    about: 'one axis',
    inputs: [input([2, 1, 3])],
    build: (b, [x]) => b.broadcast(x as Value, [2, 4, 3]),
  },
  {
    kind: 'broadcast',
    about: 'a scalar',
    inputs: [input([])],
    build: (b, [x]) => b.broadcast(x as Value, [2, 3]),
  },
  {
    kind: 'transpose',
    about: 'a cycle of three axes',
    inputs: [input([2, 3, 4])],
    build: (b, [x]) => b.transpose(x as Value, [2, 0, 1]),
  },
  {
    kind: 'transpose',
    about: 'two of eight axes, as interleaving does',
    inputs: [input([1, 2, 2, 1, 3, 2, 1, 2])],
    build: (b, [x]) => b.transpose(x as Value, [0, 4, 5, 1, 6, 2, 7, 3]),
  },
  {
    kind: 'slice',
    about: 'the first axis',
    inputs: [input([4, 3])],
    build: (b, [x]) => b.slice(x as Value, 0, 1, 3),
  },
  {
    kind: 'slice',
    about: 'the end of the last axis',
    inputs: [input([2, 3, 5])],
    build: (b, [x]) => b.slice(x as Value, 2, 3, 5),
  },
  {
    kind: 'pad',
    about: 'both ends',
    inputs: [input([2, 3])],
    build: (b, [x]) => b.pad(x as Value, 1, 2, 1),
  },
  {
    kind: 'pad',
    about: 'one end of the first axis',
    inputs: [input([2, 3])],
    build: (b, [x]) => b.pad(x as Value, 0, 0, 2),
  },
  {
    kind: 'concatenate',
    about: 'three parts of different sizes',
    inputs: [input([2, 1, 3]), input([2, 2, 3]), input([2, 3, 3])],
    build: (b, parts) => b.concatenate(parts, 1),
  },
  {
    kind: 'concatenate',
    about: 'one tensor twice',
    inputs: [input([2, 3])],
    build: (b, [x]) => b.concatenate([x as Value, x as Value], 0),
  },
];

const poolingCases: readonly OpCase[] = [
  { size: [2, 2, 4, 4, 2], window: [2, 2, 2] },
  { size: [1, 3, 3, 4, 2], window: [1, 2, 2] },
  { size: [1, 1, 6, 2, 5], window: [3, 2, 1] },
].flatMap(({ size, window }): OpCase[] => {
  const pooled = size.map((extent, axis) => (axis < 2 ? extent : extent / (window[axis - 2] as number)));
  const gradientCase = (values: ValueKind): OpCase => ({
    kind: 'maxPoolGradient',
    about: `window ${window.join()}, ${values}`,
    inputs: [input(pooled), input(size, values)],
    build: (b, [dy, x]) =>
      b.make({ kind: 'maxPoolGradient', window }, dy as Value, x as Value, b.maxPool(x as Value, window)),
  });
  return [
    {
      kind: 'maxPool',
      about: `window ${window.join()}`,
      inputs: [input(size, 'apart')],
      build: (b, [x]) => b.maxPool(x as Value, window),
    },
    gradientCase('apart'),
    gradientCase('tied'),
  ];
});

const normalizationCases: readonly OpCase[] = (['batch', 'instance'] as const).flatMap((over: StatisticsOver) =>
  [1, 2].flatMap((batch): OpCase[] => {
    const image = input([batch, 3, 2, 3, 2]);
    const [scale, shift] = [input([3]), input([3])];
    const about = `over the ${over}, ${batch} in a batch`;
    const epsilon = 1e-3;
    return [
      {
        kind: 'variance',
        about,
        inputs: [image],
        build: (b, [x]) => b.channelVariance(x as Value, over),
      },
      {
        kind: 'normalize',
        about,
        inputs: [image, scale, shift],
        build: (b, [x, s, t]) => b.normalize(x as Value, s as Value, t as Value, over, epsilon),
      },
      {
        kind: 'normalizeGradient',
        about,
        inputs: [image, image, scale],
        build: (b, [dy, x, s]) =>
          b.make({ kind: 'normalizeGradient', over, epsilon }, dy as Value, x as Value, s as Value),
      },
      {
        kind: 'normalizeScaleGradient',
        about,
        inputs: [image, image],
        build: (b, [dy, x]) => b.make({ kind: 'normalizeScaleGradient', over, epsilon }, dy as Value, x as Value),
      },
    ];
  }),
);

const otherCases: readonly OpCase[] = [
  ...[1, 2].map(
    (batch): OpCase => ({
      kind: 'normalizeByStatistics',
      about: `${batch} in a batch`,
      inputs: [input([batch, 3, 2, 2, 2]), input([3]), input([3]), input([3]), input([3], 'positive')],
      build: (b, [x, scale, shift, mean, variance]) =>
        b.normalizeByStatistics(x as Value, scale as Value, shift as Value, mean as Value, variance as Value, 1e-3),
    }),
  ),
  ...[0, 0.2].map(
    (rate): OpCase => ({
      kind: 'dropout',
      about: `rate ${rate}`,
      inputs: [input([2, 3, 4]), input([2, 3, 4], 'mask')],
      build: (b, [x, mask]) => b.dropout(x as Value, mask as Value, rate),
    }),
  ),
  {
    kind: 'input',
    about: 'handed on unchanged',
    inputs: [input([2, 3])],
    build: (_, [x]) => x as Value,
  },
  {
    kind: 'parameter',
    about: 'added to an input',
    inputs: [input([2, 3])],
    build: (b, [x]) => b.add(x as Value, b.parameter('bias', [2, 3], { kind: 'constant', value: 0 })),
  },
  {
    kind: 'constant',
    about: 'a vector and a scalar',
    inputs: [input([2, 3])],
    build: (b, [x]) => {
      const row = b.make({ kind: 'constant', shape: [1, 3], values: [0.25, -3, 7e-5] });
      return b.multiply(b.add(x as Value, row), b.constant(-1.5));
    },
  },
];

/** At least one case for every op of the closed list. */
export const opCases: readonly OpCase[] = [
  ...binaryCases,
  ...unaryCases,
  ...axisCases,
  ...shapeCases,
  ...convolutionCases,
  ...poolingCases,
  ...normalizationCases,
  ...otherCases,
];
