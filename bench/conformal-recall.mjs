// Tries the bound of conformal risk control on subjects at hand: splits them at random into calibration and test subjects many times, and
// prints for each alpha the mean realized miss rate of the test subjects, its Monte Carlo error, and what it costs in PPV.
//
//   npm run build && node bench/conformal-recall.mjs PREDICTIONS REFERENCES --alphas 0.05,0.1,0.2 --calibration 40 --splits 1000
//
// PREDICTIONS holds the maps of `rarevox predict --save-probabilities`, of subjects that the model was not trained on; REFERENCES is a
// dataset or a folder of label maps. The Monte Carlo error is that of the splits: it does not tell how far other subjects would differ.
import { parseArgs } from 'node:util';
import { figuresAt } from '../dist/calibrate/figures-at.js';
import { missRateThreshold, subjectsNeeded } from '../dist/calibrate/miss-rate.js';
import { readCalibrationSubjects } from '../dist/calibrate/read-subjects.js';
import { openReferences } from '../dist/cli/references.js';
import { DataError } from '../dist/errors.js';
import { nodeFileAccess } from '../dist/node/file-access.js';
import { quantile } from '../dist/quantile.js';
import { Random } from '../dist/random.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    alphas: { type: 'string', default: '0.05,0.1,0.15,0.2,0.3' },
    calibration: { type: 'string' },
    splits: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '0' },
  },
});
const [predictions, references] = positionals;
if (references === undefined) throw new Error('Name the folder of predictions and the references.');
const splits = Number(values.splits);
const opened = await openReferences(nodeFileAccess, references);
const { subjects, missing } = await readCalibrationSubjects(nodeFileAccess, predictions, opened.references, {
  allowMissing: true,
  declaredLabels: opened.labels,
});
const n = Number(values.calibration ?? Math.floor(subjects.length / 2));
if (!(n >= 1 && n < subjects.length)) {
  throw new Error(`${subjects.length} subjects: --calibration must leave at least one to test on.`);
}

const unreached = figuresAt(subjects, 0).missRate;
const empty = subjects.filter(({ referenceVoxels }) => referenceVoxels === 0).length;
console.log(
  `${subjects.length} subjects (${empty} with an empty reference, ${missing.length} without predictions left out), ${splits} splits into ${n} to ` +
    `calibrate and ${subjects.length - n} to test on, seed ${values.seed}. Mean miss rate with every probability above 0 marked: ` +
    `${unreached.toFixed(4)}.\n`,
);
console.log('| alpha | splits with a threshold | miss rate | MC error | PPV | Dice | threshold: 5 %, median, 95 % |');
console.log('|---:|---:|---:|---:|---:|---:|---|');
for (const alpha of values.alphas.split(',').map(Number)) {
  if (subjectsNeeded(alpha) > n) {
    console.log(`| ${alpha} | needs ${subjectsNeeded(alpha)} to calibrate on | | | | | |`);
    continue;
  }
  const thresholds = [];
  // A split without a threshold counts with a miss rate of 0: that is what the theorem bounds where alpha may be out of reach.
  const missRates = [];
  const precisions = [];
  const dices = [];
  for (let split = 0; split < splits; split++) {
    const shuffled = new Random(Number(values.seed), 'split', split).shuffle(subjects);
    try {
      const threshold = missRateThreshold(shuffled.slice(0, n), alpha);
      const { missRate, precision, dice } = figuresAt(shuffled.slice(n), threshold);
      thresholds.push(threshold);
      missRates.push(missRate);
      if (precision.mean !== null) precisions.push(precision.mean);
      if (dice.mean !== null) dices.push(dice.mean);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      missRates.push(0);
    }
  }
  const mean = meanOf(missRates);
  const variance = missRates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / Math.max(1, splits - 1);
  const sorted = thresholds.sort((a, b) => a - b);
  const distribution = [0.05, 0.5, 0.95].map((share) =>
    sorted.length === 0 ? '–' : quantile(sorted, share).toFixed(4),
  );
  const cells = [
    alpha,
    thresholds.length,
    mean.toFixed(4),
    Math.sqrt(variance / splits).toFixed(4),
    format(precisions),
    format(dices),
    distribution.join(', '),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

function meanOf(list) {
  return list.reduce((sum, value) => sum + value, 0) / list.length;
}

function format(list) {
  return list.length === 0 ? '–' : meanOf(list).toFixed(4);
}
