export { type ConfiguredDetectorOptions, createConfiguredDetector } from './configured-detector.ts';
export { type DetectOptions, detect, type JudgedDetection } from './detect.ts';
export { type DetectionConfig, detectionConfigSchema, type ProcessConfig, processConfigSchema } from './detection-config.ts';
export {
  type AskingConfig,
  askingConfig,
  DIFFUSION_DEFAULTS,
  type DiffusionConfig,
  diffusionConfig,
  type TrainingConfig,
  trainingConfigSchema,
  WARMUP_STEPS,
} from './diffusion-config.ts';
export { type DiffusionMethodOptions, diffusionMethod, trainingRng, untrainedMethod } from './diffusion-method.ts';
export type { DiffusionModel } from './diffusion-model.ts';
export { type FitOptions, fit } from './fit.ts';
export { askingConfigOf, DIFFUSION_METHODS, diffusionMethodName, type UNetMethod, untrained } from './methods.ts';
export { decodeModelFile, MODEL_FILES, modelFiles, readModelFolder } from './model-files.ts';
export type { NetworkFamily, TrainedNetwork } from './network-family.ts';
export { RECIPES } from './recipes.ts';
export { samplerNamed } from './sampler-named.ts';
export { assertSelects, createSelection, parseSelection, type SelectionConfig, selectionConfigSchema } from './selection-config.ts';
export { DIFFUSION_STUDIES, PAPER_CONTAMINATIONS } from './studies.ts';
export { DEFAULT_NETWORK, type UNetShape, unetFamily, unetShape } from './unet-family.ts';
export { upgradeRunConfig } from './upgrade-run-config.ts';
