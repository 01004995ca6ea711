import { z } from 'zod';
import { spacingOf, voxelVolumeOf } from '../volume/affine.ts';
import { orientationOf, rasGrid } from '../volume/orientation.ts';
import type { LabelVolume } from '../volume/volume.ts';
import { measureBrain } from './brain.ts';
import { brainOf, type CaseInput, checkInput, firstImageOf } from './case-input.ts';
import { momentsOf, valuesWithin } from './moments.ts';
import { percentilesOf } from './percentile.ts';

const number = z.number();
const triple = z.tuple([number, number, number]);
/** Names with a letter in front: JSON would put the whole numbers among plain ones first. */
const PERCENTILES = ['p0.5', 'p5', 'p50', 'p95', 'p99.5'] as const;

const intensitySchema = z.strictObject({
  mean: number,
  standardDeviation: number,
  percentiles: z.record(z.enum(PERCENTILES), number),
});
const labelSchema = z.strictObject({ voxels: number, milliliters: number });

/** What one subject's scans are like, before they are prepared. */
export const caseFingerprintSchema = z.strictObject({
  id: z.string(),
  /** Of the file: where i, j, k run to, such as LPS. */
  orientation: z.string(),
  /** Voxels along x, y, z: after turning the scan to RAS+. */
  shape: triple,
  /** In mm along x, y, z. */
  spacing: triple,
  brain: z.strictObject({
    from: z.enum(['mask', 'voxels other than 0']),
    voxels: number,
    milliliters: number,
    /** In mm along x, y, z: the box around the brain. */
    extent: triple,
    /** The brain's share of that box. */
    boxShare: number,
  }),
  /** By modality that the subject has, over the voxels of the brain. */
  intensities: z.record(z.string(), intensitySchema),
  /** By the label's value, as in summary.json. */
  labels: z.record(z.string(), labelSchema),
});
export type CaseFingerprint = z.infer<typeof caseFingerprintSchema>;

/** What a dataset is like: the plan is chosen from it. */
export const datasetFingerprintSchema = z.strictObject({
  version: z.literal(1),
  dataset: z.string(),
  labels: z.array(z.strictObject({ value: number, name: z.string() })),
  /** The median over the subjects, of each number by itself. */
  median: caseFingerprintSchema.pick({ shape: true, spacing: true, intensities: true, labels: true }).extend({
    brainMilliliters: number,
  }),
  subjects: z.array(caseFingerprintSchema),
});
export type DatasetFingerprint = z.infer<typeof datasetFingerprintSchema>;

interface Label {
  readonly value: number;
  readonly name: string;
}

/**
 * Measures a subject's scans as they were read. Statistics are rounded to six significant digits, the spacing to
 * nanometers, which is finer than what headers hold.
 *
 * @param modalities names of the images, in their order
 * @param labels those to count in the reference, where there is one
 * @throws DataError as `prepareCase` does for scans that don't fit together or are empty
 */
export function fingerprintCase(
  id: string,
  input: CaseInput,
  modalities: readonly string[],
  labels: readonly Label[],
): CaseFingerprint {
  checkInput(input, modalities);
  const source = firstImageOf(input);
  const turned = rasGrid(source);
  const spacing = spacingOf(turned.affine);
  const brain = brainOf(input);
  const { voxels, milliliters, extent, boxShare } = measureBrain(brain, source);
  return {
    id,
    orientation: orientationOf(source.affine),
    shape: [...turned.shape],
    spacing: [toNanometers(spacing[0]), toNanometers(spacing[1]), toNanometers(spacing[2])],
    brain: {
      from: input.brainMask === undefined ? 'voxels other than 0' : 'mask',
      voxels,
      milliliters: rounded(milliliters),
      extent: [rounded(extent[0]), rounded(extent[1]), rounded(extent[2])],
      boxShare: rounded(boxShare),
    },
    intensities: Object.fromEntries(
      modalities.flatMap((modality, channel) => {
        const image = input.images[channel];
        return image === null ? [] : [[modality, intensityOf(image.data, brain)]];
      }),
    ),
    labels: input.reference === undefined ? {} : labelCounts(input.reference, labels),
  };
}

/**
 * The fingerprint of a dataset from those of its subjects; at least one, all with the same labels. The medians of a modality are
 * over the subjects that have it.
 */
export function fingerprintDataset(
  dataset: string,
  labels: readonly Label[],
  subjects: readonly CaseFingerprint[],
): DatasetFingerprint {
  const over = (pick: (subject: CaseFingerprint) => number): number => medianOf(subjects.map(pick));
  const along = (pick: (subject: CaseFingerprint) => readonly number[]): [number, number, number] => [
    over((subject) => pick(subject)[0]),
    over((subject) => pick(subject)[1]),
    over((subject) => pick(subject)[2]),
  ];
  const first = subjects[0];
  const modalities = new Set(subjects.flatMap((subject) => Object.keys(subject.intensities)));
  const intensities = [...modalities].map((modality) => {
    const measured = subjects.flatMap((subject) => subject.intensities[modality] ?? []);
    const overMeasured = (pick: (one: z.infer<typeof intensitySchema>) => number): number =>
      rounded(medianOf(measured.map(pick)));
    const percentiles = PERCENTILES.map((name) => [name, overMeasured(({ percentiles: values }) => values[name])]);
    return [
      modality,
      {
        mean: overMeasured(({ mean }) => mean),
        standardDeviation: overMeasured(({ standardDeviation }) => standardDeviation),
        percentiles: Object.fromEntries(percentiles),
      },
    ];
  });
  const counts = Object.keys(first.labels).map((value) => [
    value,
    {
      voxels: over((subject) => subject.labels[value].voxels),
      milliliters: rounded(over((subject) => subject.labels[value].milliliters)),
    },
  ]);
  return {
    version: 1,
    dataset,
    labels: labels.map(({ value, name }) => ({ value, name })),
    median: {
      shape: along(({ shape }) => shape),
      spacing: along(({ spacing }) => spacing),
      brainMilliliters: rounded(over(({ brain }) => brain.milliliters)),
      intensities: Object.fromEntries(intensities),
      labels: Object.fromEntries(counts),
    },
    subjects: [...subjects],
  };
}

function intensityOf(image: Float32Array, brain: Uint8Array): z.infer<typeof intensitySchema> {
  const { mean, deviation } = momentsOf(image, brain);
  const values = percentilesOf(
    valuesWithin(image, brain),
    PERCENTILES.map((name) => Number(name.slice(1))),
  );
  const percentiles = Object.fromEntries(PERCENTILES.map((name, index) => [name, rounded(values[index])]));
  return {
    mean: rounded(mean),
    standardDeviation: rounded(deviation),
    percentiles: percentiles as Record<(typeof PERCENTILES)[number], number>,
  };
}

function labelCounts(reference: LabelVolume, labels: readonly Label[]): CaseFingerprint['labels'] {
  const histogram = new Float64Array(256);
  for (let v = 0; v < reference.data.length; v++) histogram[reference.data[v]]++;
  const volume = voxelVolumeOf(reference.affine) / 1000;
  return Object.fromEntries(
    labels.map(({ value }) => [
      String(value),
      { voxels: histogram[value], milliliters: rounded(histogram[value] * volume) },
    ]),
  );
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

function toNanometers(millimeters: number): number {
  return Number(millimeters.toFixed(6));
}
