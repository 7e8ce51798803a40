export type { Progress } from './progress.ts';
export { DivergenceError, StepError } from './step-error.ts';
export { type TrainEvent, train } from './train.ts';
export type { TrainOptions } from './train-options.ts';
export { decodeState, encodeState, type TrainState } from './train-state.ts';
