import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LabelVolume, ScalarVolume, Triple } from '../volume/volume.ts';
import { evaluateCase } from './evaluate-case.ts';
import type { FigureName } from './figures.ts';
import { CONNECTIVITIES } from './lesion-matching.ts';

type Values = Partial<Record<FigureName, number | null>>;

/** What test/reference/evaluate.py stored: how to make the masks again, and scipy's figures. */
interface ReferenceCase {
  readonly name: string;
  readonly seed: number;
  readonly shape: Triple;
  readonly spacing: Triple;
  readonly blobs: number | null;
  readonly others: number | null;
  readonly noise: number;
  readonly labels: Record<string, { readonly voxels: Values; readonly lesions: Record<string, Values> }>;
}

const cases = JSON.parse(
  readFileSync(new URL('../../test/reference/evaluate.json', import.meta.url), 'utf8'),
) as ReferenceCase[];

/** The same masks as evaluate.py's `maps`, step by step. */
function makeMaps(item: ReferenceCase): { prediction: LabelVolume; reference: LabelVolume } {
  const { shape, spacing } = item;
  let state = item.seed;
  const next = (): number => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state;
  };
  const below = (count: number): number => Math.floor((next() * count) / 2 ** 32);
  const reference = new Uint8Array(shape[0] * shape[1] * shape[2]);
  const prediction = new Uint8Array(reference.length);
  const eachVoxel = (visit: (i: number, j: number, k: number, v: number) => void): void => {
    let v = 0;
    for (let k = 0; k < shape[2]; k++) {
      for (let j = 0; j < shape[1]; j++) for (let i = 0; i < shape[0]; i++) visit(i, j, k, v++);
    }
  };
  const drawBlob = (paint: (v: number, shifted: number, label: number) => void): void => {
    const center = shape.map(below) as unknown as Triple;
    const radius = 1 + below(4);
    const label = 1 + below(2);
    eachVoxel((i, j, k, v) => {
      const x = (i - center[0]) * spacing[0];
      const y = (j - center[1]) * spacing[1];
      const z = (k - center[2]) * spacing[2];
      if (x * x + y * y + z * z <= radius * radius) paint(v, v - i + ((i + 1) % shape[0]), label);
    });
  };
  for (let n = 0; n < (item.blobs ?? 0); n++) {
    drawBlob((v, shifted, label) => {
      reference[v] = label;
      if (item.others !== null && n % 3 !== 0) prediction[shifted] = label;
    });
  }
  for (let n = 0; n < (item.others ?? 0); n++) {
    drawBlob((v, _, label) => {
      prediction[v] = label;
    });
  }
  for (const target of item.noise > 0 ? [reference, prediction] : []) {
    eachVoxel((_i, _j, _k, v) => {
      if (next() < item.noise * 2 ** 32) target[v] = 1;
    });
  }
  const affine = [spacing[0], 0, 0, 0, 0, spacing[1], 0, 0, 0, 0, spacing[2], 0, 0, 0, 0, 1];
  return {
    prediction: { kind: 'label', shape, affine, data: prediction },
    reference: { kind: 'label', shape, affine, data: reference },
  };
}

/** The same as evaluate.py's `probabilities_of`. */
function makeProbabilities(
  item: ReferenceCase,
  prediction: LabelVolume,
  reference: LabelVolume,
  label: number,
): ScalarVolume {
  let state = item.seed + 1000 * label;
  const data = Float32Array.from(reference.data, (value, v) => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    const drawn = Math.floor((state * 9) / 2 ** 32);
    return (drawn + (prediction.data[v] === label ? 4 : 0) + (value === label ? 3 : 0)) / 16;
  });
  return { ...reference, kind: 'scalar', data };
}

describe('figures against numpy and scipy', () => {
  it.each(cases.map((item) => [item.name, item] as const))('%s', (_, item) => {
    const { prediction, reference } = makeMaps(item);
    const probabilities = {
      '1': makeProbabilities(item, prediction, reference, 1),
      '2': makeProbabilities(item, prediction, reference, 2),
    };
    for (const connectivity of CONNECTIVITIES) {
      const metrics = evaluateCase(prediction, reference, { labels: [1, 2], connectivity, probabilities });
      for (const [label, { voxels, lesions }] of Object.entries(item.labels)) {
        const expected = { ...voxels, ...lesions[connectivity] };
        expect(Object.keys(expected).sort()).toEqual(Object.keys(metrics[label] ?? {}).sort());
        for (const [name, value] of Object.entries(expected)) {
          const actual = metrics[label]?.[name as FigureName];
          const where = `${name} of label ${label}, connectivity ${connectivity}`;
          if (value === null) expect(actual, where).toBeNull();
          else expect(actual, where).toBeCloseTo(value, 12);
        }
      }
    }
  });
});
