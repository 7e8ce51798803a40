/** How training images are chosen, by name: what configs hold. */
import { ConfigError, withoutFields } from '@rddpm/core';
import { parsed, renamedFields } from '@rddpm/core/schema';
import { CUTOFF_RULES } from '@rddpm/maps';
import { concentratedTrimming, CONCENTRATED_TRIMMING as DEFAULTS, type Selection, TRIMMING_SCORES } from '@rddpm/trainer';
import * as z from 'zod/mini';

const count = z.int().check(z.gte(1));

/** Fills in the defaults of `concentratedTrimming`. */
export const selectionConfigSchema = z.strictObject({
  name: z.literal('concentrated'),
  by: z._default(z.enum(TRIMMING_SCORES), DEFAULTS.by),
  /** Null for a share of the training's steps. */
  firstChoice: z._default(z.nullable(count), () => DEFAULTS.firstChoice),
  every: z._default(z.nullable(count), () => DEFAULTS.every),
  /** Null for those of `SELECTION_LEVELS` at the images' size. */
  timesteps: z._default(z.nullable(z.array(z.int().check(z.gte(0))).check(z.minLength(1))), () => null),
  draws: z._default(count, DEFAULTS.draws),
  keep: z._default(z.union([z.number().check(z.positive(), z.lte(1)), z.enum(CUTOFF_RULES)]), DEFAULTS.keep),
  deviations: z._default(z.number().check(z.positive()), DEFAULTS.deviations),
});

export type SelectionConfig = z.output<typeof selectionConfigSchema>;

/** What fields were called in files of earlier versions. */
export const EARLIER_SELECTION_NAMES = { warmupSteps: 'firstChoice' };

/** @param where Named in errors. @throws {ConfigError} naming each wrong field. */
export function parseSelection(config: unknown, where = 'parseSelection'): SelectionConfig {
  return parsed(where, selectionConfigSchema, renamedFields(config, EARLIER_SELECTION_NAMES));
}

/**
 * @param where Named in errors.
 * @param steps Of the training, and of the noise schedule.
 * @throws {ConfigError} where training would be over before the first choice, and for timesteps that the schedule lacks.
 */
export function assertSelects(
  where: string,
  selection: SelectionConfig,
  steps: { readonly training: number; readonly schedule: number },
): void {
  const { firstChoice, timesteps } = selection;
  if (firstChoice !== null && firstChoice >= steps.training) {
    throw new ConfigError(`${where}: firstChoice is ${firstChoice}, but there are ${steps.training} steps; it would choose nothing`);
  }
  if (steps.training < 2) throw new ConfigError(`${where}: there is 1 step, and it would choose after that at the earliest`);
  const beyond = timesteps?.find((t) => t >= steps.schedule);
  if (beyond !== undefined) {
    throw new ConfigError(`${where}: its timesteps hold ${beyond}; the schedule's last is ${steps.schedule - 1}`);
  }
}

/** @param selection Completed: null `timesteps` would become those of `concentratedTrimming`. */
export function createSelection(selection: SelectionConfig): Selection {
  const { timesteps, ...options } = withoutFields(selection, 'name');
  return concentratedTrimming({ ...options, timesteps: timesteps ?? undefined });
}

/** How the cut-off is found, for people. */
export function ruleOf({ keep, deviations }: Pick<SelectionConfig, 'keep' | 'deviations'>): string {
  if (typeof keep === 'number') return `the ${Number((100 * keep).toPrecision(3))} % that fit best are kept`;
  return { mad: `median + ${deviations} deviations (MAD)`, gap: 'widest gap above the median', otsu: "Otsu's two groups" }[keep];
}
