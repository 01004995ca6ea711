/** A validation as far as choosing the best one needs it. */
interface Scored {
  readonly step: number;
  /** Mean Dice, 0 to 1; null where it is undefined or was not computed. */
  readonly mean: number | null;
}

/** The first validation with the highest mean Dice; null where none has one. */
export function bestValidation(
  validations: readonly Scored[],
): { readonly step: number; readonly mean: number } | null {
  let best: { step: number; mean: number } | null = null;
  for (const { step, mean } of validations) {
    if (mean !== null && Number.isFinite(mean) && (best === null || mean > best.mean)) best = { step, mean };
  }
  return best;
}
