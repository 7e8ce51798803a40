/** The diffusion methods as `Method`s. They differ in the kind of network, the loss, and whether training images are selected. */
import { ConfigError, type DenoisingNetwork, definedFields, type ImageBatch, type Rng, toHost, toTensors } from '@rddpm/core';
import { assertAugments } from '@rddpm/core/augmentation';
import type {
  Curve,
  FitEvent,
  FitRun,
  InputShape,
  ItemKind,
  Measured,
  Method,
  RatedRows,
  Schema,
  ScoreRun,
  Scorer,
  Size,
  TrainingSet,
} from '@rddpm/core/contracts';
import { createStepReader, type StepReading } from '@rddpm/detector';
import { type LossConfig, lossOf } from '@rddpm/losses/config';
import { createNoise, createSchedule } from '@rddpm/scheduler/config';
import { decodeState, encodeState, selectImages, type TrainState, train } from '@rddpm/trainer';
import { dispose } from '@tensorflow/tfjs-core';
import { type ConfiguredDetectorOptions, createConfiguredDetector } from './configured-detector.ts';
import {
  type AskingConfig,
  askingConfig,
  completeAsking,
  completeConfig,
  type DiffusionConfig,
  diffusionConfig,
  type MethodDefaults,
} from './diffusion-config.ts';
import type { NetworkFamily, TrainedNetwork } from './network-family.ts';
import { probeOf, secondsPerStepOf, stepsWithin } from './plan.ts';
import { createSelection, ruleOf } from './selection-config.ts';

export type DiffusionMethodOptions<Network, Built extends DenoisingNetwork> = {
  readonly name: string;
  readonly network: NetworkFamily<Network, Built>;
  /** What makes it this method: a config may change the options of its loss and selection, not their names. @defaultValue plain DDPM: the squared error, all images */
  readonly defaults?: MethodDefaults;
  /** @defaultValue images */
  readonly accepts?: readonly ItemKind[];
};

/** Root generator of a run: weights, batches, timesteps and noise come from it. Use it again when scoring its training images, to meet the same noise. */
export const trainingRng = (rng: Rng): Rng => rng.fork('training');

/**
 * The method that trains a network of this kind to denoise, and marks what the network would not have drawn.
 *
 * Its progress events measure `loss`, `meanSquaredError`, `meanSquaredErrorByQuarter` (of t), `gradientNorm`, `learningRate` and `secondsPerStep`. A
 * method that selects images also sends `selection` events, and at the end a `suspects` event: the images that the finished network finds odd.
 */
export function diffusionMethod<Network, Built extends DenoisingNetwork>(
  options: DiffusionMethodOptions<Network, Built>,
): Method<DiffusionConfig<Network>, TrainedNetwork<Built>> {
  const { name, network: family, defaults, accepts = ['image'] } = options;
  const config = diffusionConfig(name, family, defaults);
  return {
    name,
    role: 'method',
    accepts,
    config,
    input(config, offered) {
      family.create(config.network, [offered.height, offered.width, offered.channels]);
      assertBlocks(name, config.loss, offered);
      assertAugments(`${name}: training.augment`, config.training.augment, [offered.height, offered.width]);
      return offered;
    },
    complete: (config, input) => completeConfig(name, config, input),
    async plan(training, config, { seconds, ...run }) {
      const started = performance.now();
      const [height, width, channels] = training.shape as [number, number, InputShape['channels']];
      const complete = completeConfig(name, config, { width, height, channels });
      const network = family.create(config.network, training.shape);
      const events: FitEvent[] = [];
      for await (const event of fitNetwork(network, training, probeOf(complete), run)) events.push(event);
      const time = { given: seconds, spent: (performance.now() - started) / 1000 };
      const steps = stepsWithin(name, time, secondsPerStepOf(events), training.count, complete);
      return { ...config, training: { ...config.training, steps } };
    },
    fit: (training, config, run) => fitNetwork(family.create(config.network, training.shape), training, config, run),
    scorer: scorerOf,
    files: filesOf(family, config),
    facts: (_, { loss, selection, training: { steps, ...training }, ...config }) =>
      definedFields({ loss, selection: selection ?? undefined, steps, training, ...config }),
    curves: curvesOf,
  };
}

