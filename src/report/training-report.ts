import type { RunDescription } from '../train/run-description.ts';
import { notesSection, type Provenance, provenanceSection, renderPage, section } from './page.ts';
import type { TrainingCurve } from './training-chart.ts';
import { renderTraining } from './training-section.ts';

export interface TrainingReport {
  readonly title: string;
  readonly training: TrainingCurve;
  readonly description: RunDescription;
  readonly notes: readonly string[];
  readonly provenance: Provenance;
}

/** The report of a training by itself: its curve, its configuration and how it was made. */
export function renderTrainingReport({ title, training, description, notes, provenance }: TrainingReport): string {
  return renderPage(title, [
    section('training', 'Training', renderTraining(training, description)),
    notesSection(notes),
    provenanceSection(provenance),
  ]);
}
