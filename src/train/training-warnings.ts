import { teachesBackground } from '../loss/loss-description.ts';
import { backgroundShareOf } from '../patch/selection-options.ts';
import { rateWarning } from './divergence.ts';
import type { RunDescription } from './run-description.ts';

/** What the user should know before a run, and that does not end it. */
export function trainingWarnings({ config, labels, loss }: RunDescription): string[] {
  const warnings: string[] = [];
  const rate = rateWarning(config.optimizer, config.learningRate);
  if (rate !== null) warnings.push(rate);
  for (const [index, { share, uncapped, beta }] of (loss.automaticBetas ?? []).entries()) {
    const percent = Number((100 * share).toPrecision(3));
    const ruled = uncapped === null ? 'infinite' : Number(uncapped.toPrecision(3));
    warnings.push(
      `beta of ${labels[index]?.name}: ${Number(beta.toPrecision(3))} (${percent} % of the counted voxels; the rule without its cap gives ${ruled}).`,
    );
  }
  const background = Math.round(100 * backgroundShareOf(config.selection));
  if (!teachesBackground(loss) && background > 0) {
    warnings.push(
      `A patch without foreground has no gradient under the loss ${config.loss}: of the ${background} % of patches that are placed anywhere, those teach nothing. Add cross-entropy, as in --loss ${config.loss}+cross-entropy.`,
    );
  }
  return warnings;
}
