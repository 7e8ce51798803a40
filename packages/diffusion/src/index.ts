export { CHUNK, createConfiguredDetector } from './configured-detector.ts';
export { type DetectOptions, detect, type JudgedDetection } from './detect.ts';
export { type DetectAllOptions, type DetectedChunk, detectAll, detectInChunks } from './detect-all.ts';
export { DIFFUSION_DEFAULTS, type DiffusionConfig, type TrainingConfig, trainingConfigSchema } from './diffusion-config.ts';
export type { DiffusionModel } from './diffusion-model.ts';
export { type FitOptions, fit } from './fit.ts';
export { decodeModelFile, MODEL_FILES, modelFiles, readModelFolder } from './model-files.ts';
export {
  type DetectionConfig,
  detectionConfigSchema,
  diffusionConfigSchema,
  MODEL_INFO,
  type ModelInfo,
  modelInfoIn,
  parseModelInfo,
} from './model-info.ts';
export { pickImages } from './pick-images.ts';
export { samplerNamed } from './sampler-named.ts';
export { assertSelects, createSelection, parseSelection, type SelectionConfig, selectionConfigSchema } from './selection-config.ts';
export { thresholdImages, thresholdOf } from './threshold.ts';
export { runTraining, type TrainingRun, type TrainingRunEvent, trainingRng } from './training-run.ts';
