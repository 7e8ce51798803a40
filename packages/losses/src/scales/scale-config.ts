/** The `delta` or `scale` of a loss in a config: a number, or how one is computed at each step. */
import { assertSameShape, type LossContext } from '@rddpm/core';
import { sub, type Tensor } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { madScale, quantileScale } from './batch-scale.ts';
import type { PerSample } from './per-sample.ts';
import { exponentialScale, snrScale } from './scheduled-scale.ts';

/** What `delta` and `scale` may be besides numbers, for error messages. */
const CHANGING = '{ "mad": 1.345 }, { "quantile": 0.9 } or { "schedule": "snr" or "exponential", "end": 0.1 }';

const POSITIVE = 'must be a finite number above 0';
const QUANTILE = 'must be a number above 0 and at most 1';
const STEPS = 'must be a whole number of at least 1';

const positive = z.number(POSITIVE).check(z.gt(0, POSITIVE));
const end = z._default(positive, 0.1);

const changingScaleSchema = z.union([
  z.strictObject({ mad: positive }),
  z.strictObject({ quantile: z.number(QUANTILE).check(z.gt(0, QUANTILE), z.lte(1, QUANTILE)) }),
  z.strictObject({ schedule: z.literal('snr'), end }),
  z.strictObject({ schedule: z.literal('exponential'), end, timesteps: z._default(z.int(STEPS).check(z.gte(1, STEPS)), 1000) }),
]);

const SCALE = `must be a finite number above 0, or ${CHANGING}`;
const DELTA = `must be a number from 0, "Infinity", ${CHANGING}`;

/**
 * Defaults of `scale` and `delta` suit residuals of deviation 0.2, about what a trained network leaves of noise of deviation 1: 0.2 times
 * `EFFICIENCY_95`, rounded.
 */
export const scaleSchema = (byDefault: number) =>
  z._default(z.union([z.number().check(z.gt(0, SCALE)), changingScaleSchema], SCALE), byDefault);

/** Default 0.2, where the functions' own is 1. "Infinity" stands for the number that JSON lacks. */
export const deltaSchema = z._default(z.union([z.number().check(z.gte(0, DELTA)), z.literal('Infinity'), changingScaleSchema], DELTA), 0.2);

export type ScaleConfig = number | 'Infinity' | z.output<typeof changingScaleSchema>;

/** The config's number, or one computed from the batch's residuals, or one for each sample from its noise level. */
export function scaleOf(config: ScaleConfig, prediction: Tensor, target: Tensor, context: LossContext): PerSample {
  if (typeof config !== 'object') return Number(config);
  if ('schedule' in config) return config.schedule === 'snr' ? snrScale(context, config) : exponentialScale(context, config);
  assertSameShape('createLoss: the loss', prediction, target, ['prediction', 'target']);
  const residual = sub(prediction, target);
  return 'mad' in config ? madScale(residual, { factor: config.mad }) : quantileScale(residual, config);
}
