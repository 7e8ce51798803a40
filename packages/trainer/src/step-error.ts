import type { TrainState } from './train-state.ts';

type Details<State> = { readonly step: number; readonly state: State; readonly cause?: unknown };

/** The backend could not do a step: its device was lost, or its memory ran out. `cause` is its `BackendError`; go on from `state`. */
export class StepError<State extends TrainState | undefined = TrainState | undefined> extends Error {
  override name = 'StepError';
  /** 0-based: the step that failed. */
  readonly step: number;
  /** The newest state that could be had: from just before, or where that can't be read any more, from the last checkpoint, if there was one. */
  readonly state: State;

  constructor(message: string, { step, state, cause }: Details<State>) {
    super(message, cause === undefined ? undefined : { cause });
    this.step = step;
    this.state = state;
  }
}

/**
 * Training ran into a loss or gradient that is not finite. Lower the learning rate or look at the data. `state` is from just before:
 * weights, averages and moments are finite, and `state.step` equals `step`.
 */
export class DivergenceError extends StepError<TrainState> {
  override name = 'DivergenceError';
}
