export type { Backend, OpenedModel, TensorTree } from './backend.ts';
export { assertOneOf, assertPositive, assertPositiveInteger, assertSameShape, assertShare, shown } from './checks.ts';
export { BackendError, ConfigError, FormatError, ShapeError } from './errors.ts';
export { definedFields, withoutFields } from './fields.ts';
export { sha256 } from './hash.ts';
export { imageSet } from './image-set.ts';
export { assertImages, fromNetwork, type ImageBatch, toNetwork } from './images.ts';
export type { Loss, LossContext, LossMemory, StatefulLoss } from './loss.ts';
export type { DenoisingNetwork, Weights } from './network.ts';
export type { NoiseSource } from './noise.ts';
export { type ResamplingTaps, resamplingTaps } from './resampling-taps.ts';
export { contentKey, createRng, type Rng } from './rng.ts';
export {
  type ByteSource,
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  type Safetensors,
  safetensorsParts,
} from './safetensors.ts';
export {
  type NoiseSchedule,
  PREDICTION_TYPES,
  type PredictionType,
  type Sampler,
  type SamplerInput,
  type SamplerOutput,
} from './schedule.ts';
export { type HostTensor, type HostWeights, toHost, toTensors } from './weights.ts';
