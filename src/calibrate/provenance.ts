import { z } from 'zod';
import { DataError } from '../errors.ts';
import { encodeModel, type Model } from '../model/model-file.ts';
import { sha256 } from '../preprocess/digest.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { sidecarOfMap } from './probability-maps.ts';

/** What matters here of a sidecar (predict/sidecar.ts). */
const sidecarSchema = z.object({
  Models: z
    .array(
      z.object({
        SHA256: z.string(),
        Patch: z.array(z.number()),
        Overlap: z.number(),
        Window: z.string(),
        Padding: z.string(),
        Views: z.number(),
      }),
    )
    .min(1),
});
type Sidecar = z.infer<typeof sidecarSchema>;

/**
 * Which models made some probability maps, as their sidecars tell.
 * @param areOfSeveral whether they are of one of several classes each
 * @returns one entry for each distinct way of making them; null for maps without a sidecar that tells it
 */
export async function provenanceOf(
  files: FileAccess,
  maps: readonly string[],
  areOfSeveral = false,
): Promise<readonly (Sidecar | null)[]> {
  const found = new Map<string, Sidecar | null>();
  for (const map of maps) {
    const path = sidecarOfMap(map, areOfSeveral);
    const sidecar = path !== null && (await files.exists(path)) ? parse(await files.readText(path)) : null;
    found.set(JSON.stringify(sidecar), sidecar);
  }
  return [...found.values()];
}

function parse(text: string): Sidecar | null {
  try {
    return sidecarSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/**
 * Refuses probabilities of several models for a rule with a guarantee, since it is for the one model that made them all: the maps of a
 * cross-validation come from one model a fold.
 *
 * @throws DataError
 */
export function requireOneOrigin(provenance: readonly (Sidecar | null)[]): void {
  if (provenance.length < 2) return;
  throw new DataError(
    "The subjects' probabilities were not all made by the same models with the same settings, as their sidecars tell. " +
      'A miss rate is guaranteed for what made them all; those of a cross-validation guarantee nothing of one model. ' +
      'Predict all calibration subjects with the model that will be used.',
  );
}

/**
 * Refuses probabilities that a model did not make alone and with its own defaults, for which its threshold is.
 *
 * @returns whether the sidecars tell that it did; false where some map has none
 * @throws DataError where they tell of others
 */
export async function isMadeBy(model: Model, provenance: readonly (Sidecar | null)[]): Promise<boolean> {
  const { patch, prediction } = model.description;
  const { overlap, window, padding, views } = prediction;
  const own = {
    SHA256: await sha256(encodeModel(model)),
    Patch: patch,
    Overlap: overlap,
    Window: window,
    Padding: padding,
    Views: views,
  };
  for (const sidecar of provenance) {
    if (sidecar === null || JSON.stringify(sidecar.Models) === JSON.stringify([own])) continue;
    const differs = sidecar.Models.length === 1 && sidecar.Models[0]?.SHA256 === own.SHA256 ? 'settings' : 'models';
    throw new DataError(
      differs === 'models'
        ? 'The probabilities were made by another model, or by several, as their sidecars tell. Give the model that made them.'
        : "The probabilities were made with other settings than the model's own, as their sidecars tell, and its threshold is for these. " +
            'Predict without --patch, --overlap, --window, --padding and --views.',
    );
  }
  return !provenance.includes(null);
}
