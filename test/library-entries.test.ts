import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '..', 'src');

/** What a source file takes at run time: `import` and `export … from`, without those of types alone. */
function importsOf(file: string): { specifier: string; isLazy: boolean }[] {
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm);
  const dynamic = text.matchAll(/\bimport\(\s*'([^']+)'/g);
  return [
    ...[...statements].map((match) => ({ specifier: match[1] as string, isLazy: false })),
    ...[...dynamic].map((match) => ({ specifier: match[1] as string, isLazy: true })),
  ];
}

/** Every file that an entry loads, the packages that they load, and those that they load when they come to need them. */
function reachedFrom(entry: string): { files: string[]; packages: string[]; lazyPackages: string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const lazyPackages = new Set<string>();
  const queue = [join(source, entry)];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const { specifier, isLazy } of importsOf(file)) {
      const name = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier;
      if (specifier.startsWith('.')) queue.push(join(dirname(file), specifier));
      else (isLazy ? lazyPackages : packages).add(name);
    }
  }
  return {
    files: [...files].map((file) => relative(source, file)),
    packages: [...packages].sort(),
    lazyPackages: [...lazyPackages].sort(),
  };
}

/** All names that an entry exports, those of types too. */
function exportsOf(entry: string): string[] {
  const text = readFileSync(join(source, entry), 'utf8');
  return [...text.matchAll(/^export (type )?\{([^}]*)\}/gm)]
    .flatMap(([, type, names]) => (names as string).split(',').map((name) => `${type ?? ''}${name.trim()}`))
    .filter((name) => !/^(type )?$/.test(name))
    .sort();
}

describe('the entry rarevox', () => {
  it('exports these names', () => {
    expect(exportsOf('index.ts')).toMatchInlineSnapshot(`
      [
        "CATALOGUE",
        "DataError",
        "FIGURES",
        "GraphBuilder",
        "OrtEngine",
        "UsageError",
        "asymmetricSimilarity",
        "checkDataset",
        "chooseThreshold",
        "compareMethods",
        "connectedComponents",
        "convertImage",
        "copyNifti",
        "decodeModel",
        "describeFile",
        "encodeModel",
        "encodeNifti",
        "encodeSplits",
        "encodeSummary",
        "evaluateCase",
        "evaluateFolders",
        "exportRun",
        "fcDenseNet",
        "figuresAt",
        "foldSplit",
        "formConflict",
        "gradient",
        "gridWithSpacing",
        "idsOfSplit",
        "lesionsOf",
        "loadDataset",
        "loadForPrediction",
        "loadSubject",
        "lowerProgram",
        "openDataset",
        "orientationOf",
        "parsePlan",
        "parseTrainConfig",
        "partOf",
        "planDataset",
        "predict",
        "predictPrepared",
        "predictSubjects",
        "prepareCase",
        "prepareForAll",
        "presetNames",
        "presetNetwork",
        "readCalibrationSubjects",
        "readImage",
        "readLabels",
        "readSplits",
        "reorientOnto",
        "reorientToRas",
        "resampleImage",
        "resampleLabels",
        "resolvePrediction",
        "restoreProbabilities",
        "resumeTraining",
        "scoreAgainstRaters",
        "sentenceOf",
        "sortProbabilities",
        "spacingOf",
        "splitByFile",
        "splitByIds",
        "splitBySite",
        "summarize",
        "summarizeFolds",
        "thresholdCurve",
        "train",
        "transformPoint",
        "type Affine",
        "type AsymmetricSimilarityOptions",
        "type CalibrationSubjects",
        "type CaseFingerprint",
        "type CaseInput",
        "type CaseMetrics",
        "type CheckOptions",
        "type CheckpointName",
        "type Components",
        "type Connectivity",
        "type CurveVertex",
        "type Dataset",
        "type DatasetFingerprint",
        "type DecisionSettings",
        "type Device",
        "type EmptyPolicy",
        "type Engine",
        "type EngineOptions",
        "type Ensemble",
        "type EvaluatedCase",
        "type EvaluationEvent",
        "type EvaluationOptions",
        "type ExportOptions",
        "type Fault",
        "type FaultCode",
        "type Feed",
        "type FigureName",
        "type Figures",
        "type FiguresAt",
        "type FileAccess",
        "type FileDescription",
        "type FileStream",
        "type FoldIds",
        "type FolderEntry",
        "type FolderEvaluation",
        "type FolderEvaluationOptions",
        "type FoldsSummary",
        "type FormConflict",
        "type Grid",
        "type GzipCodec",
        "type HostTensor",
        "type Label",
        "type LabelVolume",
        "type Layout",
        "type Lesion",
        "type LoadOptions",
        "type LoadedSubject",
        "type LossInput",
        "type LoweringOptions",
        "type MaskLesion",
        "type Member",
        "type MethodComparison",
        "type Model",
        "type ModelDescription",
        "type NetworkOptions",
        "type NetworkState",
        "type NiftiHeader",
        "type NiftiWriteOptions",
        "type OpenedDataset",
        "type OperatingRule",
        "type OrtRuntime",
        "type ParameterSource",
        "type Part",
        "type PredictCaseOptions",
        "type PredictOptions",
        "type PredictSubjectsOptions",
        "type Prediction",
        "type PredictionOptions",
        "type PredictionSettings",
        "type PreparedCase",
        "type PreprocessPlan",
        "type PresetName",
        "type Program",
        "type ProgressEvent",
        "type ReadingOptions",
        "type ResampleOptions",
        "type Run",
        "type RunFolder",
        "type RunLog",
        "type RunRequest",
        "type ScalarVolume",
        "type Severity",
        "type Split",
        "type StepFigures",
        "type Subject",
        "type SubjectOutcome",
        "type SubjectProbabilities",
        "type SummarizeFoldsOptions",
        "type Summary",
        "type ThresholdCurve",
        "type TrainConfig",
        "type TrainOptions",
        "type Triple",
        "type ValidationEntry",
        "type Value",
        "type VotingSettings",
        "voxelVolumeOf",
        "withRater",
        "writeNifti",
      ]
    `);
  });

  it('gives each of them', async () => {
    const values = exportsOf('index.ts').filter((name) => !name.startsWith('type '));
    expect(Object.keys(await import('../src/index.ts')).sort()).toEqual(values);
  });

  it('loads no module of Node, no adapter for it, and these packages alone', () => {
    const { files, packages, lazyPackages } = reachedFrom('index.ts');
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter((file) => /^(node|browser|cli)\b/.test(file))).toEqual([]);
    expect(packages).toEqual(['@bufbuild/protobuf', 'zod']);
    // For DICOM alone: who reads none, never loads them.
    const dicom = [
      '@cornerstonejs/codec-charls',
      '@cornerstonejs/codec-openjpeg',
      'dicom-parser',
      'jpeg-lossless-decoder-js',
    ];
    expect(lazyPackages).toEqual(dicom);
  });
});

