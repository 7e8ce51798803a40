export { assembleResults } from './cells/assemble-results.ts';
export { type CellsPlan, type PlannedCell, type PlannedRound, planRounds } from './cells/plan-cells.ts';
export { cellState, clearStudy, runStudy, runStudyCells, type StudyOptions } from './cells/run-study.ts';
export * from './evaluation.ts';
export { assertRegistry, completed, methodNamed, type Registry } from './registry.ts';
export type { Progress, Reporter } from './reporter.ts';
export { writeFileAtomically } from './run/atomic-file.ts';
export {
  type AskedFor,
  type ContaminatedDataset,
  contaminationFile,
  type ImageSet,
  manifestAt,
  noteBeyond,
  noteDataset,
  noteDuplicates,
  openContaminated,
  openImages,
  shownSet,
  testedFile,
} from './run/data-set.ts';
export { type DetectionFiles, writeDetection } from './run/detection-folder.ts';
export { type FitRunOptions, fitRun } from './run/fit-run.ts';
export {
  calibrationOf,
  isModelFile,
  type LoadedModel,
  loadModel,
  loadModelFile,
  modelOfRun,
  readModelInfo,
  saveModel,
  withScorer,
} from './run/model-folder.ts';
export { inputFor, preparationFor, scoringPreparation } from './run/preparation.ts';
export { entriesOf } from './run/read-if-there.ts';
export { assertSameRun, type DataConfig, parseRunConfig, type RunConfig, sameFit, sameScores } from './run/run-config.ts';
export { assertFree, clearRun, readRunConfig, runPaths, writeJson } from './run/run-folder.ts';
export { makeJudging, scoreImages } from './run/score-images.ts';
export { keptOf, suspectedPaths } from './run/suspects.ts';
export { trustedBy } from './run/trust.ts';
export { type DetectionScores, scoreDetection, type TestDetection, type TestSet, testImagesOf } from './score-detection.ts';
