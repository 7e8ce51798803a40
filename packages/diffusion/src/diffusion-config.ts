/** Everything that decides what a diffusion method learns and how it marks what is odd, as config files hold it, and its defaults. */
import { ConfigError, withoutFields } from '@rddpm/core';
import { AUGMENTATIONS } from '@rddpm/core/augmentation';
import type { InputShape, Schema } from '@rddpm/core/contracts';
import { configSchema, merged } from '@rddpm/core/schema';
import { type LossConfig, type ResolvedLossConfig, resolveLossConfig } from '@rddpm/losses/config';
import { BETA_RANGE_DEFAULTS } from '@rddpm/scheduler';
import { createSchedule } from '@rddpm/scheduler/config';
import { LEARNING_RATE_SCHEDULES, TIMESTEP_WEIGHTINGS, TRAIN_DEFAULTS } from '@rddpm/trainer';
import * as z from 'zod/mini';
import {
  assertDetects,
  completeDetection,
  DETECTION_DEFAULTS,
  type DetectionConfig,
  depthAsked,
  detectionConfigSchema,
  mergeDetection,
  type ProcessConfig,
  processConfigSchema,
} from './detection-config.ts';
import type { NetworkFamily } from './network-family.ts';
import { SELECTION_LEVELS, timestepsAt } from './noise-levels.ts';
import { assertSelects, EARLIER_SELECTION_NAMES, type SelectionConfig, selectionConfigSchema } from './selection-config.ts';

const count = z.int().check(z.gte(1));

/** Of `train` in `@rddpm/trainer`, which says what each means. */
export const trainingConfigSchema = z.strictObject({
  /** In total, those of a resumed run included. */
  steps: count,
  batchSize: count,
  learningRate: z.number().check(z.positive()),
  /** Null for `WARMUP_STEPS`; where the rate falls to the end of the steps, a tenth of them if that is less. */
  warmupSteps: z.nullable(z.int().check(z.gte(0))),
  learningRateSchedule: z.enum(LEARNING_RATE_SCHEDULES),
  /** 'asked' for those that detection and selection ask about, and a third more; null for all of the noise schedule's, as whoever generates needs. */
  timesteps: z.nullable(z.union([z.literal('asked'), z.strictObject({ from: z.int().check(z.gte(0)), to: count })])),
  weighting: z.enum(TIMESTEP_WEIGHTINGS),
  augment: z.readonly(z.array(z.enum(AUGMENTATIONS))),
  weightDecay: z.number().check(z.gte(0)),
  maxGradientNorm: z.number().check(z.positive()),
  emaDecay: z.number().check(z.gte(0), z.lt(1)),
  reportEvery: count,
  checkpointEvery: count,
});

export type TrainingConfig = z.output<typeof trainingConfigSchema>;

/** How a network learns, what it is, and how it is asked. It has no sides and channels: those are the images'. */
export type DiffusionConfig<Network = unknown> = {
  readonly loss: ResolvedLossConfig;
  /** Null for training on all images, always. */
  readonly selection: SelectionConfig | null;
  readonly network: Network;
  readonly diffusion: ProcessConfig;
  readonly training: TrainingConfig;
  readonly detection: DetectionConfig;
};

/** The part that asking a network for maps takes, whether it was trained here, elsewhere or not at all. */
export type AskingConfig<Network = unknown> = Pick<DiffusionConfig<Network>, 'network' | 'diffusion' | 'detection'>;

/** The defaults of all diffusion methods but for the network, whose are its family's. */
export const DIFFUSION_DEFAULTS = {
  loss: { name: 'mse' },
  selection: null,
  diffusion: {
    schedule: { name: 'linear', ...BETA_RANGE_DEFAULTS },
    prediction: TRAIN_DEFAULTS.prediction,
    noise: { name: 'gaussian' },
  },
  training: {
    ...withoutFields(TRAIN_DEFAULTS, 'prediction', 'lossLearningRate'),
    // where detectors are trained otherwise than `train` does by default: found by measurement, see docs/recipe.md
    steps: 1500,
    learningRate: 2e-3,
    warmupSteps: null,
    learningRateSchedule: 'cosine',
    timesteps: 'asked',
    emaDecay: 0.99,
  },
  detection: DETECTION_DEFAULTS,
} as const satisfies Omit<DiffusionConfig, 'network'>;

/** Fields whose change leaves the steps that are already done as they are. */
const CONTINUATION: readonly string[] = ['training.reportEvery', 'training.checkpointEvery'];

