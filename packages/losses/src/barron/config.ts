import * as z from 'zod/mini';
import { elementWiseOf, weighting } from '../define-loss.ts';
import { type ScaleConfig, scaleSchema } from '../scales/scale-config.ts';
import type { WeightingConfig } from '../weighting/weighting-config.ts';
import { adaptiveLoss, LEARNABLE } from './adaptive.ts';
import { barronLoss } from './loss.ts';

// JSON has no infinite numbers
const alpha = z._default(z.union([z.number(), z.enum(['Infinity', '-Infinity'])], 'must be a number, "Infinity" or "-Infinity"'), 1);
const adaptive = z._default(z.boolean('must be true or false'), false);
const schema = z.strictObject({ name: z.literal('barron'), alpha, scale: scaleSchema(0.2), adaptive, weighting }).check(
  z.check(({ value, issues }) => {
    const [field, message] = (value.adaptive && faultOfAdaptive(value)) || [];
    if (field) issues.push({ code: 'custom', path: [field], message: `${message} with "adaptive": true`, input: value[field] });
  }),
);

type Config = { alpha: number | 'Infinity' | '-Infinity'; scale: ScaleConfig; adaptive: boolean; weighting?: WeightingConfig | undefined };

function faultOfAdaptive({ alpha, scale, weighting }: Config): [field: keyof Config, message: string] | undefined {
  const { above, below } = LEARNABLE.alpha;
  if (!(Number(alpha) > above && Number(alpha) < below)) return ['alpha', `must be above ${above} and below ${below}`];
  if (!(typeof scale === 'number' && scale > LEARNABLE.scale.above)) return ['scale', `must be a number above ${LEARNABLE.scale.above}`];
  return weighting && ['weighting', "doesn't go"];
}

export const barronConfig = {
  name: 'barron',
  schema,
  create: ({ alpha, scale, adaptive, weighting }: Config) =>
    adaptive
      ? adaptiveLoss({ alpha: Number(alpha), scale: scale as number })
      : elementWiseOf({ scale }, weighting, (prediction, target, options) =>
          barronLoss(prediction, target, { ...options, alpha: Number(alpha) }),
        ),
} as const;
