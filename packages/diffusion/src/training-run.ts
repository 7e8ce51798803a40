import { type Backend, ConfigError, createRng, type HostWeights, type ImageBatch, type Rng, toTensors } from '@rddpm/core';
import { createLoss } from '@rddpm/losses/config';
import { createNoise, createSchedule } from '@rddpm/scheduler/config';
import { type TrainEvent, type TrainState, train } from '@rddpm/trainer';
import { createUNet } from '@rddpm/unet';
import { dispose } from '@tensorflow/tfjs-core';
import { createConfiguredDetector } from './configured-detector.ts';
import { detectInChunks } from './detect-all.ts';
import type { DiffusionConfig } from './diffusion-config.ts';
import type { DiffusionModel } from './diffusion-model.ts';
import type { ModelInfo } from './model-info.ts';
import { pickImages } from './pick-images.ts';
import { createSelection } from './selection-config.ts';
import { thresholdImages, thresholdOf } from './threshold.ts';

export type TrainingRun = {
  readonly config: DiffusionConfig;
  /** Of everything random: runs that differ in their loss alone are paired. */
  readonly seed: number;
  readonly backend: Backend;
  /** [n, h, w, c] in [0, 1]; some may be defective, and nothing says which. */
  readonly images: ImageBatch;
  /** Where an earlier run stopped. */
  readonly resume?: TrainState | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** `threshold`: how many of the training images that make the threshold have been scored. */
export type TrainingRunEvent = TrainEvent | { readonly kind: 'threshold'; readonly done: number; readonly total: number };

/** What a run's weights, batches, timesteps and noise come from, and whoever scores its training images later. */
export const trainingRng = (seed: number): Rng => createRng(seed).fork('training');

/**
 * Trains, then makes the threshold from the scores of training images, those that a selection left out not among them.
 *
 * @returns The model; undefined once the signal is aborted, with the state in the last checkpoint event.
 * @throws {ConfigError} for a config that can't work; {StepError} with the newest state when a step fails.
 */
export async function* runTraining(run: TrainingRun): AsyncGenerator<TrainingRunEvent, DiffusionModel | undefined> {
  const { config, seed, images, resume } = run;
  const { diffusion, detection } = config;
  // at once, not after hours of training: nothing is compiled before the first image
  createConfiguredDetector({ network: createUNet(config.network), weights: {}, diffusion, detection, backend: run.backend, seed });
  const state = resume?.step === config.training.steps ? resume : yield* trained(run);
  if (!state || state.step < config.training.steps) return undefined;
  if (state.kept && state.kept.length !== images.shape[0]) {
    throw new ConfigError(`runTraining: resume.kept is of ${state.kept.length} images, but there are ${images.shape[0]}`);
  }
  const rows = state.kept && [...state.kept.keys()].filter((row) => state.kept![row]);
  const threshold = yield* thresholdFrom(run, state.ema, rows ? pickImages(images, rows) : images);
  if (!threshold) return undefined;
  const [, size, , channels] = images.shape as [number, number, number, 1 | 3];
  const info: ModelInfo = { version: 1, size, channels, diffusion, detection, threshold, seed, steps: state.step };
  return { network: createUNet(config.network), weights: state.ema, info };
}

async function* trained({
  config,
  seed,
  backend,
  images,
  resume,
  signal,
}: TrainingRun): AsyncGenerator<TrainEvent, TrainState | undefined> {
  const events = train({
    ...config.training,
    network: createUNet(config.network),
    loss: createLoss(config.loss),
    schedule: createSchedule(config.diffusion.schedule),
    prediction: config.diffusion.prediction,
    noise: createNoise(config.diffusion.noise),
    selection: config.selection ? createSelection(config.selection) : undefined,
    backend,
    images,
    rng: trainingRng(seed),
    signal,
    resume,
  });
  return yield* events;
}

async function* thresholdFrom(
  { config, seed, backend, signal }: TrainingRun,
  weights: HostWeights,
  training: ImageBatch,
): AsyncGenerator<TrainingRunEvent, ModelInfo['threshold'] | undefined> {
  const tensors = toTensors(weights);
  try {
    const { diffusion, detection } = config;
    const detector = createConfiguredDetector({
      network: createUNet(config.network),
      weights: tensors,
      diffusion,
      detection,
      backend,
      seed,
    });
    const chosen = thresholdImages(training);
    const total = chosen.shape[0]!;
    const scores: number[] = [];
    yield { kind: 'threshold', done: 0, total };
    for await (const { detection } of detectInChunks(detector, chosen, signal)) {
      scores.push(...detection.scores);
      yield { kind: 'threshold', done: scores.length, total };
    }
    return scores.length < total ? undefined : thresholdOf(Float64Array.from(scores));
  } finally {
    dispose(tensors);
  }
}
