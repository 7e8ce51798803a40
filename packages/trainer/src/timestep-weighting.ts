import { ConfigError, type NoiseSchedule, type PredictionType } from '@rddpm/core';

/** 0-based timesteps, `to` not among them. */
export type TimestepRange = { readonly from: number; readonly to: number };

/**
 * How much a sample's squared error counts by its timestep, by the names that configs use. With SNR = ᾱ / (1 − ᾱ), weights are in proportion to
 *
 * | predicted      | `'min-snr'`             | `'x0'`        | `'none'` |
 * | -------------- | ----------------------- | ------------- | -------- |
 * | `epsilon`      | min(SNR, 5) / SNR       | 1 / SNR       | 1        |
 * | `sample`       | min(SNR, 5)             | 1             | 1        |
 * | `v_prediction` | min(SNR, 5) / (SNR + 1) | 1 / (SNR + 1) | 1        |
 *
 * and their mean over the trained timesteps is 1, so that a learning rate means the same with each of them. `'x0'` counts the error of the image
 * that a prediction implies, `'min-snr'` that times min(SNR, 5).
 *
 * @see Hang et al. (2023), https://arxiv.org/abs/2303.09556, section 3.4
 */
export const TIMESTEP_WEIGHTINGS = ['none', 'min-snr', 'x0'] as const;
export type TimestepWeighting = (typeof TIMESTEP_WEIGHTINGS)[number];

/** The paper's γ. */
const LARGEST_SNR = 5;

type TimestepWeightsOptions = {
  readonly schedule: NoiseSchedule;
  readonly prediction: PredictionType;
  readonly timesteps: TimestepRange;
};

/**
 * The weights of a range of timesteps, whose first is at 0. Their mean is 1.
 *
 * @throws {ConfigError} where they have no mean above 0: `'x0'` of predicted noise where nothing is left of the image, or a range of nothing else.
 */
export function timestepWeights(how: TimestepWeighting, { schedule, prediction, timesteps }: TimestepWeightsOptions): Float64Array {
  const { from, to } = timesteps;
  const weights = schedule.alphasCumprod.slice(from, to).map((alphaCumprod) => weightOf(how, prediction, alphaCumprod));
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  if (mean > 0 && Number.isFinite(mean)) return weights.map((weight) => weight / mean);
  throw new ConfigError(
    `train: weighting '${how}' of prediction '${prediction}' is ${weights.at(-1)} at timestep ${to - 1}, where nothing is left of the image; try another prediction, or timesteps that end before`,
  );
}

function weightOf(how: TimestepWeighting, prediction: PredictionType, alphaCumprod: number): number {
  if (how === 'none') return 1;
  const snr = alphaCumprod / (1 - alphaCumprod); // 0 at the end of a schedule with zero terminal SNR
  switch (prediction) {
    case 'epsilon':
      return how === 'x0' ? 1 / snr : Math.min(1, LARGEST_SNR / snr);
    case 'sample':
      return how === 'x0' ? 1 : Math.min(snr, LARGEST_SNR);
    case 'v_prediction':
      return (how === 'x0' ? 1 : Math.min(snr, LARGEST_SNR)) * (1 - alphaCumprod);
  }
}
