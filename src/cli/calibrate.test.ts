import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { captureOutput } from '../../test/captured-output.ts';
import { makeModel } from '../../test/model.ts';
import { encodeModel } from '../model/model-file.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { loadModel } from '../node/load-model.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import { calibrateCommand } from './calibrate.ts';
import { runProgram } from './run-program.ts';

const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1];

let folder: string;
const output = captureOutput();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rarevox-calibrate-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function writeSubject(
  id: string,
  probabilities: readonly number[],
  reference: readonly number[],
  name = 'lesion',
): Promise<void> {
  const grid = { shape: [reference.length, 1, 1], affine: AFFINE } as const;
  const map = { kind: 'scalar', ...grid, data: Float32Array.from(probabilities) } as const;
  const mask = { kind: 'label', ...grid, data: Uint8Array.from(reference) } as const;
  await nodeFileAccess.write(
    join(folder, `p/${id}/anat/${id}_label-${name}_probseg.nii.gz`),
    await encodeNifti(map, null, { gzip: true }),
  );
  await nodeFileAccess.write(join(folder, `r/${id}_mask.nii.gz`), await encodeNifti(mask, null, { gzip: true }));
}

/** Nine subjects: eight have 0.75, 0.25 and a background of 0.125; the last has an empty reference and a background of 0.5. */
async function writeNine(): Promise<void> {
  for (let n = 1; n <= 8; n++) await writeSubject(`sub-0${n}`, [0.75, 0.25, 0.125, 0], [1, 1, 0, 0]);
  await writeSubject('sub-09', [0.5, 0, 0, 0], [0, 0, 0, 0]);
}

/** A model that was trained on sub-77 and `subjects`, and whose training held `heldOut` out. */
async function writeModel(subjects: readonly string[], heldOut: readonly string[], outputs: 1 | 3 = 1): Promise<void> {
  const { card } = makeModel(outputs).description;
  const training = { subjects: ['sub-77', ...subjects], held_out: [...heldOut], config: { patience: null } };
  const model = makeModel(outputs, { card: { ...card, training } });
  await nodeFileAccess.write(join(folder, 'model.onnx'), encodeModel(model));
}

function run(...words: string[]): Promise<number> {
  const program = new Command('rarevox').addCommand(calibrateCommand());
  const paths = words.map((word) => (/^@/.test(word) ? join(folder, word.slice(1)) : word));
  return runProgram(program, ['calibrate', ...paths], { error: process.stderr, debug: true });
}

