/** How training images are chosen, by name: what `--selection` takes and `config.json` holds. */
import { ConfigError } from '@rddpm/core';
import { CUTOFF_RULES } from '@rddpm/maps';
import { concentratedTrimming, CONCENTRATED_TRIMMING as DEFAULTS, type Selection } from '@rddpm/trainer';
import { z } from 'zod';

const count = z.int().min(1);

/** Fills in the defaults of `concentratedTrimming`. */
export const selectionConfigSchema = z.strictObject({
  name: z.literal('concentrated'),
  warmupSteps: count.default(DEFAULTS.warmupSteps),
  every: count.default(DEFAULTS.every),
  timesteps: z
    .array(z.int().min(0))
    .min(1)
    .default([...DEFAULTS.timesteps]),
  draws: count.default(DEFAULTS.draws),
  keep: z.union([z.number().positive().max(1), z.enum(CUTOFF_RULES)]).default(DEFAULTS.keep),
});

export type SelectionConfig = z.infer<typeof selectionConfigSchema>;

/** @throws {ConfigError} naming each wrong field. */
export function parseSelection(config: unknown): SelectionConfig {
  const { data, error } = selectionConfigSchema.safeParse(config);
  if (error) throw new ConfigError(`--selection: ${z.prettifyError(error)}`, { cause: error });
  return data;
}

export function createSelection({ name: _, ...options }: SelectionConfig): Selection {
  return concentratedTrimming(options);
}
