/** What a loss's `config.ts` is made with: its name, the schema of its config, and its constructor. */
import type { Loss, StatefulLoss } from '@rddpm/core';
import { type Scalar, type Tensor, tidy } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import type { ElementWiseLoss } from './element-wise/element-wise.ts';
import type { PerSample } from './scales/per-sample.ts';
import { type ScaleConfig, scaleOf } from './scales/scale-config.ts';
import type { Keep } from './trimmed/keep.ts';
import { type KeepConfig, keepAt } from './trimmed/keep-config.ts';
import { type WeightingConfig, weighted, weightingSchema } from './weighting/weighting-config.ts';

type Fields = Readonly<Record<string, z.core.$ZodType>>;
type LossSchema<Name extends string, F extends Fields> = z.ZodMiniObject<{ name: z.ZodMiniLiteral<Name> } & F, z.core.$strict>;

/** @param create Makes the loss of a config with its defaults. */
export function defineLoss<const Name extends string, F extends Fields>(
  name: Name,
  fields: F,
  create: (config: z.output<LossSchema<Name, F>>) => Loss | StatefulLoss,
) {
  const schema = z.strictObject({ name: z.literal(name), ...fields }) as unknown as LossSchema<Name, F>;
  return { name, schema, create };
}

export const weighting = z.optional(weightingSchema);

/** The options of a loss's function as its config has them: `delta` and `scale` may be computed at each step. */
type OptionsOf<F extends Fields> = { readonly [K in keyof F]: K extends 'delta' | 'scale' ? PerSample : z.output<F[K]> };

/** An element-wise loss: its config holds the options of its function, and may have a `weighting`. */
export function defineElementWiseLoss<const Name extends string, F extends Fields>(
  name: Name,
  fields: F,
  loss: ElementWiseLoss<OptionsOf<F>>,
) {
  return defineLoss(name, { ...fields, weighting }, (config) => {
    const { weighting, ...values } = config as Readonly<Record<string, unknown>> & { readonly weighting?: WeightingConfig };
    const options = Object.fromEntries(Object.keys(fields).map((field) => [field, values[field]]));
    return elementWiseOf(options, weighting, loss as ElementWiseLoss<object>);
  });
}

type OptionsConfig = { readonly delta?: ScaleConfig; readonly scale?: ScaleConfig };

/** The loss whose `delta` or `scale` is computed at each step, weighted by sample if there is a weighting. */
export function elementWiseOf(
  options: OptionsConfig,
  weighting: WeightingConfig | undefined,
  loss: ElementWiseLoss<object>,
): Loss | StatefulLoss {
  const [scaleName] = (['delta', 'scale'] as const).filter((name) => name in options);
  const reducedBy =
    <R extends 'mean' | 'per-sample'>(reduction: R) =>
    (prediction: Tensor, target: Tensor, context: Parameters<Loss>[2]) =>
      tidy(() => {
        const scale = scaleName && { [scaleName]: scaleOf(options[scaleName]!, prediction, target, context) };
        return loss(prediction, target, { ...options, ...scale, reduction });
      });
  return weighting ? weighted(reducedBy('per-sample'), weighting) : reducedBy('mean');
}

/** The trimmed loss whose `keep` is that of the step. */
export function trimmedBy(keep: KeepConfig, loss: (prediction: Tensor, target: Tensor, options: { keep: Keep }) => Scalar): Loss {
  return (prediction, target, context) => tidy(() => loss(prediction, target, { keep: keepAt(keep, context) }));
}
