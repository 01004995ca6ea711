// What fusing overlapping patches is worth: held-out subjects predicted with tiles side by side, and with half-overlapping tiles under a
// uniform, a Gaussian and the B-spline window, each with one view and with four. Prints Dice, APR, and the share of wrong voxels
// by their distance to the seams of the tiles that stand side by side; and how well the vote spread tells wrong voxels (AUROC).
//
//   npm run build && node bench/fusion.mjs DATA RUN [RUN …] --threads 2
//
// Each RUN predicts its own held-out subjects, by its model's patch. All tilings start half a patch before the volume (as the paper's), so that
// their seams are where the patch says; with `--padding fit` they lie within the volume, and the table by distance is left out. Figures are means over subjects and labels; wrong voxels are
// counted within 5 mm of the reference, all subjects together.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadDataset } from '../dist/dataset/load-dataset.js';
import { loadSubject } from '../dist/dataset/load-subject.js';
import { evaluateCase } from '../dist/evaluate/evaluate-case.js';
import { thresholdCurve } from '../dist/evaluate/threshold-curve.js';
import { ChildEngine } from '../dist/node/child-engine.js';
import { nodeFileAccess } from '../dist/node/file-access.js';
import { loadModel } from '../dist/node/load-model.js';
import { loadForPrediction } from '../dist/predict/ensemble.js';
import { resolvePrediction } from '../dist/predict/options.js';
import { predictPrepared, prepareForAll } from '../dist/predict/predict.js';
import { restoreProbabilities } from '../dist/preprocess/prepare.js';
import { spacingOf } from '../dist/volume/affine.js';
import { squaredDistances } from '../dist/volume/distance-transform.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '2' },
    subjects: { type: 'string' },
    padding: { type: 'string', default: 'half' },
  },
});
const [data, ...runs] = positionals;
if (runs.length === 0) throw new Error('Name a dataset and the folder of a run, or several.');
const tilings = {
  'side by side': { overlap: 0, window: 'uniform' },
  'half-overlapping, uniform': { overlap: 0.5, window: 'uniform' },
  'half-overlapping, Gaussian': { overlap: 0.5, window: 'gaussian' },
  'half-overlapping, B-spline': { overlap: 0.5, window: 'spline' },
};
const settings = Object.entries(tilings).flatMap(([name, tiling]) =>
  [1, 4].map((views) => ({ name, views, options: { ...tiling, views, padding: values.padding } })),
);
/** Distances to the nearest seam, in voxels of the network's grid: each up to the next one. */
const DISTANCES = [0, 1, 2, 3, 5, 8];
const NEAR = 5;

const { subjects } = await loadDataset(nodeFileAccess, data);
const engine = new ChildEngine({ threads: Number(values.threads) });
const tallies = settings.map(() => ({ dice: [], apr: [], aurocBrain: [], aurocNear: [], wrong: [], counted: [] }));
let predicted = 0;
for (const run of runs) {
  const model = await loadModel(`${run}/model.onnx`);
  const { config } = JSON.parse(readFileSync(`${run}/config.json`, 'utf8'));
  const splits = JSON.parse(readFileSync(`${run}/splits_final.json`, 'utf8'));
  const { labels } = model.description;
  const heldOut = splits[splits.length === 1 ? 0 : config.fold].val.slice(
    0,
    Number(values.subjects ?? Number.POSITIVE_INFINITY),
  );
  for (const id of heldOut) {
    const { modalities } = model.description.preprocess;
    const subject = subjects.find((one) => one.id === id);
    const loaded = await loadSubject(nodeFileAccess, subject, {
      modalities,
      labels,
      needReference: true,
      missing: 'allowed',
    });
    const images = Object.fromEntries(
      modalities.flatMap((name, at) => (loaded.images[at] === null ? [] : [[name, loaded.images[at]]])),
    );
    const { reference } = loaded;
    for (const [index, { options }] of settings.entries()) {
      const ensemble = await loadForPrediction(engine, model, resolvePrediction(model.description, options));
      const prepared = prepareForAll(ensemble, images, loaded.brainMask);
      const prediction = await predictPrepared(ensemble, prepared, { label: id, voteSpread: true });
      await ensemble.release();
      tally(tallies[index], prediction, reference, prepared[0], labels, model.description.patch);
    }
    predicted++;
    console.error(`${id} (${predicted})`);
  }
}
await engine.close();

