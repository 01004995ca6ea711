import type { Dataset } from '../src/dataset/subject.ts';
import { figuresOf } from '../src/evaluate/figures.ts';
import type { Experiment } from '../src/experiment/config.ts';
import type { ArmOutcome, Outcome } from '../src/experiment/outcome.ts';
import type { Plan } from '../src/experiment/plan.ts';
import type { Result, ResultCase } from '../src/experiment/result.ts';
import { madeUpMeasures } from './case-measures.ts';

/** TP, FP and FN of one subject. */
export type Counts = readonly [number, number, number];

export function madeUpCase(subject: string, [TP, FP, FN]: Counts): ResultCase {
  const lesions = { reference: 2, referenceTouched: 1, predicted: 2, predictedTouching: 1 };
  const metrics = { '1': figuresOf(madeUpMeasures({ TP, FP, FN, TN: 1000 }, lesions), 'null') };
  return { subject, metrics, counted: { '1': { positives: TP + FN, TP: [0, TP, TP], FP: [0, FP, FP] } } };
}

export function madeUpResult(cases: readonly ResultCase[], changed: Partial<Result> = {}): Result {
  return {
    version: 1,
    key: 'abc',
    run: 'def',
    rarevox: '1.2.3',
    dataset: 'Made up',
    configuration: { beta: 1 },
    seed: 0,
    training: ['sub-09'],
    heldOut: cases.map(({ subject }) => subject),
    prediction: {},
    sequences: null,
    threads: 1,
    cases,
    ...changed,
  };
}

/** What an arm has, by seed and fold: the counts of each subject. */
export type MadeUpArm = Readonly<Record<string, Readonly<Record<string, Counts>>>>;

/**
 * An outcome with one cell for each `seed/fold` of an arm; `-` in place of a fold makes a baseline.
 * @param planned of each arm
 */
export function madeUpOutcome(
  arms: Readonly<Record<string, MadeUpArm>>,
  planned: number,
  changed: Partial<Experiment> = {},
  sites: Readonly<Record<string, string>> = {},
): Outcome {
  const outcomes = Object.entries(arms).map(([name, cells]): ArmOutcome => {
    const isBaseline = Object.keys(cells).includes('-');
    return {
      name,
      isBaseline,
      planned: isBaseline ? 1 : planned,
      cells: Object.entries(cells).map(([place, subjects]) => {
        const [seed, fold] = place.split('/');
        const cases = Object.entries(subjects).map(([subject, counts]) => madeUpCase(subject, counts));
        return { seed: isBaseline ? 0 : Number(seed), fold: fold ?? 'all', result: madeUpResult(cases) };
      }),
    };
  });
  const experiment: Experiment = {
    name: 'made-up',
    title: 'Made up',
    duration: 'none',
    notes: [],
    folds: { by: 'patient', seed: 0 },
    base: {},
    prediction: {},
    arms: [],
    baselines: [],
    seeds: [0],
    figures: ['Dice', 'Sensitivity'],
    comparisons: [],
    claims: [],
    ...changed,
  };
  const ids = [...new Set(Object.values(arms).flatMap((arm) => Object.values(arm).flatMap(Object.keys)))].sort();
  const dataset: Dataset = {
    name: 'Made up',
    layout: 'bids',
    modalities: ['FLAIR'],
    labels: [{ value: 1, name: 'lesion' }],
    subjects: ids.map((id) => ({ id, group: id, images: {}, split: 'training' })),
  };
  const runs = outcomes.flatMap(({ isBaseline, cells }) => (isBaseline ? [] : cells)).length;
  const plan: Plan = { experiment, dataset, dataDigest: 'f00d', runs: Array(planned).fill({ results: [] }), cells: [] };
  return {
    plan,
    arms: outcomes,
    runsDone: Math.min(runs, planned),
    versions: ['1.2.3'],
    patients: Object.fromEntries(ids.map((id) => [id, id])),
    sites,
  };
}
