import {
  assertOneOf,
  assertPositive,
  assertPositiveInteger,
  type Backend,
  ConfigError,
  type DenoisingNetwork,
  definedFields,
  type ImageBatch,
  type Loss,
  type NoiseSchedule,
  type NoiseSource,
  PREDICTION_TYPES,
  type PredictionType,
  type Rng,
  type StatefulLoss,
} from '@rddpm/core';
import { type Augmentation, assertAugments } from '@rddpm/core/augmentation';
import type { TrainingSet } from '@rddpm/core/contracts';
import { gaussianNoise } from '@rddpm/scheduler';
import { adamW } from './adamw.ts';
import { LEARNING_RATE_SCHEDULES, type LearningRateSchedule } from './learning-rate.ts';
import { type NetworkImages, networkImages } from './network-images.ts';
import type { Optimizer } from './optimizer.ts';
import type { Selection } from './selection.ts';
import { TIMESTEP_WEIGHTINGS, type TimestepRange, type TimestepWeighting, timestepWeights } from './timestep-weighting.ts';
import type { TrainState } from './train-state.ts';

export type TrainOptions = {
  readonly network: DenoisingNetwork;
  /**
   * Compares what the network predicted with what was true. Its context holds timesteps, noise-to-signal ratios, rows and the step. What a
   * stateful loss remembers and learns is part of the run's state.
   */
  readonly loss: Loss | StatefulLoss;
  /** How the parameters move along their gradients; those that a stateful loss learns, too. @defaultValue `adamW()` */
  readonly optimizer?: Optimizer | undefined;
  /** With zero terminal SNR, the noise-to-signal ratio at its last t is Infinity. Only losses that weigh by it need to mind. */
  readonly schedule: NoiseSchedule;
  /** What the network is to predict, and samplers are to be told that it does. @defaultValue 'epsilon', the noise */
  readonly prediction?: PredictionType | undefined;
  /**
   * Where the noise comes from. Called for one image after another, with the generator of the step's noise. @defaultValue `gaussianNoise()`
   */
  readonly noise?: NoiseSource | undefined;
  readonly backend: Backend;
  /**
   * What is learnt from: images in memory, [n, h, w, c] in [0, 1], or a set whose rows are read when a step draws them, so that they never
   * have to fit in memory. Its `range: 'real'` goes to the network as it is; a batch's `valid` isn't looked at.
   */
  readonly images: ImageBatch | TrainingSet;
  /**
   * Which of them are trusted, decided anew from time to time: see `concentratedTrimming`. One that chooses by shares of `steps`, as that does by
   * default, depends on them: a run that is resumed must end where it was to end. @defaultValue all of them, always
   */
  readonly selection?: Selection | undefined;
  /** In total, those of a resumed run included. */
  readonly steps: number;
  /** Weights, batches, timesteps, noise and augmentation come from it, and from nothing else: runs that differ in their loss alone are paired. */
  readonly rng: Rng;
  /** May exceed the number of images. @defaultValue 8 */
  readonly batchSize?: number | undefined;
  /** @defaultValue 2e-4 */
  readonly learningRate?: number | undefined;
  /** Of the parameters that a stateful loss learns. They don't warm up, nor decay. @defaultValue 0.01 */
  readonly lossLearningRate?: number | undefined;
  /** The learning rate grows linearly over this many steps. @defaultValue 0 */
  readonly warmupSteps?: number | undefined;
  /**
   * How the rate goes on after its warm-up. One that falls reaches 0 at the end, so it depends on `steps`: a run that is resumed must end where it
   * was to end. @defaultValue 'constant'
   */
  readonly learningRateSchedule?: LearningRateSchedule | undefined;
  /** The timesteps that are trained: from `from` on, below `to`. What is beyond, nobody may ask for later. @defaultValue all of the schedule's */
  readonly timesteps?: TimestepRange | undefined;
  /**
   * How much a sample counts by its timestep: see `TIMESTEP_WEIGHTINGS`. The mean over `timesteps` is 1. Prediction and target are multiplied by the
   * weight's root before the loss compares them. For the squared error that weighs it; a robust loss has its threshold in these weighted units, a
   * trimmed one ranks weighted errors, and one that measures errors by what is usual at their noise takes the weights out again. Reported losses are weighted, mean
   * squared errors are not. @defaultValue 'none'
   */
  readonly weighting?: TimestepWeighting | undefined;
  /**
   * How an image may be shown each time a step draws it, at random: mirrored, turned, moved or lit, as `augmenter` of `@rddpm/core/augmentation` says of
   * each name. Whatever is named counts as normal afterwards. The order is of no matter. A selection scores images as they are. `'quarter-turns'` are for
   * squares, `'brightness'` is for pixels. @defaultValue none of them
   */
  readonly augment?: readonly Augmentation[] | undefined;
  /** Decoupled from the gradient, of every parameter of the network; at least 0. @defaultValue 0.01 */
  readonly weightDecay?: number | undefined;
  /** A gradient that is longer is shortened to this length; above 0, Infinity for never. @defaultValue 1 */
  readonly maxGradientNorm?: number | undefined;
  /** Ceiling of the moving average's decay, in [0, 1): at the 0-based step k it is min(emaDecay, (1 + k) / (10 + k)). @defaultValue 0.999 */
  readonly emaDecay?: number | undefined;
  /** Steps between progress events. @defaultValue 10 */
  readonly reportEvery?: number | undefined;
  /** Steps between checkpoint events. @defaultValue 500 */
  readonly checkpointEvery?: number | undefined;
  /** Where an earlier run stopped; it goes on as if it never had. */
  readonly resume?: TrainState | undefined;
  /** Once aborted, the run ends after its current step, as it does after the last: with a checkpoint event. */
  readonly signal?: AbortSignal | undefined;
};

