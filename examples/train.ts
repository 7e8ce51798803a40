/**
 * A whole run in one file: several methods, which differ in their loss alone, learn side by side from the same images; then each marks
 * what it finds odd in the test images.
 *
 * For who embeds the parts and not the whole: `fit` and `detect` of `@rddpm/diffusion` are this loop for one method, and a test holds them to it.
 * The browser demo imports this file as it is: images and backend come as arguments, and everything that happens goes out as one stream of events.
 */
import { type Backend, createRng, type HostWeights, withoutFields } from '@rddpm/core';
import type { ModelInfo, Preparation, Smoothing, TrainingSet } from '@rddpm/core/contracts';
import type { Detection } from '@rddpm/detector';
import { askingConfigOf, type DetectionConfig, DIFFUSION_DEFAULTS, diffusionMethodName, unetShape, untrained } from '@rddpm/diffusion';
import { createLoss, type LossConfig } from '@rddpm/losses/config';
import { type CalibrationChoice, decodeCalibration, judgingFrom, judgingInfo, scoreInChunks } from '@rddpm/maps';
import { createSchedule } from '@rddpm/scheduler/config';
import { type Progress, TRAIN_DEFAULTS, type TrainState, train } from '@rddpm/trainer';
import { createUNet, type UNet } from '@rddpm/unet';

/** Plain data: it can be stored, sent to a worker, and repeats the run. */
export type Settings = {
  readonly seed: number;
  readonly methods: readonly Method[];
  /** Channels of the network's levels, finest first. */
  readonly widths: readonly number[];
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Steps between progress events. */
  readonly reportEvery: number;
  /** Steps between checkpoints, each with a preview. */
  readonly checkpointEvery: number;
  readonly detection: DetectionConfig;
  /** What maps are measured by. */
  readonly calibration: CalibrationChoice;
  readonly smoothing: Smoothing;
};

/** @property name What events call it. */
export type Method = { readonly name: string; readonly loss: LossConfig };

export type RunOptions = {
  readonly settings: Settings;
  readonly backend: Backend;
  /** Squares of 1 or 3 channels; some may be defective, and nothing says which. */
  readonly training: TrainingSet;
  readonly test: TrainingSet;
  /** How pictures became these images: the model keeps it, so that others are prepared likewise. @defaultValue nobody knows */
  readonly preparation?: Preparation | undefined;
  /** A few rows of `test` to look at while it trains. @defaultValue none */
  readonly previews?: readonly number[] | undefined;
  /** The newest checkpoint of each method, by name; those of one method may be further than another's. */
  readonly resume?: Readonly<Record<string, TrainState>> | undefined;
  /** Once aborted, each method ends after its current step with a checkpoint, and nothing is detected. */
  readonly signal?: AbortSignal | undefined;
};

export type Model = { readonly network: UNet; readonly weights: HostWeights; readonly info: ModelInfo };

export type RunEvent =
  | (Progress & { readonly method: string })
  | { readonly kind: 'checkpoint'; readonly method: string; readonly state: TrainState }
  | { readonly kind: 'preview'; readonly method: string; readonly step: number; readonly detection: Detection }
  | { readonly kind: 'model'; readonly method: string; readonly model: Model }
  /** Of the test images from `first` on. */
  | { readonly kind: 'detection'; readonly method: string; readonly first: number; readonly detection: Detection };

const DIFFUSION = DIFFUSION_DEFAULTS.diffusion;

/** The settings, and what `train` does by default: all timesteps, at a constant rate. */
const trainingOf = ({ steps, batchSize, learningRate, reportEvery, checkpointEvery }: Settings) => ({
  ...withoutFields(TRAIN_DEFAULTS, 'prediction', 'lossLearningRate'),
  steps,
  batchSize,
  learningRate,
  timesteps: null,
  reportEvery,
  checkpointEvery,
});

/**
 * Trains, then detects.
 *
 * Every method starts from the same weights and sees the same batches, timesteps and noise: what differs in the end is due to the loss.
 * They take turns, the least advanced first, so that their curves can be compared while they grow.
 */
export async function* trainAndDetect(options: RunOptions): AsyncGenerator<RunEvent, void> {
  const { settings, backend, test, signal } = options;
  const weights = new Map<string, HostWeights>();
  for await (const event of trainInTurn(options)) {
    yield event;
    if (event.kind === 'checkpoint') weights.set(event.method, event.state.ema);
  }
  for (const { name: method, loss } of settings.methods) {
    if (signal?.aborted) return;
    const untested = unjudged(loss, weights.get(method)!, options);
    const model = await judged(untested, options);
    if (!model) return;
    yield { kind: 'model', method, model };
    for await (const chunk of detectWith(model, { backend, images: test, signal })) yield { kind: 'detection', method, ...chunk };
  }
}

