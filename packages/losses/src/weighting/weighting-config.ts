/** The `weighting` of a loss in a config: how much each sample of a batch counts. */
import type { Loss, StatefulLoss } from '@rddpm/core';
import * as z from 'zod/mini';
import { keepSchema } from '../trimmed/keep-config.ts';
import { divergenceWeighting } from './divergence-weighting.ts';
import { imageTrust } from './image-trust.ts';
import { latentOutlierExposure } from './latent-outlier-exposure.ts';
import { normalizedLts } from './normalized-lts.ts';
import type { PerSampleLoss } from './per-sample-loss.ts';

const TRIM = 'must be a number from 0, below 1';
const STEPS = 'must be a whole number of at least 0';
const BINS = 'must be a whole number of at least 1';
const K = 'must be a number above 0, or { "medians": a number above 0 }';

const trim = z._default(z.number(TRIM).check(z.gte(0, TRIM), z.lt(1, TRIM)), 0.2);
const warmupSteps = (steps: number) => z._default(z.int(STEPS).check(z.gte(0, STEPS)), steps);
const bins = z._default(z.int(BINS).check(z.gte(1, BINS)), 20);
const mode = (byDefault: 'hard' | 'soft') => z._default(z.enum(['hard', 'soft'], 'must be "hard" or "soft"'), byDefault);
const positive = z.number(K).check(z.gt(0, K));

const WEIGHTINGS = [
  z.strictObject({ name: z.literal('normalized-lts'), keep: keepSchema, bins }),
  z.strictObject({ name: z.literal('latent-outlier-exposure'), trim, mode: mode('soft'), warmupSteps: warmupSteps(0) }),
  z.strictObject({
    name: z.literal('divergence'),
    k: z._default(z.union([positive, z.strictObject({ medians: positive })], K), { medians: 2 }),
  }),
  z.strictObject({ name: z.literal('image-trust'), trim, mode: mode('hard'), warmupSteps: warmupSteps(250), bins }),
] as const;

export const WEIGHTING_NAMES = WEIGHTINGS.map((schema) => schema.shape.name.def.values[0]!);

export const weightingSchema = z.discriminatedUnion('name', WEIGHTINGS, `must be one of ${WEIGHTING_NAMES.join(', ')}`);

export type WeightingConfig = z.output<typeof weightingSchema>;

export function weighted(loss: PerSampleLoss, config: WeightingConfig): Loss | StatefulLoss {
  switch (config.name) {
    case 'normalized-lts':
      return normalizedLts(loss, config);
    case 'latent-outlier-exposure':
      return latentOutlierExposure(loss, config);
    case 'divergence':
      return divergenceWeighting(loss, config);
    case 'image-trust':
      return imageTrust(loss, config);
  }
}

/** A weighting as configs had it before `share` was called `trim`, and `warmup` `warmupSteps`. */
export function upgradeWeighting(weighting: Readonly<Record<string, unknown>>): unknown {
  const renamed = (field: string) => {
    const name = RENAMED.get(field);
    return name === undefined || name in weighting ? field : name; // with both, the old one is an unknown field
  };
  return Object.fromEntries(Object.entries(weighting).map(([field, value]) => [renamed(field), value]));
}

const RENAMED: ReadonlyMap<string, string> = new Map([
  ['share', 'trim'],
  ['warmup', 'warmupSteps'],
]);