describe('the entry rarevox/node', () => {
  it('exports these names, and gives each of them', async () => {
    expect(exportsOf('node/index.ts')).toEqual(['ChildEngine', 'loadModel', 'loadModels', 'nodeFileAccess']);
    expect(Object.keys(await import('../src/node/index.ts')).sort()).toEqual(exportsOf('node/index.ts'));
  });

  it('loads modules of Node, so that the scan above would see them', () => {
    expect(reachedFrom('node/index.ts').packages).toContain('node:child_process');
  });
});

describe('the entry rarevox/browser', () => {
  it('exports these names, and gives each of them', async () => {
    expect(exportsOf('browser/index.ts')).toMatchInlineSnapshot(`
      [
        "Compute",
        "droppedFiles",
        "findGpu",
        "isolatePage",
        "loadModel",
        "openCompute",
        "openImages",
        "predict",
        "type BrowserDevice",
        "type BrowserModel",
        "type BrowserPredictOptions",
        "type BrowserPrediction",
        "type ComputeEvent",
        "type ComputeNotice",
        "type DecidedMaps",
        "type ImageInput",
        "type ModelSource",
        "type OpenedImage",
        "type PageFile",
        "type ScanImage",
        "type SeriesChoice",
        "usualThreads",
      ]
    `);
    const values = exportsOf('browser/index.ts').filter((name) => !name.startsWith('type '));
    expect(Object.keys(await import('../src/browser/index.ts')).sort()).toEqual(values);
  });

  it('loads no module of Node, and ONNX Runtime only in the worker that it is for', () => {
    for (const entry of ['browser/index.ts', 'browser/compute-worker.ts']) {
      const { files, packages } = reachedFrom(entry);
      expect(files.filter((file) => /^(node|cli)\b/.test(file))).toEqual([]);
      expect(packages.filter((name) => !['@bufbuild/protobuf', 'zod'].includes(name))).toEqual([]);
    }
    expect(reachedFrom('browser/engine-worker.ts').lazyPackages).toEqual([
      'onnxruntime-web/wasm',
      'onnxruntime-web/webgpu',
    ]);
  });
});

describe('package.json', () => {
  it('names the files that the build makes of the entries', () => {
    const manifest = JSON.parse(readFileSync(join(source, '..', 'package.json'), 'utf8'));
    expect(manifest.exports).toEqual({
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './browser': { types: './dist/browser/index.d.ts', default: './dist/browser/index.js' },
      './node': { types: './dist/node/index.d.ts', default: './dist/node/index.js' },
      './package.json': './package.json',
    });
  });
});
