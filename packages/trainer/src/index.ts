export { type AdamWOptions, adamW } from './adamw.ts';
export {
  CONCENTRATED_TRIMMING,
  type ConcentratedTrimmingOptions,
  concentratedTrimming,
  TRIMMING_SCORES,
  type TrimmingScore,
} from './concentrated-trimming.ts';
export { LEARNING_RATE_SCHEDULES, type LearningRateSchedule } from './learning-rate.ts';
export type { Optimizer, OptimizerRates, OptimizerState } from './optimizer.ts';
export type { ImagePeaks, PeakPlaces } from './peaks.ts';
export type { Progress } from './progress.ts';
export { type SelectImagesOptions, selectImages } from './select-images.ts';
export type { ImageErrors, SelectedImages, Selection } from './selection.ts';
export { DivergenceError, StepError } from './step-error.ts';
export { TIMESTEP_WEIGHTINGS, type TimestepRange, type TimestepWeighting } from './timestep-weighting.ts';
export { type TrainEvent, train } from './train.ts';
export { TRAIN_DEFAULTS, type TrainOptions } from './train-options.ts';
export { decodeState, encodeState, type TrainState } from './train-state.ts';
