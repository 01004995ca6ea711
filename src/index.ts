/*
 * The library, for any JavaScript runtime: nothing here touches files, the DOM or the process. Files come through a
 * `FileAccess`, compute through an `Engine`; `rarevox/node` has both for Node. test/library-entries.test.ts guards the list.
 */

// Operating points
export { chooseThreshold } from './calibrate/choose-threshold.ts';
export { type FiguresAt, figuresAt } from './calibrate/figures-at.ts';
export { type CalibrationSubjects, readCalibrationSubjects } from './calibrate/read-subjects.ts';
export { type SubjectProbabilities, sortProbabilities } from './calibrate/subject-probabilities.ts';
// Datasets
export { CATALOGUE, type FaultCode, type Severity } from './dataset/check/catalogue.ts';
export { type CheckOptions, checkDataset } from './dataset/check/check-dataset.ts';
export { type Fault, sentenceOf } from './dataset/check/fault.ts';
export { loadDataset, openDataset } from './dataset/load-dataset.ts';
export { type LoadedSubject, loadSubject } from './dataset/load-subject.ts';
export type { OpenedDataset } from './dataset/opened-dataset.ts';
export { withRater } from './dataset/rater.ts';
export { foldSplit, type Split, splitByIds, splitBySite } from './dataset/split.ts';
export { encodeSplits, idsOfSplit, readSplits, splitByFile } from './dataset/splits-file.ts';
export type { Dataset, FoldIds, Label, Layout, Subject } from './dataset/subject.ts';
// Tensor programs, and the engine that runs them
export type { Device, Engine, EngineOptions, Feed, HostTensor, LoadOptions, RunRequest } from './engine/engine.ts';
export { type LoweringOptions, lowerProgram, type ParameterSource } from './engine/lower-program.ts';
export { OrtEngine, type OrtRuntime } from './engine/ort-engine.ts';
// Progress and faults
export { DataError, UsageError } from './errors.ts';
// Evaluation
export { compareMethods, type MethodComparison } from './evaluate/compare-methods.ts';
export { type CaseMetrics, type EvaluationOptions, evaluateCase } from './evaluate/evaluate-case.ts';
export {
  type EvaluationEvent,
  evaluateFolders,
  type FolderEvaluation,
  type FolderEvaluationOptions,
} from './evaluate/evaluate-folders.ts';
export { type EmptyPolicy, FIGURES, type FigureName, type Figures } from './evaluate/figures.ts';
export { scoreAgainstRaters } from './evaluate/rater-scores.ts';
export { type EvaluatedCase, encodeSummary, type Summary, summarize } from './evaluate/summary.ts';
export { type CurveVertex, type ThresholdCurve, thresholdCurve } from './evaluate/threshold-curve.ts';
export { GraphBuilder, type Value } from './graph/builder.ts';
export { gradient } from './graph/gradient.ts';
export type { Program } from './graph/program.ts';
export { type AsymmetricSimilarityOptions, asymmetricSimilarity } from './loss/asymmetric-similarity.ts';
export type { LossInput } from './loss/loss-input.ts';
// The model file
export type { ModelDescription } from './model/model-card.ts';
export { decodeModel, encodeModel, type Model } from './model/model-file.ts';
export type { OperatingRule } from './model/operating-point.ts';
export { fcDenseNet } from './network/fc-densenet.ts';
export { type NetworkOptions, type PresetName, presetNames, presetNetwork } from './network/options.ts';
export type { NetworkState } from './network/state.ts';
// Prediction
export { type Ensemble, loadForPrediction, type Member } from './predict/ensemble.ts';
export { type Lesion, lesionsOf, type MaskLesion } from './predict/lesions.ts';
export {
  type DecisionSettings,
  type PredictionOptions,
  type PredictionSettings,
  resolvePrediction,
  type VotingSettings,
} from './predict/options.ts';
export { type Part, partOf } from './predict/part.ts';
export { type Prediction, type PredictOptions, predict, predictPrepared, prepareForAll } from './predict/predict.ts';
export type { PredictCaseOptions } from './predict/predict-case.ts';
export { type PredictSubjectsOptions, predictSubjects, type SubjectOutcome } from './predict/predict-subjects.ts';
// From a scan to the network's input and back
export type { CaseInput } from './preprocess/case-input.ts';
export type { CaseFingerprint, DatasetFingerprint } from './preprocess/fingerprint.ts';
export type { PreprocessPlan } from './preprocess/plan.ts';
export { type PreparedCase, prepareCase, restoreProbabilities } from './preprocess/prepare.ts';
export type { ProgressEvent } from './progress-event.ts';
export { parseTrainConfig, type TrainConfig } from './train/config.ts';
export { type CheckpointName, type ExportOptions, exportRun } from './train/export-run.ts';
export { planDataset } from './train/plan-dataset.ts';
// Training
export { parsePlan } from './train/plan-file.ts';
export type { ReadingOptions } from './train/prepare-subjects.ts';
export type { RunFolder } from './train/run-folder.ts';
export type { RunLog, StepFigures, ValidationEntry } from './train/run-log.ts';
export { type FoldsSummary, type SummarizeFoldsOptions, summarizeFolds } from './train/summarize-folds.ts';
export { type Run, resumeTraining, type TrainOptions, train } from './train/train.ts';
// Volumes
export { spacingOf, transformPoint, voxelVolumeOf } from './volume/affine.ts';
export { type Components, type Connectivity, connectedComponents } from './volume/connected-components.ts';
export { convertImage } from './volume/convert-image.ts';
export { describeFile, type FileDescription } from './volume/describe-file.ts';
export type { FileAccess, FileStream, FolderEntry, GzipCodec } from './volume/file-access.ts';
export { copyNifti } from './volume/nifti-copy.ts';
export { type FormConflict, formConflict } from './volume/nifti-forms.ts';
export type { NiftiHeader } from './volume/nifti-header.ts';
export { encodeNifti, type NiftiWriteOptions, writeNifti } from './volume/nifti-write.ts';
export { orientationOf, reorientOnto, reorientToRas } from './volume/orientation.ts';
export { readImage, readLabels } from './volume/read-image.ts';
export { gridWithSpacing, type ResampleOptions, resampleImage, resampleLabels } from './volume/resample.ts';
export type { Affine, Grid, LabelVolume, ScalarVolume, Triple } from './volume/volume.ts';