/** More `steps` continue a fit if neither its learning rate nor its choices of images depend on how many steps there are; otherwise they are another fit. */
const affects = (
  field: string,
  config?: AskingConfig & Partial<Pick<DiffusionConfig, 'training' | 'selection'>>,
): 'fit' | 'continuation' | 'score' => {
  const { training, selection } = config ?? {};
  const hasShares = selection?.firstChoice === null || selection?.every === null;
  if (field === 'training.steps' && training?.learningRateSchedule === 'constant' && !hasShares) return 'continuation';
  if (CONTINUATION.includes(field)) return 'continuation';
  return field === 'detection' || field.startsWith('detection.') ? 'score' : 'fit';
};

/** What tells a method from the others. */
export type MethodDefaults = { readonly loss?: LossConfig; readonly selection?: SelectionConfig | null };

/** @param defaults The method's own, over those of all methods. A config can change neither the loss's name nor whether images are selected: they make it this method. */
export function diffusionConfig<Network>(
  name: string,
  family: Pick<NetworkFamily<Network>, 'config' | 'merge'>,
  defaults: MethodDefaults = {},
): Schema<DiffusionConfig<Network>> {
  const base = { ...DIFFUSION_DEFAULTS, ...defaults };
  const schema = z.strictObject({
    loss: lossSchema,
    selection: z.nullable(selectionConfigSchema),
    network: family.config,
    diffusion: processConfigSchema,
    training: trainingConfigSchema,
    detection: detectionConfigSchema,
  });
  return configSchema(schema as z.ZodMiniType<DiffusionConfig<Network>>, {
    name,
    affects,
    earlierNames: EARLIER_NAMES,
    merge: (value, before) => {
      const given = value as Partial<DiffusionConfig>;
      return {
        ...mergeAsking(given, before, family),
        loss: merged(before?.loss ?? base.loss, given.loss),
        selection: merged(before ? before.selection : base.selection, given.selection),
        training: merged(before?.training ?? base.training, given.training),
        ...unknownOf(given, base),
      };
    },
    check: ({ loss, selection, diffusion, training, detection }) => {
      if (loss.name !== base.loss.name) throw new ConfigError(`${name}: loss.name is ${loss.name}; this method's is ${base.loss.name}`);
      if (!selection !== !base.selection)
        throw new ConfigError(
          `${name}: selection is ${selection?.name ?? null}; this method ${base.selection ? 'selects' : 'takes all images'}`,
        );
      if (selection)
        assertSelects(`${name}: selection`, selection, { training: training.steps, schedule: createSchedule(diffusion.schedule).steps });
      assertDetects(name, detection, diffusion);
      assertTrained(name, { selection, training, detection });
      assertWeighs(name, { diffusion, training });
    },
  });
}

const EARLIER_ASKING_NAMES = { 'detection.channels': 'channelReduction' };

/** Paths that fields had in earlier versions, with today's names. */
const EARLIER_NAMES = {
  ...EARLIER_ASKING_NAMES,
  'training.gradientNorm': 'maxGradientNorm',
  'selection.warmupSteps': EARLIER_SELECTION_NAMES.warmupSteps,
};

/** With the timesteps that images of this size are read at. */
export function completeAsking<Config extends AskingConfig>(config: Config, input: InputShape): Config {
  return { ...config, detection: completeDetection(config.detection, config.diffusion, input) };
}

/**
 * The config with what depends on the images: timesteps at which a network of their size is trained, asked and lets images be chosen; and steps
 * that are a share of all steps.
 *
 * @param name Begins messages. @throws {ConfigError} where timesteps that follow from the size lie outside those that are said to be trained.
 */
export function completeConfig<Network>(name: string, config: DiffusionConfig<Network>, input: InputShape): DiffusionConfig<Network> {
  const { diffusion, selection, training } = config;
  const schedule = createSchedule(diffusion.schedule);
  const { detection } = completeAsking(config, input);
  const chosen = selection && { ...selection, timesteps: selection.timesteps ?? timestepsAt(SELECTION_LEVELS, schedule, input) };
  const depth = Math.max(depthAsked(detection), 1 + Math.max(0, ...(chosen?.timesteps ?? [])));
  const asked = { from: 0, to: Math.min(schedule.steps, Math.ceil(depth * (1 + MARGIN))) };
  const timesteps = training.timesteps === 'asked' ? asked : training.timesteps;
  const isOpen = training.learningRateSchedule === 'constant'; // then steps may be added later
  const warmupSteps = training.warmupSteps ?? (isOpen ? WARMUP_STEPS : Math.min(WARMUP_STEPS, Math.floor(training.steps / 10)));
  const complete = { ...config, detection, selection: chosen, training: { ...training, timesteps, warmupSteps } };
  assertTrained(name, complete);
  return complete;
}

/** How many more timesteps are trained than are asked about, as a share: the last of a range have trained neighbours on one side only. */
const MARGIN = 1 / 3;

/** Over how many steps the learning rate grows unless a config says it. */
export const WARMUP_STEPS = 50;

