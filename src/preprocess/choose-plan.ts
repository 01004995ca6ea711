import type { Triple } from '../volume/volume.ts';
import type { CaseFingerprint } from './fingerprint.ts';
import type { NormalizationChoice, PreprocessPlan } from './plan.ts';
import { chooseSpacing } from './spacing.ts';

/** What the user leaves to the data, or not. */
export interface PlanChoices {
  readonly modalities: readonly string[];
  /** In mm along x, y, z; `auto`: from the data; null: each scan keeps its own. */
  readonly spacing: Triple | 'auto' | null;
  readonly normalization: NormalizationChoice;
}

/** The plan for subjects like these; at least one. A spacing from the data is rounded to nanometers, to be readable. */
export function choosePlan(
  subjects: readonly Pick<CaseFingerprint, 'spacing'>[],
  { modalities, spacing, normalization }: PlanChoices,
): PreprocessPlan {
  const chosen = spacing === 'auto' ? chooseSpacing(subjects.map((subject) => subject.spacing)).map(rounded) : spacing;
  return {
    version: 1,
    modalities: [...modalities],
    spacing: chosen === null ? null : [chosen[0], chosen[1], chosen[2]],
    normalization,
  };
}

function rounded(length: number): number {
  return Number(length.toFixed(6));
}
