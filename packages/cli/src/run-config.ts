/** `config.json`: everything that decides how a run comes out, resolved, so that the file alone is enough to repeat it. */
import { ConfigError } from '@rddpm/core';
import {
  assertSelects,
  DIFFUSION_DEFAULTS as DEFAULTS,
  type DetectionConfig,
  detectionConfigSchema,
  diffusionConfigSchema,
  samplerNamed,
  selectionConfigSchema,
  trainingConfigSchema,
} from '@rddpm/diffusion';
import { createLoss, LOSS_NAMES, type LossConfig, lossConfigSchema } from '@rddpm/losses/config';
import { createSchedule, type SamplerConfig, type ScheduleConfig } from '@rddpm/scheduler/config';
import { createUNet, type ResolvedUNetConfig, UNET_PRESETS, type UNetConfig } from '@rddpm/unet';
import { z } from 'zod';
import { BACKENDS, type DetectionFlags, type TrainingFlags } from './options.ts';
import { parseJson } from './parse-json.ts';

const count = z.int().min(1);

/** `createUNet` is the judge of its fields; those that an older version did not write have their defaults. */
const networkSchema = z.record(z.string(), z.unknown()).transform((fields, context): ResolvedUNetConfig => {
  try {
    return createUNet(fields as unknown as UNetConfig).config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
});

const runConfigSchema = z.strictObject({
  version: z.literal(1),
  /** The data set's folder, absolute. */
  dataset: z.string(),
  seed: z.int().min(0),
  data: z.strictObject({
    size: count,
    channels: z.literal([1, 3]),
    contamination: z.number().min(0),
    of: z.enum(['normals', 'total']),
    overlap: z.boolean(),
    skipBroken: z.boolean(),
  }),
  loss: lossConfigSchema,
  /** Null for training on all images, always. */
  selection: z.nullable(selectionConfigSchema).default(null),
  network: networkSchema,
  diffusion: diffusionConfigSchema,
  training: trainingConfigSchema,
  detection: detectionConfigSchema,
  backend: z.enum(BACKENDS),
});

export type RunConfig = z.infer<typeof runConfigSchema>;

/** They may change between a run and its continuation: the steps already done come out the same. */
const FREE_ON_RESUME = ['training.steps', 'training.reportEvery', 'training.checkpointEvery', 'backend'];

/**
 * Options over what an earlier run was told, over the defaults.
 *
 * @throws {ConfigError} for options that contradict each other, and for sizes that the network can't halve.
 */
export function resolveRunConfig(dataset: string, flags: TrainingFlags & DetectionFlags, stored?: RunConfig): RunConfig {
  const data = stored?.data;
  if (flags.network && flags.widths) {
    throw new ConfigError(`--widths are the default network's, but --network is ${flags.network}; leave one of them out`);
  }
  const preset = flags.network ? UNET_PRESETS[flags.network] : DEFAULTS.network;
  const size = flags.size ?? data?.size ?? preset.sampleSize;
  const channels = flags.channels ?? data?.channels ?? 3;
  const { config: network } = createUNet({
    ...(flags.network ? preset : (stored?.network ?? preset)),
    sampleSize: size,
    inChannels: channels,
    outChannels: channels,
    ...(flags.widths ? { blockOutChannels: flags.widths, downBlockTypes: undefined, upBlockTypes: undefined } : {}),
  });
  const { training } = stored ?? {};
  const steps = flags.steps ?? training?.steps ?? DEFAULTS.training.steps;
  const diffusion = resolveDiffusion(flags, stored?.diffusion);
  return {
    version: 1,
    dataset,
    seed: flags.seed ?? stored?.seed ?? 0,
    data: {
      size,
      channels,
      contamination: flags.contamination ?? data?.contamination ?? 0,
      of: flags.of ?? data?.of ?? 'normals',
      overlap: flags.overlap ?? data?.overlap ?? false,
      skipBroken: flags.skipBroken ?? data?.skipBroken ?? false,
    },
    loss: resolveLoss(flags, size, stored?.loss),
    selection: resolveSelection(flags.selection, steps, diffusion.schedule, stored?.selection),
    network,
    diffusion,
    training: {
      steps,
      batchSize: flags.batch ?? training?.batchSize ?? DEFAULTS.training.batchSize,
      learningRate: flags.learningRate ?? training?.learningRate ?? DEFAULTS.training.learningRate,
      warmupSteps: training?.warmupSteps ?? DEFAULTS.training.warmupSteps,
      weightDecay: flags.weightDecay ?? training?.weightDecay ?? DEFAULTS.training.weightDecay,
      gradientNorm: training?.gradientNorm ?? DEFAULTS.training.gradientNorm,
      emaDecay: training?.emaDecay ?? DEFAULTS.training.emaDecay,
      reportEvery: training?.reportEvery ?? DEFAULTS.training.reportEvery,
      checkpointEvery: flags.checkpointEvery ?? training?.checkpointEvery ?? DEFAULTS.training.checkpointEvery,
    },
    detection: resolveDetection(flags, diffusion, stored?.detection),
    backend: flags.backend ?? stored?.backend ?? 'auto',
  };
}

function resolveDiffusion(flags: TrainingFlags, stored?: RunConfig['diffusion']): RunConfig['diffusion'] {
  const { schedule: name, zeroTerminalSnr, prediction, noise } = flags;
  const schedule = name && name !== stored?.schedule.name ? scheduleNamed(name) : (stored?.schedule ?? DEFAULTS.diffusion.schedule);
  return {
    schedule: zeroTerminalSnr ? { ...schedule, zeroTerminalSnr } : schedule,
    prediction: prediction ?? stored?.prediction ?? DEFAULTS.diffusion.prediction,
    noise: noise && noise !== stored?.noise.name ? { name: noise } : (stored?.noise ?? DEFAULTS.diffusion.noise),
  };
}

function scheduleNamed(name: NonNullable<TrainingFlags['schedule']>): ScheduleConfig {
  const { steps, betaStart, betaEnd } = DEFAULTS.diffusion.schedule;
  return name === 'cosine' ? { name, steps } : { name, steps, betaStart, betaEnd };
}

/**
 * `reverseSteps` follows `forwardSteps` unless it is given, too; an inversion has nothing to draw.
 *
 * @throws {ConfigError} for more steps than the schedule has, more evaluations than steps, and what can't be inverted.
 */
export function resolveDetection(
  flags: DetectionFlags,
  { schedule, prediction }: Pick<RunConfig['diffusion'], 'schedule' | 'prediction'>,
  stored: Partial<DetectionConfig> = {},
): RunConfig['detection'] {
  const { steps: scheduleSteps } = createSchedule(schedule);
  const forwardSteps = flags.forwardSteps ?? stored.forwardSteps ?? Math.min(DEFAULTS.detection.forwardSteps, scheduleSteps);
  const reverseSteps = flags.reverseSteps ?? (flags.forwardSteps !== undefined ? forwardSteps : (stored.reverseSteps ?? forwardSteps));
  const evaluations = flags.evaluations ?? Math.min(stored.evaluations ?? DEFAULTS.detection.evaluations, reverseSteps);
  for (const [option, steps] of [['--forward-steps', forwardSteps] as const, ['--reverse-steps', reverseSteps] as const]) {
    if (steps > scheduleSteps) throw new ConfigError(`${option} is ${steps}, but the schedule has ${scheduleSteps} steps`);
  }
  if (evaluations > reverseSteps) throw new ConfigError(`--evaluations is ${evaluations}, but there are ${reverseSteps} reverse steps`);
  const encode = flags.encode ?? stored.encode ?? DEFAULTS.detection.encode;
  const draws =
    flags.draws ?? (encode === stored.encode ? stored.draws : undefined) ?? (encode === 'inversion' ? 1 : DEFAULTS.detection.draws);
  if (encode === 'inversion' && draws > 1)
    throw new ConfigError(`--draws is ${draws}, but --encode inversion draws no noise; it must be 1`);
  if (encode === 'inversion' && prediction === 'sample') {
    throw new ConfigError(
      "--encode inversion needs a network that predicts noise or v; at the clean image a prediction of 'sample' implies no noise",
    );
  }
  return {
    forwardSteps,
    reverseSteps,
    evaluations,
    spacing: flags.spacing ?? stored.spacing ?? DEFAULTS.detection.spacing,
    sampler: resolveSampler(flags, stored.sampler),
    encode,
    draws,
    error: stored.error ?? DEFAULTS.detection.error,
    channels: stored.channels ?? DEFAULTS.detection.channels,
    smoothing: flags.smoothing ?? stored.smoothing ?? DEFAULTS.detection.smoothing,
  };
}

type ResolvedSampler = RunConfig['detection']['sampler'];

/** @throws {ConfigError} for an η of another sampler than DDIM. */
function resolveSampler({ sampler, eta }: DetectionFlags, stored?: SamplerConfig): ResolvedSampler {
  const config = samplerNamed(sampler ?? stored?.name ?? DEFAULTS.detection.sampler.name, stored);
  if (eta === undefined) return config;
  if (config.name !== 'ddim') throw new ConfigError(`--eta belongs to --sampler ddim, but the sampler is ${config.name}`);
  return { ...config, eta };
}

/** @throws {FormatError} if `text` is not what `rddpm train` wrote, unknown keys included. */
export function parseRunConfig(text: string, source: string): RunConfig {
  return parseJson(runConfigSchema, text, source);
}

/** @throws {ConfigError} naming the first field in which a continuation differs from its run. */
export function assertSameRun(stored: RunConfig, wanted: RunConfig, source: string): void {
  const [before, now] = [fieldsOf(stored, wanted), fieldsOf(wanted, stored)];
  for (const field of new Set([...before.keys(), ...now.keys()])) {
    if (FREE_ON_RESUME.includes(field) || before.get(field) === now.get(field)) continue;
    throw new ConfigError(
      `--resume: ${field} is ${before.get(field) ?? 'not set'} in ${source} but ${now.get(field) ?? 'not set'} here; ` +
        'leave the option out to go on as before, or use another folder',
    );
  }
}

/** `{ loss: { delta: 0.2 } }` is `'loss.delta' -> '0.2'`. What is an object on one side only stays whole. */
function fieldsOf(value: object, other: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(value).flatMap(([key, field]) => {
      const opposite = (other as Readonly<Record<string, unknown>>)[key];
      if (isRecord(field) && isRecord(opposite)) return [...fieldsOf(field, opposite, `${prefix}${key}.`)];
      return [[`${prefix}${key}`, JSON.stringify(field)] as const];
    }),
  );
}

