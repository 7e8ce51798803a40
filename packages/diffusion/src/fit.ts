import { type Backend, ConfigError, type ImageBatch } from '@rddpm/core';
import { createLoss, type LossConfig, lossConfigSchema } from '@rddpm/losses/config';
import { createSchedule } from '@rddpm/scheduler/config';
import type { TrainState } from '@rddpm/trainer';
import { createUNet, type UNetConfig } from '@rddpm/unet';
import { DIFFUSION_DEFAULTS, type DiffusionConfig, type TrainingConfig } from './diffusion-config.ts';
import type { DiffusionModel } from './diffusion-model.ts';
import { type DetectionConfig, detectionConfigSchema, diffusionConfigSchema, type ModelInfo } from './model-info.ts';
import { parsed } from './parsed.ts';
import { assertSelects, parseSelection } from './selection-config.ts';
import { runTraining, type TrainingRunEvent } from './training-run.ts';

export type FitOptions = Partial<TrainingConfig> & {
  readonly backend: Backend;
  /** By name, or with options: `{ name: 'huber', delta: 0.2 }`. @defaultValue 'mse', plain DDPM */
  readonly loss?: LossConfig | LossConfig['name'];
  /** `'concentrated'` trains on the images that fit best, see `concentratedTrimming`; with options as an object. @defaultValue all images, always */
  readonly selection?: 'concentrated' | { readonly name: 'concentrated'; readonly [option: string]: unknown };
  /** Fields of the network's config other than the default's; its sides and channels are those of the images. */
  readonly network?: Partial<Omit<UNetConfig, 'sampleSize' | 'inChannels' | 'outChannels'>>;
  /** Noise schedule, what is predicted, and what noise. */
  readonly diffusion?: Partial<ModelInfo['diffusion']>;
  /** How images are to be judged; the threshold is made so, too. */
  readonly detection?: Partial<DetectionConfig>;
  /** @defaultValue 0 */
  readonly seed?: number;
  /** Told of progress, checkpoints and selections as they come. */
  readonly onEvent?: (event: TrainingRunEvent) => void;
  /** Where an earlier run of the same options stopped. */
  readonly resume?: TrainState;
  readonly signal?: AbortSignal;
};

/**
 * Learns what is normal from images that may hold defects, with whichever loss, and makes the threshold from the scores of training images.
 *
 * @param images [n, h, w, c] in [0, 1], square, of 1 or 3 channels, with sides that the network can halve.
 * @returns The model: for `detect`, and for files through `modelFiles`.
 * @throws {ConfigError} for options that can't work; the signal's reason once it is aborted.
 * @example const model = await fit(images, { loss: 'huber', steps: 4000, backend: await createBackend() });
 */
export async function fit(images: ImageBatch, options: FitOptions): Promise<DiffusionModel> {
  const { backend, seed = 0, onEvent, resume, signal } = options;
  if (!(Number.isSafeInteger(seed) && seed >= 0)) throw new ConfigError(`fit: seed is ${seed}; it must be a whole number of at least 0`);
  const run = runTraining({ config: resolveFit(images, options), seed, backend, images, resume, signal });
  try {
    while (true) {
      const { value, done } = await run.next();
      if (!done) onEvent?.(value);
      else if (value) return value;
      else throw signal!.reason; // nothing else ends a run early without an error
    }
  } finally {
    await run.return(undefined); // an onEvent that throws leaves nothing behind
  }
}

/** Options over the defaults. @throws {ConfigError} for what can't work. */
function resolveFit(images: ImageBatch, options: FitOptions): DiffusionConfig {
  const [n, height, width, channels] = images.shape as [number, number, number, number];
  if (images.shape.length !== 4 || n === 0 || height !== width || (channels !== 1 && channels !== 3)) {
    throw new ConfigError(`fit: images is [${images.shape}]; it must be [n, size, size, 1 or 3] with at least one image`);
  }
  const { loss, network } = options;
  const defaults = DIFFUSION_DEFAULTS;
  const diffusion = parsed('fit: diffusion', diffusionConfigSchema, { ...defaults.diffusion, ...options.diffusion });
  const training = trainingOf(options);
  const { steps: scheduleSteps } = createSchedule(diffusion.schedule);
  return {
    loss: lossOf(typeof loss === 'string' ? { name: loss } : (loss ?? defaults.loss)),
    selection: selectionOf(options.selection, { training: training.steps, schedule: scheduleSteps }),
    network: createUNet({ ...defaults.network, ...network, sampleSize: height, inChannels: channels, outChannels: channels }).config,
    diffusion,
    training,
    detection: detectionOf(options.detection, scheduleSteps),
  };
}

function selectionOf(selection: FitOptions['selection'], steps: { training: number; schedule: number }): DiffusionConfig['selection'] {
  if (!selection) return null;
  const config = parseSelection(typeof selection === 'string' ? { name: selection } : selection, 'fit: selection');
  assertSelects('fit: selection', config, steps);
  return config;
}

/** `reverseSteps` follows `forwardSteps`, which the schedule limits; an inversion has nothing to draw. */
function detectionOf(wanted: FitOptions['detection'] = {}, scheduleSteps: number): DetectionConfig {
  const { detection: defaults } = DIFFUSION_DEFAULTS;
  const { forwardSteps = Math.min(defaults.forwardSteps, scheduleSteps), encode = defaults.encode } = wanted;
  const { reverseSteps = forwardSteps } = wanted;
  const { evaluations = Math.min(defaults.evaluations, reverseSteps), draws = encode === 'inversion' ? 1 : defaults.draws } = wanted;
  return parsed('fit: detection', detectionConfigSchema, {
    ...defaults,
    ...wanted,
    forwardSteps,
    reverseSteps,
    evaluations,
    encode,
    draws,
  });
}

function lossOf(config: LossConfig): LossConfig {
  createLoss(config); // throws for what is wrong with it
  return lossConfigSchema.parse(config);
}

function trainingOf(options: FitOptions): TrainingConfig {
  const names = Object.keys(DIFFUSION_DEFAULTS.training) as (keyof TrainingConfig)[];
  return Object.fromEntries(names.map((name) => [name, options[name] ?? DIFFUSION_DEFAULTS.training[name]])) as TrainingConfig;
}
