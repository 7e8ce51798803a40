export { DivergenceError } from './divergence-error.ts';
export type { Progress } from './progress.ts';
export { type TrainEvent, train } from './train.ts';
export type { TrainOptions } from './train-options.ts';
export { decodeState, encodeState, type TrainState } from './train-state.ts';
