// Makes one class of several: sums the classes' probability maps of each subject, and marks every label of its reference, so that what
// is for one class (calibrate, bench/conformal-recall.mjs) can be tried on a model of several.
//
//   npm run build && node bench/union-of-classes.mjs PREDICTIONS REFERENCES OUT
//
// Writes OUT/predictions and OUT/references.
import { openReferences } from '../dist/cli/references.js';
import { listProbabilityMaps } from '../dist/evaluate/probability-files.js';
import { nodeFileAccess } from '../dist/node/file-access.js';
import { writeNifti } from '../dist/volume/nifti-write.js';
import { readImage, readLabels } from '../dist/volume/read-image.js';

const [predictions, given, out] = process.argv.slice(2);
if (out === undefined) throw new Error('Name the folder of predictions, the references and a folder to write to.');
const files = nodeFileAccess;
const bySubject = new Map();
for (const map of await listProbabilityMaps(files, predictions)) {
  const subject = map.path.replace(/^.*\//, '').replace(/_label-.*$/, '');
  bySubject.set(subject, [...(bySubject.get(subject) ?? []), map]);
}
const { references } = await openReferences(files, given);
const list = typeof references === 'string' ? [] : references;
for (const [subject, maps] of bySubject) {
  const reference = list.find(({ path }) => path.replace(/^.*\//, '').startsWith(subject));
  if (reference === undefined) throw new Error(`${subject} has no reference in ${given}`);
  const volumes = [];
  for (const { path } of maps) volumes.push((await readImage(files, path)).volume);
  const { header, volume: labels } = await readLabels(files, reference.path);
  const data = volumes[0].data.map((_, v) =>
    Math.min(
      1,
      volumes.reduce((sum, map) => sum + map.data[v], 0),
    ),
  );
  const union = { ...volumes[0], data };
  const mask = { ...labels, data: Uint8Array.from(labels.data, (label) => (label === 0 ? 0 : 1)) };
  await writeNifti(files, `${out}/predictions/${subject}_label-union_probseg.nii.gz`, union, header);
  await writeNifti(files, `${out}/references/${subject}.nii.gz`, mask, header);
}
console.log(`${bySubject.size} subjects, ${[...bySubject.values()][0]?.length} classes each`);
