import type { Subject } from '../dataset/subject.ts';
import type { Ensemble, Member } from './ensemble.ts';
import type { DecisionSettings } from './options.ts';

/** The JSON file beside a mask: what it was made from, by which models, and with which settings. */
export function sidecar(
  { members, labels, modalities, settings }: Ensemble,
  subject: Subject,
  version: string,
): string {
  const { card } = (members[0] as Member).model.description;
  const content = {
    Description: `${card.task}, predicted by rarevox ${version}`,
    Sources: modalities.map((modality) => subject.images[modality]),
    Models: members.map(({ model, voting, digest }) => ({
      Name: model.description.card.name,
      SHA256: digest,
      Patch: voting.patch,
      Overlap: voting.overlap,
      Window: voting.window,
      Padding: voting.padding,
      Views: voting.views,
    })),
    Labels: Object.fromEntries(labels.map(({ value, name }) => [name, value])),
    ...(labels.length === 1 ? { Threshold: settings.threshold } : {}),
    ...(settings.hysteresis === null ? {} : { Hysteresis: settings.hysteresis }),
    FillHoles: settings.fillHoles,
    LesionThreshold: settings.lesionThreshold,
    LesionConnectivity: settings.connectivity,
    PostProcessing: postProcessing(settings),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** What was done to the mask, in words and in order. */
function postProcessing({
  threshold,
  hysteresis,
  fillHoles,
  lesionThreshold,
  connectivity,
}: DecisionSettings): 'none' | readonly string[] {
  const steps: string[] = [];
  if (hysteresis !== null) {
    steps.push(
      `hysteresis: ${connectivity}-connected components of probability >= ${hysteresis} that hold a voxel >= ${threshold}`,
    );
  }
  if (fillHoles) steps.push('holes filled: background whose faces lead nowhere to the border of the image');
  if (lesionThreshold > 0) {
    steps.push(`lesions removed: ${connectivity}-connected components smaller than ${lesionThreshold} mm3`);
  }
  return steps.length === 0 ? 'none' : steps;
}