/** @throws {ConfigError} where the network is asked for timesteps that it was not trained for. */
function assertTrained(
  name: string,
  { selection, training: { timesteps }, detection }: Pick<DiffusionConfig, 'selection' | 'training' | 'detection'>,
): void {
  if (!timesteps || timesteps === 'asked') return;
  const { from, to } = timesteps;
  if (from >= to) throw new ConfigError(`${name}: training.timesteps are from ${from} to ${to}, which are none`);
  for (const field of ['forwardSteps', 'reverseSteps'] as const) {
    if (detection.reading !== 'steps' && detection[field] > to)
      throw new ConfigError(`${name}: training.timesteps end at ${to}, but detection.${field} is ${detection[field]}`);
  }
  const asked = detection.reading === 'steps' ? detection.timesteps?.find((t) => t < from || t >= to) : undefined;
  if (asked !== undefined)
    throw new ConfigError(`${name}: training.timesteps are from ${from} to ${to}, but detection.timesteps hold ${asked}`);
  const odd = selection?.timesteps?.find((t) => t < from || t >= to);
  if (odd !== undefined)
    throw new ConfigError(`${name}: training.timesteps are from ${from} to ${to}, but selection.timesteps hold ${odd}`);
}

/** @throws {ConfigError} where a weight would be infinite. */
function assertWeighs(name: string, { diffusion, training }: Pick<DiffusionConfig, 'diffusion' | 'training'>): void {
  if (training.weighting !== 'x0' || diffusion.prediction !== 'epsilon' || training.timesteps === 'asked') return; // timesteps that are still open are checked by `train`
  const { alphasCumprod, steps } = createSchedule(diffusion.schedule);
  const { to } = training.timesteps ?? { to: steps };
  if (alphasCumprod[to - 1] !== 0) return;
  throw new ConfigError(
    `${name}: training.weighting is x0, which has no bound for predicted noise at timestep ${to - 1}, where nothing is left of the image; try another diffusion.prediction, or training.timesteps that end before`,
  );
}

/** The schema of `AskingConfig`: the config of a network that is not trained here. */
export function askingConfig<Network>(
  name: string,
  family: Pick<NetworkFamily<Network>, 'config' | 'merge'>,
): Schema<AskingConfig<Network>> {
  const schema = z.strictObject({ network: family.config, diffusion: processConfigSchema, detection: detectionConfigSchema });
  return configSchema(schema as z.ZodMiniType<AskingConfig<Network>>, {
    name,
    affects,
    earlierNames: EARLIER_ASKING_NAMES,
    merge: (value, before) => {
      const given = value as Partial<AskingConfig>;
      return { ...mergeAsking(given, before, family), ...unknownOf(given, {}) };
    },
    check: ({ diffusion, detection }) => assertDetects(name, detection, diffusion),
  });
}

function mergeAsking<Network>(
  given: Partial<AskingConfig>,
  before: AskingConfig<Network> | undefined,
  family: Pick<NetworkFamily<Network>, 'merge'>,
) {
  const diffusion = mergeProcess(given.diffusion, before?.diffusion ?? DIFFUSION_DEFAULTS.diffusion);
  const { detection = {} } = given;
  const { data } = processConfigSchema.safeParse(diffusion); // what is wrong with it is said when all is parsed
  return {
    network: family.merge(given.network, before?.network),
    diffusion,
    detection: mergeDetection(detection, before?.detection ?? {}, data ?? DIFFUSION_DEFAULTS.diffusion),
  };
}

/** A schedule of another name starts from the default steps and betas, not from those of the schedule before. */
function mergeProcess(given: Partial<ProcessConfig> | undefined, before: ProcessConfig): unknown {
  const { steps, betaStart, betaEnd } = DIFFUSION_DEFAULTS.diffusion.schedule;
  const name = given?.schedule?.name;
  if (name === undefined || name === before.schedule.name || name === 'betas') return merged(before, given);
  const schedule = name === 'cosine' ? { name, steps } : { name, steps, betaStart, betaEnd };
  return merged({ ...before, schedule }, given);
}

/** Fields that are not `known`, for the schema to refuse. */
function unknownOf(given: object, known: object): object {
  const parts = ['network', 'diffusion', 'detection', ...Object.keys(known)];
  return Object.fromEntries(Object.entries(given).filter(([key]) => !parts.includes(key)));
}

/** `resolveLossConfig` says what is wrong with a loss better than a schema inside this one would. */
const lossSchema = z.pipe(
  z.unknown(),
  z.transform((config, context): ResolvedLossConfig => {
    try {
      return resolveLossConfig(config);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      context.issues.push({ code: 'custom', message: error.message, input: config });
      return z.NEVER;
    }
  }),
);
