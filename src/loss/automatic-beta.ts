/** Voxels of a data set by their reference. */
export interface VoxelCounts {
  readonly background: number;
  /** One for each foreground class. */
  readonly foreground: readonly number[];
}

export interface AutomaticBetaOptions {
  /** Lambda, added to the share of the other classes. */
  readonly offset: number;
  /** The largest beta, > 0. */
  readonly cap: number;
}

export interface AutomaticBeta {
  /** The class's share of the voxels that were counted, N_c / N. */
  readonly share: number;
  /** What the rule gives: 0 for a class that fills everything, infinite for one that does not occur. */
  readonly uncapped: number;
  /** The smaller of `uncapped` and the cap. */
  readonly beta: number;
}

/**
 * Beta of each foreground class from how rare it is: b^2 / (1 + b^2) = (N - N_c) / N + lambda (Hashemi et al., MIDL 2019,
 * PMLR 102:260, appendix A), so b = sqrt(q / (1 - q)) with q the right side. N counts the foreground classes; where there is
 * only one, the background is the other class. The rule was meant for classes of tissue: for 0.1 % of foreground against
 * background it gives 31.6, hence the cap.
 */
export function automaticBetas(counts: VoxelCounts, { offset, cap }: AutomaticBetaOptions): readonly AutomaticBeta[] {
  const { background, foreground } = counts;
  const total = foreground.reduce((sum, count) => sum + count, foreground.length === 1 ? background : 0);
  return foreground.map((count) => {
    const share = total === 0 ? 0 : count / total;
    const others = Math.min(Math.max(1 - share + offset, 0), 1);
    const uncapped = Math.sqrt(others / (1 - others));
    return { share, uncapped, beta: Math.min(uncapped, cap) };
  });
}
