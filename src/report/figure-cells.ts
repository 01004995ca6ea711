import type { FigureName, Figures } from '../evaluate/figures.ts';

/** A ratio to three decimals, a count as it is (a mean of counts to one decimal), an en dash where there is no value. */
export function formatFigure(name: FigureName, value: number | null): string {
  if (value === null) return '–';
  if (!isCount(name)) return value.toFixed(3);
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

function isCount(name: FigureName): boolean {
  return /^(TP|FP|FN|TN|n_|lesions_)/.test(name);
}

/** What a reader must know of a case before its figures; null for an ordinary one. */
export function remarkOn(figures: Figures): string | null {
  if (figures.n_ref === 0) return figures.n_pred === 0 ? 'both empty' : 'reference empty';
  return figures.n_pred === 0 ? 'missed' : null;
}
