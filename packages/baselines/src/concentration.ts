import { ConfigError } from '@rddpm/core';
import type { FitEvent, InputShape, Method, ScoreRun, Scorer, TrainingSet } from '@rddpm/core/contracts';
import { configSchema } from '@rddpm/core/schema';
import { DEFAULT_SMOOTHING, rateRows } from '@rddpm/maps';
import * as z from 'zod/mini';

/** How a concentrated fit chooses the part of the training set that it learns from. */
export type Concentration = {
  /** The share of images that each round keeps, in [0.5, 1]. */
  readonly keep: number;
  /** How many times the nearest images are chosen and fitted again, at least 1. */
  readonly rounds: number;
};

/** The fields that a concentrated method's config has in addition. */
export const concentrationFields = {
  /** The share of images that is kept at each position; where one Gaussian serves all positions, the share of whole images. It should be at most the share of good images. */
  keep: z._default(z.number().check(z.gte(0.5), z.lte(1)), 0.8),
  /** How many times the nearest images are chosen and fitted again. */
  rounds: z._default(z.int().check(z.gte(1)), 3),
};

/** A method that can also be fitted to the part of the training set that agrees best: two `Method`s. */
export type Family<Config, Model> = {
  readonly name: string;
  readonly config: z.core.$ZodType<Config>;
  readonly concentrated: z.core.$ZodType<Config & Concentration>;
  /** Fields of `config` that only matter to scores. In concentrated fits, all of them matter. */
  readonly scoring: readonly string[];
  /** @throws {ConfigError} for what can't be learnt from. */
  assertInput?(config: Config, input: InputShape): void;
  fit(training: TrainingSet, config: Config, run: FamilyRun): AsyncGenerator<FitEvent, Model | undefined>;
  scorer(model: Model, config: Config, run: NamedScoreRun): Scorer | Promise<Scorer>;
  readonly files: Method<Config, Model>['files'];
  facts?(model: Model): Readonly<Record<string, unknown>>;
};

/** What a scorer is given. @property name The method's own name, for messages: `padim` or `padim-concentrated`. */
export type NamedScoreRun = ScoreRun & { readonly name: string };

/** What a fit is given. */
export type FamilyRun = NamedScoreRun & {
  readonly signal: AbortSignal | undefined;
  /** Undefined where all of the training set is learnt from. */
  readonly concentration: Concentration | undefined;
};

/** The method that learns from all of the training set. */
export function plainMethod<Config, Model>(family: Family<Config, Model>): Method<Config, Model> {
  const { name, scoring } = family;
  return {
    ...shared(family, name),
    config: configSchema(family.config, { name, affects: (field) => (scoring.includes(field) ? 'score' : 'fit') }),
    fit(training, config, { backend, rng, signal }) {
      assertLearnable(family, training, config);
      return family.fit(training, config, { name, backend, rng, signal, concentration: undefined });
    },
  };
}

/** The method, by the name of `NAME-concentrated`, that learns from what agrees best, and says at the end which training images don't. */
export function concentratedMethod<Config, Model>(family: Family<Config, Model>): Method<Config & Concentration, Model> {
  const name = `${family.name}-concentrated`;
  return {
    ...shared(family, name),
    config: configSchema(family.concentrated, { name }),
    async *fit(training, config, { backend, rng, signal }) {
      assertLearnable({ ...family, name }, training, config);
      const fitting = family.fit(training, config, { name, backend, rng, signal, concentration: config });
      let steps = 0; // of the fit; rating takes one an image
      let event = await fitting.next();
      for (; !event.done; event = await fitting.next()) {
        const told = event.value;
        if (told.kind === 'progress') steps = told.steps;
        yield told.kind === 'progress' ? { ...told, steps: steps + training.count } : told;
      }
      const model = event.value;
      if (!model) return undefined;
      const scorer = await family.scorer(model, config, { name, backend, rng });
      try {
        const rating = rateRows({ method: name, scorer, set: training, smoothing: DEFAULT_SMOOTHING, signal });
        let next = await rating.next();
        for (; !next.done; next = await rating.next()) {
          yield { kind: 'progress', step: steps + next.value, steps: steps + training.count, measures: {} };
        }
        if (!next.value) return undefined;
        yield { kind: 'suspects', ...next.value };
        return signal?.aborted ? undefined : model;
      } finally {
        scorer.dispose();
      }
    },
  };
}

const shared = <Config, Model>({ assertInput, scorer, files, facts }: Family<Config, Model>, name: string) => ({
  name,
  role: 'method' as const,
  accepts: ['image'] as const,
  input(config: Config, offered: InputShape) {
    assertInput?.(config, offered);
    return offered;
  },
  scorer: async (model: Model, config: Config, run: ScoreRun) => scorer(model, config, { ...run, name }),
  files,
  ...(facts && { facts }),
});

function assertLearnable<Config>(
  { name, assertInput }: Pick<Family<Config, never>, 'name' | 'assertInput'>,
  { count, shape: [height, width, channels] }: TrainingSet,
  config: Config,
): void {
  if (count === 0) throw new ConfigError(`${name}: the training set has 0 images; it must have at least one`);
  assertInput?.(config, { width, height, channels: channels as InputShape['channels'] });
}
