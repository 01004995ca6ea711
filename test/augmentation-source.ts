import type { AugmentationSource, AugmentedPatch } from '../src/augmentation/source.ts';
import type { Random } from '../src/random.ts';
import { type Triple, voxelCount } from '../src/volume/volume.ts';

/** A case of noise in a brain with ragged borders and labels 1 to 3 in it; 0 outside the brain, and in channels it lacks. */
export function randomSource(
  random: Random,
  shape: Triple,
  spacing: Triple,
  present: readonly boolean[] = [true, true],
): AugmentationSource {
  const voxels = voxelCount(shape);
  const brain = Uint8Array.from({ length: voxels }, () => (random.uniform() < 0.8 ? 1 : 0));
  const labels = brain.map((isBrain) => (isBrain && random.uniform() < 0.3 ? 1 + random.integer(3) : 0));
  const image = new Float32Array(present.length * voxels);
  for (let n = 0; n < image.length; n++) {
    image[n] = brain[n % voxels] && present[Math.floor(n / voxels)] ? random.normal() : 0;
  }
  return { shape, spacing, image, labels, brain, present };
}

/** A patch full of numbers that no cut gives. */
export function emptyPatch(patch: Triple, channels: number): AugmentedPatch {
  const voxels = voxelCount(patch);
  const bytes = () => new Uint8Array(voxels).fill(77);
  return { image: new Float32Array(channels * voxels).fill(77), labels: bytes(), inside: bytes(), brain: bytes() };
}
