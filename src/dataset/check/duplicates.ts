import type { ScalarVolume } from '../../volume/volume.ts';
import type { Subject } from '../subject.ts';
import { type Fault, faultOf } from './fault.ts';

export interface DigestedImage {
  readonly subject: string;
  readonly modality: string;
  readonly path: string;
  readonly digest: string;
}

/** SHA-256 over shape and voxel values, in hexadecimal: what a file holds, however it is compressed, typed or named. */
export async function digestOf(volume: ScalarVolume): Promise<string> {
  const voxels = new Uint8Array(volume.data.buffer, volume.data.byteOffset, volume.data.byteLength);
  const hash = await crypto.subtle.digest('SHA-256', voxels as Uint8Array<ArrayBuffer>);
  return [...volume.shape, ...new Uint8Array(hash)].map((byte) => byte.toString(16)).join('-');
}

/**
 * Images with the same voxels under two names. Where all images of a subject are those of an earlier one, it is one fault,
 * of the subject.
 */
export function findDuplicates(subjects: readonly Subject[], images: readonly DigestedImage[]): Fault[] {
  const faults: Fault[] = [];
  const bySubject = new Map<string, DigestedImage[]>();
  for (const image of images) bySubject.set(image.subject, [...(bySubject.get(image.subject) ?? []), image]);
  const duplicates = new Set<string>();
  const earlier = new Map<string, string>();
  for (const { id } of subjects) {
    const own = bySubject.get(id) ?? [];
    if (own.length === 0) continue;
    const key = own
      .map(({ digest }) => digest)
      .sort()
      .join();
    const other = earlier.get(key);
    if (other === undefined) earlier.set(key, id);
    else {
      duplicates.add(id);
      const how = `all images of ${id} hold the same voxels as those of ${other}`;
      faults.push(faultOf('duplicate-subject', { file: own[0].path, subject: id }, { how }));
    }
  }
  const seen = new Map<string, string>();
  for (const { subject, modality, path, digest } of images) {
    const other = seen.get(digest);
    const use = `${modality} of ${subject}`;
    if (other === undefined) seen.set(digest, `${path}, the ${use}`);
    else if (!duplicates.has(subject))
      faults.push(faultOf('identical-images', { file: path, subject }, { use, other }));
  }
  return faults;
}
