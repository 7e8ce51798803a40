import type { NoiseSchedule, Sampler } from '@rddpm/core';
import { linearSampler, type SamplerOptions } from './linear-sampler.ts';

export type DpmSolverSamplerOptions = SamplerOptions;

/** diffusers' stand-in for ᾱ = 0, whose logarithm the multistep formula needs: the smallest number above 0 in float16. */
const ZERO_ALPHA = 2 ** -24;

/**
 * DPM-Solver++ (2M): deterministic, second order by remembering the previous x0, so that fewer evaluations do than with DDIM. The midpoint
 * variant, first order at a chain's first step and at its last, which ends at x0. Pass `tBefore` and `previousX0` from the second step on.
 *
 * diffusers' `DPMSolverMultistepScheduler` spaces one timestep more than its evaluations and leaves out the last, 0, where the spacing is
 * `'linspace'` or `'leading'`: `reverseTimesteps({ …, evaluations: evaluations + 1 }).slice(0, -1)` are its timesteps.
 *
 * @throws {ConfigError} naming the option that is out of range; `coefficients` throws it unless -1 ≤ tPrev < t < tBefore < `schedule.steps`,
 *   and for predicted noise where ᾱ is 0.
 * @see Lu et al. (2022), https://arxiv.org/abs/2211.01095, algorithm 2
 */
export function dpmSolverSampler(schedule: NoiseSchedule, options: DpmSolverSamplerOptions = {}): Sampler {
  return linearSampler({
    where: 'dpmSolverSampler',
    schedule,
    options,
    parts: ['xt', 'previousX0'],
    zeroAlpha: ZERO_ALPHA,
    mixture({ alpha, alphaPrev, alphaBefore }) {
      const stride = halfLogSnr(alphaPrev) - halfLogSnr(alpha); // h; infinite at the chain's end
      const pull = Math.sqrt(alphaPrev) * (1 - Math.exp(-stride)); // algorithm 2: -α (e^-h - 1)
      const secondOrder = alphaBefore !== undefined && alphaPrev < 1;
      const slope = secondOrder ? stride / (2 * (halfLogSnr(alpha) - halfLogSnr(alphaBefore))) : 0; // algorithm 2: 1 / 2r
      return {
        x0: pull * (1 + slope), // D = (1 + 1 / 2r) x0 - (1 / 2r) previousX0
        xt: Math.sqrt((1 - alphaPrev) / (1 - alpha)), // σ / σ of the step's begin
        previousX0: -pull * slope,
      };
    },
  });
}

/** λ = ln(√ᾱ / √(1 − ᾱ)). */
const halfLogSnr = (alphaCumprod: number) => Math.log(alphaCumprod / (1 - alphaCumprod)) / 2;
