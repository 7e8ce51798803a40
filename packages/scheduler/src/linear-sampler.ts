import {
  assertOneOf,
  assertSameShape,
  ConfigError,
  type NoiseSchedule,
  PREDICTION_TYPES,
  type PredictionType,
  type Sampler,
  type SamplerInput,
  type SamplerOutput,
  ShapeError,
} from '@rddpm/core';
import { add, clone, mul, split, type Tensor1D, type Tensor4D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { type LimitOptions, limitOf } from './limit.ts';
import { impliedNoise, impliedX0 } from './prediction.ts';

/** What all samplers have in common. */
export type SamplerOptions = LimitOptions & {
  /** What the network predicts. @defaultValue 'epsilon' */
  readonly prediction?: PredictionType;
};

/** ᾱ where a step begins, where it leads to, and where the step before it began; 1 for the clean image. */
type Levels = { readonly alpha: number; readonly alphaPrev: number; readonly alphaBefore: number | undefined };

/** What xPrev may be mixed from besides x0. `impliedNoise` is the noise that the prediction implies, which stays as it is where x0 is clipped. */
type Part = 'xt' | 'impliedNoise' | 'noise' | 'previousX0';

export type LinearStep<P extends Part> = {
  /** Names the sampler in errors. */
  readonly where: string;
  readonly schedule: NoiseSchedule;
  readonly options: SamplerOptions;
  /** What the sampler ever mixes in. Other parts are left out of the compiled graph. */
  readonly parts: readonly P[];
  /** Whether a step leads from tPrev up to t. @defaultValue false */
  readonly upwards?: boolean;
  /** Taken for ᾱ where the schedule's is 0. @defaultValue 0 */
  readonly zeroAlpha?: number;
  /** The mixture's weights, computed in float64. */
  mixture(levels: Levels): Readonly<Record<'x0' | P, number>>;
};

/**
 * The numbers of one step, in this order:
 *
 *     x0    = limit(xtInX0 · xt + predictionInX0 · prediction)
 *     xPrev = x0Weight · x0 + xtWeight · xt + predictionWeight · prediction + noiseWeight · noise + previousX0Weight · previousX0
 *
 * They do for whatever the network predicts: x0 and the noise that a prediction implies are linear in xt and the prediction.
 */
const COEFFICIENTS = ['xtInX0', 'predictionInX0', 'x0Weight', 'xtWeight', 'predictionWeight', 'noiseWeight', 'previousX0Weight'] as const;
const NOISE_WEIGHT = COEFFICIENTS.indexOf('noiseWeight');

/** A sampler whose step is a linear mixture of tensors, as those of DDPM, DDIM and DPM-Solver++ are. */
export function linearSampler<P extends Part>(step: LinearStep<P>): Sampler {
  const { where, schedule, upwards = false, zeroAlpha = 0 } = step;
  const { prediction = 'epsilon' } = step.options;
  assertOneOf(`${where}: prediction`, prediction, PREDICTION_TYPES);
  const limit = limitOf(where, step.options);
  const uses = (part: Part) => (step.parts as readonly Part[]).includes(part);
  const mixesXt = uses('xt') || (uses('impliedNoise') && prediction !== 'epsilon');

  const sampler: Sampler = {
    prediction,
    clip: step.options.thresholding ? false : (step.options.clip ?? true),
    coefficients(t, tPrev, tBefore) {
      assertTimesteps(where, { t, tPrev, tBefore, steps: schedule.steps });
      const [from, to] = upwards ? [tPrev, t] : [t, tPrev];
      if (prediction === 'epsilon' && schedule.alphasCumprod[from] === 0) {
        throw new ConfigError(
          `${where}.coefficients: prediction is 'epsilon', but at t = ${from} nothing is left of the image (zero terminal SNR) that noise ` +
            "could be told from; it must be 'v_prediction' or 'sample'",
        );
      }
      const levelAt = (t: number) => (t < 0 ? 1 : schedule.alphasCumprod[t] || zeroAlpha);
      const alpha = levelAt(from);
      const levels: Levels = { alpha, alphaPrev: levelAt(to), alphaBefore: tBefore === undefined ? undefined : levelAt(tBefore) };
      const weights: Readonly<Partial<Record<'x0' | Part, number>>> = step.mixture(levels);
      const { x0 = 0, xt = 0, impliedNoise: implied = 0, noise = 0, previousX0 = 0 } = weights;
      const fromX0 = impliedX0(prediction, alpha);
      const fromNoise = implied === 0 ? { xt: 0, prediction: 0 } : impliedNoise(prediction, alpha);
      const coefficients: Readonly<Record<(typeof COEFFICIENTS)[number], number>> = {
        xtInX0: fromX0.xt,
        predictionInX0: fromX0.prediction,
        x0Weight: x0,
        xtWeight: xt + implied * fromNoise.xt,
        predictionWeight: implied * fromNoise.prediction,
        noiseWeight: tPrev < 0 ? 0 : noise,
        previousX0Weight: previousX0,
      };
      return Float32Array.from(COEFFICIENTS, (name) => coefficients[name]);
    },
    usesNoise: (coefficients) => coefficients[NOISE_WEIGHT] !== 0,
    apply(input, coefficients) {
      assertInputs(where, input, coefficients);
      const { xt, prediction: predicted, noise, previousX0 } = input;
      if (uses('previousX0') && !previousX0) {
        throw new ConfigError(
          `${where}.apply: previousX0 is missing; it must be the previous step's x0, at the first step any tensor like xt`,
        );
      }
      return tidy((): SamplerOutput => {
        const numbers = split(coefficients, COEFFICIENTS.length) as Tensor1D[];
        const times = (name: (typeof COEFFICIENTS)[number], x: Tensor4D): Tensor4D => mul(numbers[COEFFICIENTS.indexOf(name)]!, x);
        const x0 = limit(prediction === 'sample' ? clone(predicted) : add(times('xtInX0', xt), times('predictionInX0', predicted)));
        const terms = [times('x0Weight', x0)];
        if (mixesXt) terms.push(times('xtWeight', xt));
        if (uses('impliedNoise')) terms.push(times('predictionWeight', predicted));
        if (uses('noise')) terms.push(times('noiseWeight', noise));
        if (uses('previousX0')) terms.push(times('previousX0Weight', previousX0!));
        return { xPrev: terms.reduce((sum, term) => add(sum, term)), x0 };
      });
    },
    step({ t, tPrev, tBefore, ...input }) {
      const coefficients = sampler.coefficients(t, tPrev, tBefore);
      const withPrevious = tBefore === undefined ? { ...input, previousX0: input.previousX0 ?? input.xt } : input;
      return tidy(() => sampler.apply(withPrevious, tensor1d(coefficients)));
    },
  };
  return sampler;
}

type Timesteps = { readonly t: number; readonly tPrev: number; readonly tBefore: number | undefined; readonly steps: number };

function assertTimesteps(where: string, { t, tPrev, tBefore, steps }: Timesteps): void {
  const assertBetween = (name: string, value: number, least: number, most: number) => {
    if (Number.isInteger(value) && value >= least && value <= most) return;
    throw new ConfigError(`${where}.coefficients: ${name} is ${value}; it must be a whole number from ${least} to ${most}`);
  };
  assertBetween('t', t, 0, steps - 1);
  assertBetween('tPrev', tPrev, -1, t - 1);
  if (tBefore === undefined) return;
  if (t === steps - 1) throw new ConfigError(`${where}.coefficients: tBefore is ${tBefore}, but t is ${t}, where chains begin`);
  assertBetween('tBefore', tBefore, t + 1, steps - 1);
}

function assertInputs(where: string, { xt, prediction, noise, previousX0 }: SamplerInput, coefficients: Tensor1D): void {
  assertSameShape(`${where}.apply`, xt, prediction, ['xt', 'prediction']);
  assertSameShape(`${where}.apply`, xt, noise, ['xt', 'noise']);
  if (previousX0) assertSameShape(`${where}.apply`, xt, previousX0, ['xt', 'previousX0']);
  if (coefficients.rank === 1 && coefficients.shape[0] === COEFFICIENTS.length) return;
  throw new ShapeError(
    `${where}.apply: coefficients is [${coefficients.shape}]; it must be the [${COEFFICIENTS.length}] of coefficients(t, tPrev)`,
  );
}
