/** Extents of a tensor, outermost first. A scalar has the empty shape; an image is [N, C, K, J, I]. */
export type Shape = readonly number[];

export type DataType = 'float32' | 'uint8';

/** How a parameter starts: He-normal has standard deviation sqrt(2 / fanIn) (He et al. 2015, arXiv:1502.01852, eq. 10). */
export type Initializer =
  | { readonly kind: 'he-normal'; readonly fanIn: number }
  | { readonly kind: 'constant'; readonly value: number };

/** `weight` is trained by gradient; `statistic` is a moving average that normalization layers keep. */
export type ParameterRole = 'weight' | 'statistic';

/** Over what a normalization takes its mean and variance: [N, K, J, I] of each channel, or [K, J, I] of each channel and sample. */
export type StatisticsOver = 'batch' | 'instance';

/**
 * The closed list of operations. Each maps tensors (the node's inputs, in the order that the comment gives) to one tensor.
 * Shape rules stand in shape.ts, gradient rules in gradient-rules.ts, lowerings in engine/.
 */
export type Op =
  // Sources: no inputs.
  | { readonly kind: 'input'; readonly name: string; readonly shape: Shape; readonly dataType: DataType }
  | {
      readonly kind: 'parameter';
      readonly name: string;
      readonly shape: Shape;
      readonly role: ParameterRole;
      readonly initializer: Initializer;
    }
  | { readonly kind: 'constant'; readonly shape: Shape; readonly values: readonly number[] }
  // Elementwise on (a, b), with broadcasting where a size is 1 or a side is a scalar.
  | { readonly kind: 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' }
  // Elementwise on (x). The sign of 0 is 0; step(x) is 1 where x > 0 and 0 elsewhere; softplus(x) = log(1 + exp(x)).
  | { readonly kind: 'negate' | 'exponential' | 'logarithm' | 'squareRoot' }
  | { readonly kind: 'relu' | 'sign' | 'step' | 'sigmoid' | 'softplus' }
  // (x): exp(x) / sum of exp(x) along the axis, and its logarithm.
  | { readonly kind: 'softmax' | 'logSoftmax'; readonly axis: number }
  // (x): reductions and shape changes; a reduced axis keeps size 1.
  | { readonly kind: 'sum'; readonly axes: readonly number[] }
  | { readonly kind: 'variance'; readonly over: StatisticsOver } // biased; [1 or N, C, 1, 1, 1]
  | { readonly kind: 'reshape'; readonly shape: Shape }
  | { readonly kind: 'broadcast'; readonly shape: Shape }
  | { readonly kind: 'transpose'; readonly permutation: readonly number[] } // axis a of the result is axis permutation[a] of x
  | { readonly kind: 'slice'; readonly axis: number; readonly start: number; readonly end: number }
  | { readonly kind: 'pad'; readonly axis: number; readonly before: number; readonly after: number } // with zeros
  // (x1, x2, …)
  | { readonly kind: 'concatenate'; readonly axis: number }
  // (x [N, Ci, …], w [Co, Ci, …]): zero "same" padding, see convolution-geometry.ts.
  | { readonly kind: 'convolution'; readonly strides: Shape }
  // (y [N, Co, …], w [Co, Ci, …]): the adjoint of `convolution` in x, to an image of the given spatial size.
  | { readonly kind: 'transposedConvolution'; readonly strides: Shape; readonly spatial: Shape }
  // (x [N, Ci, …], y [N, Co, …]): the adjoint of `convolution` in w, to a kernel of the given spatial size.
  | { readonly kind: 'convolutionWeightGradient'; readonly strides: Shape; readonly kernel: Shape }
  // (x): maximum over windows that tile the image without overlap.
  | { readonly kind: 'maxPool'; readonly window: Shape }
  // (gradient of y, x, y = maxPool(x)): ties share the gradient equally.
  | { readonly kind: 'maxPoolGradient'; readonly window: Shape }
  // (x, scale [C], shift [C]): (x - mean) / sqrt(variance + epsilon) * scale + shift with the statistics of x itself.
  | { readonly kind: 'normalize'; readonly over: StatisticsOver; readonly epsilon: number }
  // (gradient of y, x, scale [C]): the gradient of `normalize` in x.
  | { readonly kind: 'normalizeGradient'; readonly over: StatisticsOver; readonly epsilon: number }
  // (gradient of y, x): the gradient of `normalize` in scale, [C].
  | { readonly kind: 'normalizeScaleGradient'; readonly over: StatisticsOver; readonly epsilon: number }
  // (x, scale [C], shift [C], mean [C], variance [C]): the same formula with given statistics.
  | { readonly kind: 'normalizeByStatistics'; readonly epsilon: number }
  // (x, keep mask of 0 and 1 in uint8): x * mask / (1 - rate).
  | { readonly kind: 'dropout'; readonly rate: number };

export type OpKind = Op['kind'];
/** The member of the union that has the kind `K` (among others, where several kinds share their parameters). */
export type OpOf<K extends OpKind> = Op extends infer O
  ? O extends Op
    ? K extends O['kind']
      ? O
      : never
    : never
  : never;
