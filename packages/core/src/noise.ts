import type { Rng } from './rng.ts';

/**
 * Where an image's noise comes from: fills `into` with one image's [h, w, c], row-major, and returns it. Networks, schedules and samplers
 * take it for noise of mean 0 and variance 1. `t` is the 0-based timestep that it is drawn for, which some families vary with.
 */
export type NoiseSource = (
  into: Float32Array,
  shape: { readonly height: number; readonly width: number; readonly channels: number },
  rng: Rng,
  t: number,
) => Float32Array;