describe('rarevox calibrate', () => {
  it('prints the threshold, its figures beside the present ones, and what it guarantees', async () => {
    await writeNine();
    expect(await run('@p', '@r', '--miss-rate', '0.1', '--quiet')).toBe(0);
    expect(output.printed).toMatch(
      /^Threshold 0.25: the largest threshold with an expected miss rate of at most 0.1, by conformal risk control\.\n\n/,
    );
    expect(output.printed).toMatch(/\nchosen +0\.25 +0\.0000 +1\.0000 +0\.8889 +0\.8889 +9 +1 +0 +0\n/);
    // At 0.5 eight of nine miss a half, and find one of two without a false alarm.
    expect(output.printed).toMatch(/\npresent +0\.5 +0\.4444 +0\.5000 +0\.8889 +0\.5926 +9 +1 +0 +0\n/);
    expect(output.printed).toMatch(
      /\nGuarantee: The expected miss rate .* at most 0.1, if it is exchangeable with the 9/,
    );
    expect(output.warned).toMatch(
      /^Warning: No model is given that names its training subjects: the guarantee holds only/,
    );
  });

  it('writes a model with the threshold and its record, and prints the same as JSON', async () => {
    await writeNine();
    await writeModel([], ['sub-03']);
    const words = [
      '@p',
      '@r',
      '--miss-rate',
      '0.5',
      '--model',
      '@model.onnx',
      '--out',
      '@new.onnx',
      '--json',
      '--quiet',
    ];
    expect(await run(...words)).toBe(0);
    const { labels, chosen, present, warnings, missing, extra, ...point } = JSON.parse(output.printed);
    expect(labels).toEqual([1]);
    // (8/2 + 1) / 10 = 0.5
    expect(point).toMatchObject({ rule: { kind: 'miss-rate', alpha: 0.5 }, threshold: 0.75, n: 9 });
    expect(chosen).toMatchObject({ threshold: 0.75, recall: { mean: 0.5, undefined: 1 }, dice: { undefined: 1 } });
    expect(present.threshold).toBe(0.5);
    expect(warnings).toEqual([
      expect.stringMatching(/^1 of the calibration subjects was held out in this model's training: /),
      expect.stringMatching(/no sidecar/),
    ]);
    expect([missing, extra]).toEqual([[], []]);
    const { description } = await loadModel(join(folder, 'new.onnx'));
    expect(description.prediction.threshold).toBe(0.75);
    expect(description.card.operatingPoint).toEqual(point);
    expect(await run(...words)).toBe(1);
    expect(output.warned).toContain('new.onnx: it exists already');
  });

  it('takes the other rules, and lists who was left out', async () => {
    await writeNine();
    await rm(join(folder, 'p/sub-09'), { recursive: true });
    await rm(join(folder, 'r/sub-01_mask.nii.gz'));
    expect(await run('@p', '@r', '--recall', '0.5')).toBe(1);
    expect(output.warned).toContain('1 of 8 references have no prediction');
    output.warned = '';
    for (const [rule, threshold] of [
      [['--recall', '0.5'], 0.75],
      [['--precision', '0.6'], 0.125],
      [['--f-beta', '1'], 0.25],
    ] as const) {
      output.printed = '';
      expect(await run('@p', '@r', ...rule, '--allow-missing', '--json', '--quiet')).toBe(0);
      expect(JSON.parse(output.printed)).toMatchObject({ threshold, n: 7, missing: ['sub-09'], extra: ['sub-01'] });
    }
    expect(output.warned).toContain(
      'Warning: Not used, no prediction: sub-09.\nWarning: Not used, no reference: sub-01.\n',
    );
  });

  it('takes several classes as one structure, or one of them', async () => {
    for (let n = 1; n <= 9; n++) {
      await writeSubject(`sub-0${n}`, [0.5, 0.125, 0.25, 0], [2, 7, 0, 0], 'a');
      await writeSubject(`sub-0${n}`, [0.25, 0.5, 0.0625, 0], [2, 7, 0, 0], 'b');
    }
    expect(await run('@p', '@r', '--miss-rate', '0.1', '--quiet')).toBe(0);
    expect(output.printed).toMatch(/^Threshold 0.625 of the labels 2, 7 as one structure: the largest/);
    expect(output.printed).toMatch(/\nchosen +0\.625 +0\.0000 +1\.0000 +1\.0000 +1\.0000 +9 +0 +0 +0\n/);
    await writeModel([], [], 3);
    output.printed = '';
    expect(await run('@p', '@r', '--label', '7', '--f-beta', '1', '--model', '@model.onnx', '--json', '--quiet')).toBe(
      0,
    );
    const { threshold, labels, chosen, warnings } = JSON.parse(output.printed);
    expect({ threshold, labels, dice: chosen.dice.mean }).toEqual({ threshold: 0.5, labels: [7], dice: 1 });
    expect(warnings).toContainEqual(
      expect.stringContaining('several classes (a, b), and `predict` marks the most probable'),
    );
    expect(await run('@p', '@r', '--f-beta', '1', '--model', '@model.onnx', '--out', '@new.onnx')).toBe(1);
    expect(output.warned).toContain("it can't keep a threshold. Leave out --out.");
    expect(await nodeFileAccess.exists(join(folder, 'new.onnx'))).toBe(false);
  });

  it('refuses too few subjects, those of the training, and another label', async () => {
    await writeNine();
    expect(await run('@p', '@r', '--miss-rate', '0.05')).toBe(1);
    expect(output.warned).toContain('takes at least 19 calibration subjects (n >= 1/alpha - 1), and there are 9.');
    await writeModel(['sub-02'], []);
    expect(await run('@p', '@r', '--miss-rate', '0.1', '--model', '@model.onnx', '--out', '@new.onnx')).toBe(1);
    expect(output.warned).toContain('The model was trained on sub-02. A guarantee needs');
    expect(await nodeFileAccess.exists(join(folder, 'new.onnx'))).toBe(false);
    await writeModel([], []);
    await writeSubject('sub-01', [0.5, 0, 0, 0], [4, 0, 0, 0]);
    for (let n = 2; n <= 8; n++) await writeSubject(`sub-0${n}`, [0.5], [0]);
    expect(await run('@p', '@r', '--f-beta', '1', '--model', '@model.onnx')).toBe(1);
    expect(output.warned).toContain('The references hold the label 4, and the model finds 1 (lesion).');
  });

  it('refuses wrong calls with status 2', async () => {
    for (const [words, message] of [
      [[], 'Give one of --recall'],
      [['--recall', '0.9', '--f-beta', '1'], 'Give one of --recall'],
      [['--miss-rate', '1'], 'above 0 and below 1'],
      [['--recall', '0'], 'a number above 0, and at most 1'],
      [['--f-beta', '0'], 'a number above 0'],
      [['--precision', '1.1'], 'from 0 to 1'],
      [['--f-beta', '1', '--out', '@x.onnx'], 'it needs --model'],
      [['--f-beta', '1', '--model', '@model.onnx', '--out', '@x'], 'name the output .onnx'],
    ] as const) {
      output.warned = '';
      expect(await run('@p', '@r', ...words)).toBe(2);
      expect(output.warned).toContain(message);
    }
  });
});
