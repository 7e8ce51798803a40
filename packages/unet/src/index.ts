export type { ActivationName } from './activations.ts';
export type { DownBlockType, ResolvedUNetConfig, UNetConfig, UpBlockType } from './config.ts';
export { type DiffusersUNetConfig, fromDiffusersConfig, toDiffusersConfig } from './diffusers-config.ts';
export { type GroupNormOptions, groupNorm } from './group-norm.ts';
export { decodeModel, encodeModel, type ModelFile, type ModelToWrite, modelParts, type ReadOptions, readModel } from './model-file.ts';
export { countParameters, type ParameterShapes, parameterShapes } from './parameters.ts';
export { UNET_PRESETS, type UNetPreset } from './presets.ts';
export { silu } from './silu.ts';
export { createUNet, type UNet } from './unet.ts';