/** The defaults of `train`, but for those that are made anew for each run: `noise`, `optimizer` and `timesteps`. */
export const TRAIN_DEFAULTS = {
  prediction: 'epsilon',
  batchSize: 8,
  learningRate: 2e-4,
  lossLearningRate: 0.01,
  warmupSteps: 0,
  learningRateSchedule: 'constant',
  weighting: 'none',
  augment: [],
  weightDecay: 0.01,
  maxGradientNorm: 1,
  emaDecay: 0.999,
  reportEvery: 10,
  checkpointEvery: 500,
} as const satisfies Partial<TrainOptions>;

type Defaulted = 'optimizer' | 'prediction' | 'noise' | 'learningRateSchedule' | 'timesteps' | 'weighting' | 'augment' | NumberOption;
type NumberOption =
  | 'batchSize'
  | 'learningRate'
  | 'lossLearningRate'
  | 'warmupSteps'
  | 'weightDecay'
  | 'maxGradientNorm'
  | 'emaDecay'
  | 'reportEvery'
  | 'checkpointEvery';
export type TrainSettings = Omit<TrainOptions, 'images'> & { readonly images: NetworkImages } & {
  readonly [K in Defaulted]: NonNullable<TrainOptions[K]>;
};

/** Fills in defaults. @throws {ConfigError}, {ShapeError} for what can't work. */
export function resolveOptions(options: TrainOptions): TrainSettings {
  const settings: TrainSettings = {
    ...TRAIN_DEFAULTS,
    ...definedFields(options),
    images: networkImages('train: images', options.images),
    noise: options.noise ?? gaussianNoise(),
    optimizer: options.optimizer ?? adamW(),
    timesteps: options.timesteps ?? { from: 0, to: options.schedule.steps },
  };
  for (const name of ['steps', 'batchSize', 'reportEvery', 'checkpointEvery'] as const)
    assertPositiveInteger(`train: ${name}`, settings[name]);
  for (const name of ['learningRate', 'lossLearningRate'] as const) assertPositive(`train: ${name}`, settings[name]);
  if (settings.maxGradientNorm !== Number.POSITIVE_INFINITY) assertPositive('train: maxGradientNorm', settings.maxGradientNorm);
  assertThat(Number.isSafeInteger(settings.warmupSteps) && settings.warmupSteps >= 0, 'warmupSteps', 'a whole number of at least 0');
  assertThat(Number.isFinite(settings.weightDecay) && settings.weightDecay >= 0, 'weightDecay', 'a finite number of at least 0');
  assertThat(settings.emaDecay >= 0 && settings.emaDecay < 1, 'emaDecay', 'at least 0 and below 1');
  assertOneOf('train: prediction', settings.prediction, PREDICTION_TYPES);
  assertOneOf('train: learningRateSchedule', settings.learningRateSchedule, LEARNING_RATE_SCHEDULES);
  assertRange(settings);
  assertOneOf('train: weighting', settings.weighting, TIMESTEP_WEIGHTINGS);
  timestepWeights(settings.weighting, settings); // those that have no mean throw
  assertAugments('train: augment', settings.augment, settings.images.shape, settings.images.range);
  const { images, resume, steps, selection, schedule } = settings;
  if (selection) assertTimesteps('train: selection', selection, schedule);
  if (resume && !(Number.isSafeInteger(resume.step) && resume.step >= 0 && resume.step <= steps)) {
    throw new ConfigError(`train: resume is at step ${resume.step}; it must be a whole number from 0 to steps, which is ${steps}`);
  }
  if (resume?.kept && resume.kept.length !== images.count) {
    throw new ConfigError(`train: resume.kept is of ${resume.kept.length} images, but there are ${images.count}`);
  }
  if (resume?.kept && !resume.kept.includes(1)) throw new ConfigError('train: resume.kept keeps none of the images');
  return settings;

  function assertThat(holds: boolean, name: NumberOption, rule: string): void {
    if (!holds) throw new ConfigError(`train: ${name} is ${settings[name]}; it must be ${rule}`);
  }
}

function assertRange({ timesteps: { from, to }, schedule, warmupSteps, steps, learningRateSchedule }: TrainSettings): void {
  const whole = Number.isSafeInteger(from) && Number.isSafeInteger(to);
  if (!(whole && from >= 0 && from < to && to <= schedule.steps)) {
    throw new ConfigError(
      `train: timesteps are from ${from} to ${to}; they must be whole numbers, from 0 to ${schedule.steps} at most, and not empty`,
    );
  }
  if (learningRateSchedule !== 'constant' && warmupSteps >= steps) {
    throw new ConfigError(
      `train: warmupSteps is ${warmupSteps}, but there are ${steps} steps; nothing is left for learningRateSchedule '${learningRateSchedule}'`,
    );
  }
}

/** @throws {ConfigError} for a timestep that the schedule does not have. */
export function assertTimesteps(what: string, { timesteps }: Selection, { steps }: NoiseSchedule): void {
  const beyond = timesteps.find((t) => !(Number.isSafeInteger(t) && t >= 0 && t < steps));
  if (beyond !== undefined) {
    throw new ConfigError(`${what}.timesteps holds ${beyond}; they must be whole numbers from 0 to ${steps - 1}`);
  }
}
