import type { NoiseSchedule } from '@rddpm/core';

/**
 * `√((1 − ᾱ_t) / ᾱ_t)` for each t: the noise's standard deviation after the signal is scaled back to size 1. Infinity at the last t of a
 * schedule with zero terminal SNR.
 */
export function noiseToSignal(schedule: NoiseSchedule): Float64Array {
  return schedule.alphasCumprod.map((alphaCumprod) => Math.sqrt((1 - alphaCumprod) / alphaCumprod));
}
