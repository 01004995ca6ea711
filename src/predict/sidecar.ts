import { z } from 'zod';
import type { Subject } from '../dataset/subject.ts';
import { DataError } from '../errors.ts';
import { digestOf } from '../preprocess/digest.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { withoutImageExtension } from '../volume/image-name.ts';
import type { Ensemble, Member } from './ensemble.ts';
import type { DecisionSettings } from './options.ts';

/**
 * The JSON file beside a mask: what it was made from, by which models, with which settings and version. It holds all that
 * the mask depends on, so that a mask whose sidecar is the one that would be written needs no second prediction.
 */
export async function sidecarOf(
  files: FileAccess,
  { members, labels, modalities, settings }: Ensemble,
  subject: Subject,
  version: string,
): Promise<string> {
  const { card } = (members[0] as Member).model.description;
  const { images, frames, brainMask } = subject;
  const used = modalities.filter((modality) => images[modality] !== undefined);
  const sources = [
    ...used.map((modality) => images[modality] as string),
    ...(brainMask === undefined ? [] : [brainMask]),
  ];
  const content = {
    Description: `${card.task}, predicted by rarevox ${version}`,
    Sources: sources,
    SourcesSHA256: await digestsOf(files, sources),
    Modalities: used,
    ...(frames === undefined ? {} : { Frames: used.map((modality) => frames[modality] ?? null) }),
    BrainMask: brainMask !== undefined,
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

/**
 * Whether two sidecars tell of the same prediction: all but the paths of the sources, whose content counts, is the same. Never
 * where the content of a source is not known.
 */
export function isSamePrediction(one: string, other: string): boolean {
  const [a, b] = [comparable(one), comparable(other)];
  return a !== null && a === b;
}

/** The threshold of masks, by the sidecars beside them; null where one has none, or they differ. */
export async function readThreshold(files: FileAccess, masks: readonly string[]): Promise<number | null> {
  const thresholds = new Set<number | null>();
  for (const mask of masks) {
    const path = `${withoutImageExtension(mask)}.json`;
    thresholds.add((await files.exists(path)) ? thresholdIn(await files.readText(path)) : null);
  }
  const [first = null] = thresholds;
  return thresholds.size === 1 ? first : null;
}

const thresholdSchema = z.object({ Threshold: z.number() });

function thresholdIn(sidecar: string): number | null {
  try {
    return thresholdSchema.safeParse(JSON.parse(sidecar)).data?.Threshold ?? null;
  } catch {
    return null;
  }
}

function comparable(sidecar: string): string | null {
  try {
    const content: unknown = JSON.parse(sidecar);
    if (typeof content !== 'object' || content === null) return null;
    const { Sources: _, ...rest } = content as Readonly<Record<string, unknown>>;
    const digests = rest.SourcesSHA256;
    return Array.isArray(digests) && !digests.includes(null) ? JSON.stringify(rest) : null;
  } catch {
    return null;
  }
}

/** Null for a file that can't be read, which reading it as an image will tell better, or that may name another one. */
async function digestsOf(files: FileAccess, paths: readonly string[]): Promise<(string | null)[]> {
  const digests: (string | null)[] = [];
  for (const path of paths) {
    try {
      digests.push(await digestOf(files, path));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      digests.push(null);
    }
  }
  return digests;
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