/** The model of a loss, before it knows what is usual. */
function unjudged(loss: LossConfig, weights: HostWeights, { settings, training, preparation }: RunOptions): Model {
  const { detection, smoothing, seed } = settings;
  const network = networkFor(settings, training);
  const [height, width, channels] = training.shape as readonly [number, number, 1 | 3];
  const info: ModelInfo = {
    version: 2,
    method: diffusionMethodName(loss.name, false),
    input: { width, height, channels },
    preparation,
    config: { loss, network: unetShape(network.config), diffusion: DIFFUSION, training: trainingOf(settings), detection },
    smoothing,
    threshold: null,
    seed,
  };
  return { network, weights, info };
}

/** The model with its calibration and threshold, both from training images; undefined once the signal is aborted. */
async function judged(model: Model, { backend, training, signal, settings: { calibration } }: RunOptions): Promise<Model | undefined> {
  const { info } = model;
  const scorer = await scorerOf(model, backend);
  try {
    const events = judgingFrom({ method: info.method, scorer, training, calibration, smoothing: info.smoothing, signal });
    let next = await events.next();
    while (!next.done) next = await events.next();
    return next.value && { ...model, info: { ...info, ...judgingInfo(next.value) } };
  } finally {
    scorer.dispose();
  }
}

const scorerOf = ({ network, weights, info }: Model, backend: Backend) =>
  untrained.scorer({ network, weights }, askingConfigOf(info), { backend: async () => backend, rng: createRng(info.seed) });

/** A trained model on images, a chunk at a time; the same model, images and seed give the same maps wherever it runs. */
export async function* detectWith(
  model: Model,
  run: {
    readonly backend: Backend;
    readonly images: TrainingSet;
    /** @defaultValue all */
    readonly rows?: readonly number[];
    readonly signal?: AbortSignal | undefined;
  },
): AsyncGenerator<{ first: number; detection: Detection }, void> {
  const { backend, images: set, rows, signal } = run;
  const { info } = model;
  const scorer = await scorerOf(model, backend);
  const { method, input, smoothing } = info;
  const calibration = info.calibration && decodeCalibration(info.calibration, input);
  const asked = { method, scorer, set, rows: rows && Int32Array.from(rows), calibration, smoothing, signal };
  try {
    for await (const { first, judged } of scoreInChunks(asked)) {
      yield { first, detection: { maps: judged.maps, scores: judged.scores, reconstructions: judged.pictures.reconstruction! } };
    }
  } finally {
    scorer.dispose();
  }
}

async function* trainInTurn(options: RunOptions): AsyncGenerator<RunEvent, void> {
  const { settings, backend, training, test, previews, resume = {}, signal } = options;
  const { methods, steps, batchSize, learningRate, reportEvery, checkpointEvery, seed } = settings;
  const network = networkFor(settings, training);
  const turns = methods.map(({ name, loss }) => ({
    method: name,
    step: resume[name]?.step ?? 0,
    events: train({
      network,
      loss: createLoss(loss),
      schedule: createSchedule(DIFFUSION.schedule),
      backend,
      images: training,
      rng: createRng(seed).fork('training'),
      steps,
      batchSize,
      learningRate,
      reportEvery,
      checkpointEvery,
      resume: resume[name],
      signal,
    }),
  }));
  try {
    for (const [method, { step, ema }] of Object.entries(resume)) yield* preview(method, step, ema);
    const going = new Set(turns);
    while (going.size > 0) {
      const turn = [...going].reduce((least, other) => (other.step < least.step ? other : least));
      const { done, value: event } = await turn.events.next();
      if (done) {
        going.delete(turn);
        continue;
      }
      if (event.kind === 'selection') continue; // none is asked for
      yield { ...event, method: turn.method };
      if (event.kind === 'progress') turn.step = event.step;
      else yield* preview(turn.method, event.state.step, event.state.ema);
    }
  } finally {
    for (const { events } of turns) await events.return(undefined as never); // whoever leaves early: nothing stays allocated
  }

  async function* preview(method: string, step: number, weights: HostWeights): AsyncGenerator<RunEvent, void> {
    const loss = methods.find(({ name }) => name === method)?.loss;
    if (!previews || !loss || signal?.aborted) return;
    const model = unjudged(loss, weights, options);
    for await (const { detection } of detectWith(model, { backend, images: test, rows: previews, signal })) {
      yield { kind: 'preview', method, step, detection };
    }
  }
}

function networkFor({ widths }: Settings, { shape: [size, , channels] }: TrainingSet): UNet {
  return createUNet({ sampleSize: size, inChannels: channels, blockOutChannels: widths });
}
