import {
  assertSameShape,
  ConfigError,
  type NoiseSchedule,
  type Sampler,
  type SamplerInput,
  type SamplerOutput,
  ShapeError,
} from '@rddpm/core';
import { add, clipByValue, mul, split, type Tensor1D, type Tensor4D, tensor1d, tidy } from '@tensorflow/tfjs-core';

export type LinearStep = {
  /** Names the sampler in errors. */
  readonly where: string;
  readonly schedule: NoiseSchedule;
  /** Whether the predicted x0 is clipped to [-1, 1], where images live. */
  readonly clip: boolean;
  /** What, besides x0 and fresh noise, the step back is mixed from. */
  readonly direction: 'xt' | 'predictedNoise';
  /** The mixture for ᾱ_t and ᾱ_tPrev (1 at the chain's end), computed in float64. */
  mixture(alpha: number, alphaPrev: number): { x0: number; direction: number; noise: number };
};

/** The first two weigh `xt` and the predicted noise in x0; the others x0, the direction and the noise in xPrev. */
type Coefficients = [x0FromXt: Tensor1D, x0FromNoise: Tensor1D, fromX0: Tensor1D, fromDirection: Tensor1D, fromNoise: Tensor1D];
const COEFFICIENTS = 5;

/** The samplers whose step back is a linear mixture of the predicted x0, one direction and noise. */
export function linearSampler({ where, schedule, clip, direction, mixture }: LinearStep): Sampler {
  const sampler: Sampler = {
    coefficients(t, tPrev) {
      assertTimesteps(where, t, tPrev, schedule.steps);
      const alpha = schedule.alphasCumprod[t]!;
      const mixed = mixture(alpha, tPrev < 0 ? 1 : schedule.alphasCumprod[tPrev]!);
      const noise = tPrev < 0 ? 0 : mixed.noise;
      return Float32Array.of(1 / Math.sqrt(alpha), -Math.sqrt((1 - alpha) / alpha), mixed.x0, mixed.direction, noise);
    },
    apply(input, coefficients) {
      assertInputs(where, input, coefficients);
      return tidy((): SamplerOutput => {
        const [x0FromXt, x0FromNoise, fromX0, fromDirection, fromNoise] = split(coefficients, COEFFICIENTS) as Coefficients;
        // Ho et al. (2020), eq. 15, and Song et al. (2020), eq. 9
        const predicted: Tensor4D = add(mul(x0FromXt, input.xt), mul(x0FromNoise, input.predictedNoise));
        const x0 = clip ? clipByValue(predicted, -1, 1) : predicted;
        const xPrev: Tensor4D = add(add(mul(fromX0, x0), mul(fromDirection, input[direction])), mul(fromNoise, input.noise));
        return { xPrev, x0 };
      });
    },
    step({ t, tPrev, ...input }) {
      return tidy(() => sampler.apply(input, tensor1d(sampler.coefficients(t, tPrev))));
    },
  };
  return sampler;
}

function assertTimesteps(where: string, t: number, tPrev: number, steps: number): void {
  if (!(Number.isInteger(t) && t >= 0 && t < steps)) {
    throw new ConfigError(`${where}.coefficients: t is ${t}; it must be a whole number from 0 to ${steps - 1}`);
  }
  if (!(Number.isInteger(tPrev) && tPrev >= -1 && tPrev < t)) {
    throw new ConfigError(`${where}.coefficients: tPrev is ${tPrev}; it must be a whole number from -1 to ${t - 1}`);
  }
}

function assertInputs(where: string, { xt, predictedNoise, noise }: SamplerInput, coefficients: Tensor1D): void {
  assertSameShape(`${where}.apply`, xt, predictedNoise, ['xt', 'predictedNoise']);
  assertSameShape(`${where}.apply`, xt, noise, ['xt', 'noise']);
  if (coefficients.rank === 1 && coefficients.shape[0] === COEFFICIENTS) return;
  throw new ShapeError(
    `${where}.apply: coefficients is [${coefficients.shape}]; it must be the [${COEFFICIENTS}] of coefficients(t, tPrev)`,
  );
}