function tally(into, { mask, probabilities, voteSpread }, reference, prepared, labels, patch) {
  const maps = Object.fromEntries(labels.map(({ value }, at) => [String(value), probabilities[at]]));
  const figures = evaluateCase(mask, reference, { labels: labels.map(({ value }) => value), probabilities: maps });
  for (const { value } of labels) {
    if (figures[value].Dice !== null) into.dice.push(figures[value].Dice);
    if (figures[value].APR !== null) into.apr.push(figures[value].APR);
  }
  const near = squaredDistances(reference.data, reference.shape, spacingOf(reference.affine)).map((squared) =>
    squared <= NEAR * NEAR ? 1 : 0,
  );
  const isWrong = Uint8Array.from(mask.data, (label, v) => (label === reference.data[v] ? 0 : 1));
  const spread = voteSpread.reduce(
    (sum, map) => sum.map((value, v) => value + map.data[v]),
    new Float32Array(mask.data.length),
  );
  const within = { aurocBrain: prepared.sourceBrain, aurocNear: Uint8Array.from(near) };
  for (const [name, region] of Object.entries(within)) {
    const area = thresholdCurve(spread, isWrong, region).rocArea;
    if (area !== null) into[name].push(area);
  }
  const seams = restoreProbabilities(seamDistances(prepared.grid.shape, patch), prepared).data;
  for (let v = 0; v < near.length; v++) {
    if (near[v] === 0 || prepared.sourceBrain[v] === 0) continue;
    const bin = DISTANCES.findLastIndex((distance) => seams[v] >= distance - 1e-3);
    into.counted[bin] = (into.counted[bin] ?? 0) + 1;
    into.wrong[bin] = (into.wrong[bin] ?? 0) + isWrong[v];
  }
}

/** How many voxels lie between each voxel and the nearest seam of tiles side by side; those at a seam have 0. */
function seamDistances(shape, patch) {
  const [alongI, alongJ, alongK] = shape.map((length, axis) => {
    const first = patch[axis] - Math.ceil(patch[axis] / 2);
    return Float32Array.from({ length }, (_, at) => {
      let nearest = Number.POSITIVE_INFINITY;
      for (let seam = first; seam < length; seam += patch[axis]) {
        nearest = Math.min(nearest, at >= seam ? at - seam : seam - 1 - at);
      }
      return nearest;
    });
  });
  const distances = new Float32Array(shape[0] * shape[1] * shape[2]);
  let v = 0;
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let i = 0; i < shape[0]; i++) distances[v++] = Math.min(alongI[i], alongJ[j], alongK[k], 1e6);
    }
  }
  return distances;
}

const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
const title = (distance, at) => {
  const next = DISTANCES[at + 1];
  return next === undefined ? `${distance}+` : next === distance + 1 ? `${distance}` : `${distance}-${next - 1}`;
};
const print = (header, rows) =>
  console.log(`${[header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`);
console.log(`${predicted} subjects, none of which its model was trained on.\n`);
print(
  ['tiles', 'views', 'Dice', 'APR', 'AUROC of the vote spread, brain', 'within 5 mm'],
  settings.map(({ name, views }, at) => [
    ...[name, views, mean(tallies[at].dice).toFixed(4), mean(tallies[at].apr).toFixed(4)],
    ...[mean(tallies[at].aurocBrain).toFixed(3), mean(tallies[at].aurocNear).toFixed(3)],
  ]),
);
if (values.padding === 'half') {
  console.log('Wrong voxels, of those within 5 mm of the reference, by distance to the nearest seam in voxels:\n');
  print(
    ['tiles', 'views', ...DISTANCES.map(title)],
    settings.map(({ name, views }, at) => [
      ...[name, views],
      ...DISTANCES.map((_, bin) =>
        tallies[at].counted[bin]
          ? `${((100 * (tallies[at].wrong[bin] ?? 0)) / tallies[at].counted[bin]).toFixed(2)} %`
          : '–',
      ),
    ]),
  );
}
