import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { earlierUseOf } from '../src/calibrate/independence.ts';
import { decodeModel } from '../src/model/model-file.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The patient of the sample: the one that `samples/README.md` keeps whole for tests. */
const SAMPLE_SUBJECT = 'sub-tabriz09';
const SAMPLE = [
  `${SAMPLE_SUBJECT}/anat/${SAMPLE_SUBJECT}_FLAIR.nii.gz`,
  `${SAMPLE_SUBJECT}/anat/${SAMPLE_SUBJECT}_T1w.nii.gz`,
  `derivatives/manual/${SAMPLE_SUBJECT}/anat/${SAMPLE_SUBJECT}_label-lesion_mask.nii.gz`,
];

/**
 * Copies what the viewer loads on demand: a sample scan with its licence, and the shipped models of `models/` with `models/index.json`, which says of
 * each what its own description says.
 */
export function staticFiles(): Plugin {
  return {
    name: 'rarevox-static-files',
    apply: 'build',
    generateBundle() {
      const emit = (fileName: string, source: Uint8Array | string): void => {
        this.emitFile({ type: 'asset', fileName, source });
      };
      const sample = join(root, 'samples/ms');
      for (const path of SAMPLE)
        emit(`sample/${path.slice(path.lastIndexOf('/') + 1)}`, readFileSync(join(sample, path)));
      emit('sample/LICENSE', readFileSync(join(sample, 'LICENSE')));
      const models = modelFiles().map((file) => {
        const bytes = readFileSync(join(root, 'models', file));
        emit(`models/${file}`, bytes);
        return entryOf(file, bytes);
      });
      emit('models/index.json', JSON.stringify({ version: 1, models }, null, 2));
    },
  };
}

function modelFiles(): string[] {
  try {
    return readdirSync(join(root, 'models'))
      .filter((name) => name.endsWith('.onnx'))
      .sort();
  } catch {
    // A checkout without models builds a page that takes the reader's own.
    return [];
  }
}

function entryOf(file: string, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const { description } = decodeModel(bytes, file);
  const { trained, heldOut } = earlierUseOf([SAMPLE_SUBJECT], description);
  const forSample = trained.length === 0 && heldOut.length > 0;
  return { name: file.replace(/\.onnx$/, ''), file, title: description.card.name, forSample };
}