const isRecord = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws {ConfigError} where training would be over before the first choice, and for timesteps that the schedule lacks. */
function resolveSelection(
  flag: TrainingFlags['selection'],
  steps: number,
  schedule: ScheduleConfig,
  stored: RunConfig['selection'] = DEFAULTS.selection,
): RunConfig['selection'] {
  const selection = flag === undefined ? stored : flag;
  if (selection) assertSelects('--selection', selection, { training: steps, schedule: createSchedule(schedule).steps });
  return selection;
}

/** Options of a loss that have a flag of their own, by flag. */
const LOSS_OPTIONS = { delta: '--delta', keep: '--keep' } as const;

/**
 * The loss as asked for, over what it was before if it's the same one, over its defaults.
 *
 * @throws {ConfigError} for an unknown loss, fields out of range, and options of another loss.
 */
function resolveLoss(flags: Pick<TrainingFlags, 'loss' | 'delta' | 'keep'>, size: number, stored?: RunConfig['loss']): RunConfig['loss'] {
  const asked = flags.loss ?? { name: stored?.name ?? DEFAULTS.loss.name };
  const config = { ...(stored?.name === asked.name ? stored : {}), ...asked } as LossConfig;
  createLoss(config); // throws for what is wrong with it
  const resolved = lossConfigSchema.parse(config);
  if (resolved.name === 'block-lts' && size % resolved.block > 0)
    throw new ConfigError(`--loss: blocks of ${resolved.block} pixels don't divide the size, which is ${size}`);
  for (const [option, flag] of Object.entries(LOSS_OPTIONS)) {
    const value = flags[option as keyof typeof LOSS_OPTIONS];
    if (value === undefined) continue;
    if (!(option in resolved)) throw new ConfigError(`${flag} belongs to ${lossesWith(option)}, but the loss is ${resolved.name}`);
    Object.assign(resolved, { [option]: value });
  }
  return resolved;
}

const lossesWith = (option: string) =>
  new Intl.ListFormat('en').format(LOSS_NAMES.filter((name) => option in lossConfigSchema.parse({ name })));
