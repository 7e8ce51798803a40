import type { TrainState } from './train-state.ts';

/** Training ran into a loss or gradient that is not finite. Lower the learning rate or look at the data; `state` is from just before. */
export class DivergenceError extends Error {
  override name = 'DivergenceError';
  /** 0-based: the step that failed. */
  readonly step: number;
  /** The state after the last good step: weights, averages and moments are finite, `state.step` equals `step`. */
  readonly state: TrainState;

  constructor(message: string, { step, state }: { step: number; state: TrainState }) {
    super(message);
    this.step = step;
    this.state = state;
  }
}
