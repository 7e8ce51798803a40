import { type Backend, ConfigError, createRng, type ImageBatch, imageSet } from '@rddpm/core';
import type { FitEvent, ModelInfo, Smoothing } from '@rddpm/core/contracts';
import type { LossConfig } from '@rddpm/losses/config';
import { type CalibrationChoice, DEFAULT_SMOOTHING, judgingFrom, judgingInfo, type ThresholdEvent } from '@rddpm/maps';
import type { DetectionConfig, ProcessConfig } from './detection-config.ts';
import { completeConfig, type DiffusionConfig, type TrainingConfig, trainingConfigSchema } from './diffusion-config.ts';
import type { DiffusionModel } from './diffusion-model.ts';
import { DIFFUSION_METHODS, diffusionMethodName, type UNetMethod } from './methods.ts';
import type { UNetShape } from './unet-family.ts';

export type FitOptions = Partial<TrainingConfig> & {
  readonly backend: Backend;
  /** By name, or with options: `{ name: 'huber', delta: 0.2 }`. @defaultValue 'mse', plain DDPM */
  readonly loss?: LossConfig | LossConfig['name'];
  /** `'concentrated'` trains on the images that fit best, see `concentratedTrimming`; with options as an object. @defaultValue all images, always */
  readonly selection?: 'concentrated' | { readonly name: 'concentrated'; readonly [option: string]: unknown };
  /** Fields of the network's config other than the default's; its sides and channels are those of the images. */
  readonly network?: Partial<UNetShape>;
  /** Noise schedule, what is predicted, and what noise. */
  readonly diffusion?: Partial<ProcessConfig>;
  /** How the network is asked for maps, for the threshold as well as by `detect` later. */
  readonly detection?: Partial<DetectionConfig>;
  /** What maps are divided by, so that they are in units of what is normal. @defaultValue 'auto': whatever makes the smallest defects stand out from training images, or nothing */
  readonly calibration?: CalibrationChoice;
  /** How far maps are smoothed. @defaultValue `DEFAULT_SMOOTHING` */
  readonly smoothing?: Smoothing;
  /** The share of good images that the threshold is to call anomalous, in (0, 0.5). @defaultValue 0.05 */
  readonly falseAlarms?: number;
  /** Of everything random; a whole number of at least 0. @defaultValue 0 */
  readonly seed?: number;
  /** Told of progress, checkpoints, selections and suspects as they come. */
  readonly onEvent?: (event: FitEvent | ThresholdEvent) => void;
  /** The bytes of a checkpoint event of an earlier run of the same options. */
  readonly resume?: Uint8Array;
  readonly signal?: AbortSignal;
};

/**
 * Learns what is normal from images that may hold defects, with whichever loss, and makes the threshold from the scores of training images.
 *
 * @param images [n, h, w, c] in [0, 1], of 1 or 3 channels, with sides that the network can halve.
 * @returns The model: for `detect`, and for files through `modelFiles`.
 * @throws {ConfigError} for options that can't work; the signal's reason once it is aborted.
 * @example const model = await fit(images, { loss: 'huber', steps: 4000, backend: await createBackend() });
 */
export async function fit(images: ImageBatch, options: FitOptions): Promise<DiffusionModel> {
  const { seed = 0, calibration, smoothing = DEFAULT_SMOOTHING, falseAlarms, resume, signal } = options;
  if (!(Number.isSafeInteger(seed) && seed >= 0)) throw new ConfigError(`fit: seed is ${seed}; it must be a whole number of at least 0`);
  const { onEvent = () => {} } = options;
  const backend = async () => options.backend;
  const { method, config: open } = resolveFit(options);
  const [, height, width, channels] = images.shape as [number, number, number, number];
  if (images.shape.length !== 4 || images.size === 0 || (channels !== 1 && channels !== 3)) {
    throw new ConfigError(`fit: images is [${images.shape}]; it must be [n, h, w, 1 or 3] with at least one image`);
  }
  const input = method.input(open, { width, height, channels });
  const config = completeConfig(method.name, open, input);
  const training = imageSet(images);
  const rng = createRng(seed);
  let kept: Uint8Array | undefined;
  const fitting = method.fit(training, config, { backend, rng, signal, resume: resume && { bytes: resume, source: 'fit: resume' } });
  const model = await drained(fitting, (event) => {
    if (event.kind === 'selection') kept = event.kept;
    onEvent(event);
  });
  if (!model) throw signal!.reason; // nothing else ends a fit early without an error
  const scorer = await method.scorer(model, config, { backend, rng });
  try {
    const shared = { method: method.name, scorer, training, kept, signal };
    const judging = await drained(judgingFrom({ ...shared, calibration, smoothing, falseAlarms }), onEvent);
    if (!judging) throw signal!.reason;
    const info: ModelInfo = { version: 2, method: method.name, input, config, smoothing, ...judgingInfo(judging), seed };
    return { ...model, info };
  } finally {
    scorer.dispose();
  }
}

/** What a generator returns, after its events have been told. An `onEvent` that throws leaves nothing behind. */
async function drained<Event, Result>(events: AsyncGenerator<Event, Result>, onEvent: (event: Event) => void): Promise<Result> {
  try {
    while (true) {
      const { value, done } = await events.next();
      if (done) return value;
      onEvent(value);
    }
  } finally {
    await events.return(undefined as never);
  }
}

/** @throws {ConfigError} for what can't work. */
function resolveFit(options: FitOptions): { method: UNetMethod; config: DiffusionConfig<UNetShape> } {
  const loss = typeof options.loss === 'string' ? { name: options.loss } : (options.loss ?? { name: 'mse' as const });
  const selection = typeof options.selection === 'string' ? { name: options.selection } : options.selection;
  const { network, diffusion, detection } = options;
  const name = diffusionMethodName(loss.name, selection !== undefined);
  const method = DIFFUSION_METHODS.find((method) => method.name === name) ?? DIFFUSION_METHODS[0]!; // a loss that doesn't exist: its config's parse throws
  const training = Object.fromEntries(TRAINING.map((field) => [field, options[field]]));
  return { method, config: method.config.parse({ loss, selection, network, diffusion, detection, training }) };
}

const TRAINING = Object.keys(trainingConfigSchema.shape) as (keyof TrainingConfig)[];