/** The loss, and the mean squared error of the prediction by quarter of t. */
function curvesOf(progress: readonly Measured[], { diffusion }: DiffusionConfig): Curve[] {
  if (progress.length === 0) return [];
  const curve = (name: string, read: (measures: Measured['measures']) => unknown): Curve => ({
    name,
    x: 'step',
    points: progress.map(({ step, measures }) => [step, numberOrNull(read(measures))]),
  });
  const { steps } = createSchedule(diffusion.schedule);
  const starts = [0, 1, 2, 3, 4].map((quarter) => Math.ceil((quarter * steps) / 4));
  const quarters = [0, 1, 2, 3].map((quarter) =>
    curve(`mean squared error, t ${starts[quarter]} to ${starts[quarter + 1]! - 1}`, ({ meanSquaredErrorByQuarter }) =>
      Array.isArray(meanSquaredErrorByQuarter) ? meanSquaredErrorByQuarter[quarter] : null,
    ),
  );
  return [curve('loss', ({ loss }) => loss), ...quarters];
}

const numberOrNull = (value: unknown) => (typeof value === 'number' ? value : null);

/** The network as it is before its first step, through the same detector: a reference that shows what training adds. */
export function untrainedMethod<Network, Built extends DenoisingNetwork>(
  options: Omit<DiffusionMethodOptions<Network, Built>, 'defaults'>,
): Method<AskingConfig<Network>, TrainedNetwork<Built>> {
  const { name, network: family, accepts = ['image'] } = options;
  const config = askingConfig(name, family);
  return {
    name,
    role: 'reference',
    accepts,
    config,
    input(config, offered) {
      family.create(config.network, [offered.height, offered.width, offered.channels]);
      return offered;
    },
    complete: completeAsking,
    async *fit({ shape }, config, { backend, rng, signal }) {
      await backend(); // makes a TensorFlow.js backend current, which `init` needs for its tensors
      if (signal?.aborted) return undefined;
      const network = family.create(config.network, shape);
      const weights = network.init(trainingRng(rng).fork('init')); // those that every method of the same generator starts from
      return { network, weights: await toHost(weights).finally(() => dispose({ ...weights })) };
    },
    scorer: scorerOf,
    files: filesOf(family, config),
  };
}

async function* fitNetwork<Built extends DenoisingNetwork>(
  network: Built,
  images: TrainingSet,
  config: DiffusionConfig,
  { rng, signal, ...run }: FitRun,
): AsyncGenerator<FitEvent, TrainedNetwork<Built> | undefined> {
  const backend = await run.backend();
  const { diffusion, detection, training, selection } = config;
  const resume = run.resume && decodeState(run.resume.bytes, run.resume.source);
  // for its errors, which would else come after hours of training; it compiles nothing before the first image
  readerOf({ network, weights: {}, backend, diffusion, detection, rng });
  const shared = {
    network,
    backend,
    images,
    schedule: createSchedule(diffusion.schedule),
    prediction: diffusion.prediction,
    noise: createNoise(diffusion.noise),
    batchSize: training.batchSize,
    rng: trainingRng(rng),
  };
  const chosen = selection ? createSelection(selection) : undefined;
  const { timesteps, warmupSteps, ...rest } = training;
  const events = train({
    ...rest,
    ...shared,
    timesteps: timesteps === null ? undefined : settled(timesteps),
    warmupSteps: settled(warmupSteps),
    loss: lossOf(config.loss),
    selection: chosen,
    signal,
    resume,
  });
  if (resume) yield { kind: 'resumed', step: resume.step };
  if (selection && resume?.kept) yield { kind: 'selection', step: resume.step, kept: resume.kept };
  const state = yield* told(events, training.steps);
  if (signal?.aborted || state.step < training.steps) return undefined;
  if (selection && chosen) {
    const found = await selectImages({ ...shared, selection: chosen, weights: state.ema });
    yield { kind: 'suspects', ...found, rule: ruleOf(selection) } satisfies { kind: 'suspects' } & RatedRows;
    if (signal?.aborted) return undefined;
  }
  return { network, weights: state.ema };
}

