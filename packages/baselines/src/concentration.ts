import { ConfigError } from '@rddpm/core';
import type { FitEvent, FitRun, InputShape, Method, ScoreRun, Scorer, TrainingSet } from '@rddpm/core/contracts';
import { configSchema } from '@rddpm/core/schema';
import { DEFAULT_SMOOTHING, rateRows } from '@rddpm/maps';
import * as z from 'zod/mini';

/** Which part of the training set is learnt from in the end. */
export type Concentration = {
  /** The share that is kept in each round. */
  readonly keep: number;
  readonly rounds: number;
};

/** Of configs. */
export const concentrationFields = {
  /** The share of images that is kept at each position (of one Gaussian of all positions: of the images): at most that of the good ones. */
  keep: z._default(z.number().check(z.gte(0.5), z.lte(1)), 0.8),
  /** How often the nearest are chosen, and fitted to anew. */
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
  scorer(model: Model, config: Config, run: ScoreRun): Scorer | Promise<Scorer>;
  readonly files: Method<Config, Model>['files'];
  facts?(model: Model): Readonly<Record<string, unknown>>;
};

export type FamilyRun = Pick<FitRun, 'backend' | 'rng'> & {
  readonly signal: AbortSignal | undefined;
  readonly concentration: Concentration | undefined;
};

/** The method that learns from all of the training set. */
export function plainMethod<Config, Model>(family: Family<Config, Model>): Method<Config, Model> {
  const { name, scoring } = family;
  return {
    ...shared(family),
    config: configSchema(family.config, { name, affects: (field) => (scoring.includes(field) ? 'score' : 'fit') }),
    fit(training, config, { backend, rng, signal }) {
      assertLearnable(family, training, config);
      return family.fit(training, config, { backend, rng, signal, concentration: undefined });
    },
  };
}

/** The method, by the name of `NAME-concentrated`, that learns from what agrees best, and says at the end which training images don't. */
export function concentratedMethod<Config, Model>(family: Family<Config, Model>): Method<Config & Concentration, Model> {
  const name = `${family.name}-concentrated`;
  return {
    ...shared(family),
    name,
    config: configSchema(family.concentrated, { name }),
    async *fit(training, config, { backend, rng, signal }) {
      assertLearnable({ ...family, name }, training, config);
      const fitting = family.fit(training, config, { backend, rng, signal, concentration: config });
      let steps = 0; // of the fit; rating takes one an image
      let event = await fitting.next();
      for (; !event.done; event = await fitting.next()) {
        const told = event.value;
        if (told.kind === 'progress') steps = told.steps;
        yield told.kind === 'progress' ? { ...told, steps: steps + training.count } : told;
      }
      const model = event.value;
      if (!model) return undefined;
      const scorer = await family.scorer(model, config, { backend, rng });
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

const shared = <Config, Model>({ name, assertInput, scorer, files, facts }: Family<Config, Model>) => ({
  name,
  role: 'method' as const,
  accepts: ['image'] as const,
  input(config: Config, offered: InputShape) {
    assertInput?.(config, offered);
    return offered;
  },
  scorer: async (model: Model, config: Config, run: ScoreRun) => scorer(model, config, run),
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
