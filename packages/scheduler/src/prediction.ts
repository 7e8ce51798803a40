import type { PredictionType } from '@rddpm/core';

/** `xt · x_t + prediction · (what the network predicted)`. */
export type Mixture = { readonly xt: number; readonly prediction: number };

/**
 * x0 as the prediction implies it at ᾱ; not finite for a predicted noise at ᾱ = 0, where x_t holds nothing else.
 *
 * @see Ho et al. (2020), https://arxiv.org/abs/2006.11239, eq. 15; Salimans, Ho (2022), https://arxiv.org/abs/2202.00512, appendix D
 */
export function impliedX0(prediction: PredictionType, alphaCumprod: number): Mixture {
  switch (prediction) {
    case 'epsilon':
      return { xt: 1 / Math.sqrt(alphaCumprod), prediction: -Math.sqrt((1 - alphaCumprod) / alphaCumprod) };
    case 'sample':
      return { xt: 0, prediction: 1 };
    case 'v_prediction':
      return { xt: Math.sqrt(alphaCumprod), prediction: -Math.sqrt(1 - alphaCumprod) };
  }
}

/** The noise as the prediction implies it at ᾱ; not finite for a predicted x0 at ᾱ = 1, where x_t holds nothing else. */
export function impliedNoise(prediction: PredictionType, alphaCumprod: number): Mixture {
  switch (prediction) {
    case 'epsilon':
      return { xt: 0, prediction: 1 };
    case 'sample':
      return { xt: 1 / Math.sqrt(1 - alphaCumprod), prediction: -Math.sqrt(alphaCumprod / (1 - alphaCumprod)) };
    case 'v_prediction':
      return { xt: Math.sqrt(1 - alphaCumprod), prediction: Math.sqrt(alphaCumprod) };
  }
}
