import type { Subject } from '../dataset/subject.ts';
import type { Ensemble, Member } from './ensemble.ts';

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
    PostProcessing: 'none',
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