/** The trainer's events as those of all methods. */
async function* told(events: ReturnType<typeof train>, steps: number): AsyncGenerator<FitEvent, TrainState> {
  try {
    while (true) {
      const { done, value: event } = await events.next();
      if (done) return event;
      switch (event.kind) {
        case 'progress': {
          const { kind, step, ...measures } = event;
          yield { kind, step, steps, measures };
          break;
        }
        case 'checkpoint':
          yield { kind: 'checkpoint', step: event.state.step, bytes: encodeState(event.state) };
          break;
        case 'selection':
          yield { kind: 'selection', step: event.step, kept: event.kept };
      }
    }
  } finally {
    await events.return(undefined as never); // whoever leaves early: nothing stays allocated
  }
}

/** Smoothing is left to `@rddpm/maps`, which smooths the maps of all methods alike. */
const UNSMOOTHED = { sigma: 0, unit: 'pixels' } as const;

async function scorerOf(
  { network, weights: hostWeights }: TrainedNetwork,
  { diffusion, detection }: AskingConfig,
  { rng, ...run }: ScoreRun,
): Promise<Scorer> {
  const backend = await run.backend();
  const weights = toTensors(hostWeights);
  const read = readerOf({ network, weights, backend, diffusion, detection, rng });
  return {
    async score({ values }) {
      const { maps, reconstructions } = await read(values);
      return { maps, pictures: { reconstruction: reconstructions } };
    },
    dispose: () => dispose({ ...weights }),
  };
}

/** What turns images into maps, by the config's reading. */
function readerOf(options: Omit<ConfiguredDetectorOptions, 'smoothing'>): (images: ImageBatch) => Promise<StepReading> {
  const { detection, diffusion, rng } = options;
  if (detection.reading !== 'steps') {
    const detector = createConfiguredDetector({ ...options, smoothing: UNSMOOTHED });
    return (images) => detector.detect(images);
  }
  const reader = createStepReader({
    ...options,
    ...detection,
    timesteps: settled(detection.timesteps),
    schedule: createSchedule(diffusion.schedule),
    prediction: diffusion.prediction,
    noise: createNoise(diffusion.noise),
    rng: rng.fork('detection'),
  });
  return (images) => reader.read(images);
}

/** A field that `complete` fills in. @throws {ConfigError} if it has not done so. */
function settled<T>(value: T | null | undefined | 'asked'): T {
  if (value === null || value === undefined || value === 'asked') {
    throw new ConfigError('a diffusion config is used before it was completed: call complete() of its method with the input first');
  }
  return value as T;
}

function filesOf<Network, Built extends DenoisingNetwork, Config extends AskingConfig<Network>>(
  family: NetworkFamily<Network, Built>,
  config: Schema<Config>,
): Method<Config, TrainedNetwork<Built>>['files'] {
  return { encode: (model, info) => family.encode(model, config.parse(info.config), info), decode: (read) => family.decode(read) };
}

/** @throws {ConfigError} where a loss's blocks don't tile the images. */
function assertBlocks(name: string, loss: LossConfig, { width, height }: Size): void {
  if (loss.name !== 'block-lts' || loss.block === undefined) return;
  const side = [width, height].find((side) => side % loss.block! !== 0);
  if (side !== undefined) throw new ConfigError(`${name}: blocks of ${loss.block} pixels don't divide the size, which is ${side}`);
}
