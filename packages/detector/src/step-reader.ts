import {
  assertImages,
  assertOneOf,
  assertPositiveInteger,
  ConfigError,
  definedFields,
  type ImageBatch,
  PREDICTION_TYPES,
  type PredictionType,
} from '@rddpm/core';
import { type ResidualOptions, residualMaps, rowMajor } from '@rddpm/maps';
import { gaussianNoise } from '@rddpm/scheduler';
import {
  add,
  clipByValue,
  dispose,
  div,
  mean,
  mul,
  reshape,
  square,
  sub,
  type Tensor1D,
  type Tensor3D,
  type Tensor4D,
  tensor1d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import type { DetectorOptions } from './detector-options.ts';

/** What a step is judged by: the noise that the network predicted against the noise that was added (`'noise'`), or the image that the prediction implies against the image. */
export const STEP_ERRORS = ['noise', 'absolute', 'squared'] as const;
export type StepError = (typeof STEP_ERRORS)[number];

export type StepReaderOptions = Pick<DetectorOptions, 'network' | 'weights' | 'schedule' | 'backend' | 'rng' | 'noise' | 'batchSize'> & {
  /** What the network predicts. @defaultValue 'epsilon' */
  readonly prediction?: PredictionType | undefined;
  /** 0-based timesteps at which images are noised and denoised in one step each. */
  readonly timesteps: readonly number[];
  /** Noise draws per image and timestep. @defaultValue 4 */
  readonly draws?: number | undefined;
  /**
   * 'noise': per pixel the root of the mean squared error of the noise, over channels and draws. 'absolute' and 'squared': the image against x̂0,
   * what the network says at once that it was, in [0, 1] and averaged over the draws before it is compared. @defaultValue 'noise'
   */
  readonly error?: StepError | undefined;
  /** Of 'absolute' and 'squared': how a pixel's channels become one number. @defaultValue 'mean' */
  readonly channelReduction?: ResidualOptions['channelReduction'];
};

/** The defaults of `createStepReader`. */
export const STEP_READER_DEFAULTS = {
  prediction: 'epsilon',
  draws: 4,
  error: 'noise',
  batchSize: 8,
} as const satisfies Partial<StepReaderOptions>;

/**
 * @property maps [n, h, w], not smoothed: the error's mean over the timesteps.
 * @property reconstructions [n, h, w, c] in [0, 1]: x̂0 of the largest timestep, where the network sees least of the image, averaged over the draws.
 */
export type StepReading = { readonly maps: NdArray<Float32Array>; readonly reconstructions: ImageBatch };

export type StepReader = { read(images: ImageBatch): Promise<StepReading> };

/**
 * Finds what a network would not have drawn by single steps: an image is noised to each of several timesteps, the network says at once what of it
 * is noise, and the errors are averaged. There is no chain: all evaluations are independent and fill the batches.
 *
 * Draw d at timestep t is the same noise for every image, from `rng.fork('t <t> draw <d>')`: images are asked alike, alone or among others.
 *
 * @throws {ConfigError} at once for timesteps that the schedule lacks, and for options that can't work.
 */
export function createStepReader(options: StepReaderOptions): StepReader {
  const { network, weights, schedule, backend, rng, timesteps, noise: source = gaussianNoise(), channelReduction } = options;
  const { prediction, draws, error, batchSize } = { ...STEP_READER_DEFAULTS, ...definedFields(options) };
  assertOneOf('createStepReader: prediction', prediction, PREDICTION_TYPES);
  assertOneOf('createStepReader: error', error, STEP_ERRORS);
  assertPositiveInteger('createStepReader: draws', draws);
  assertPositiveInteger('createStepReader: batchSize', batchSize);
  if (timesteps.length === 0) throw new ConfigError('createStepReader: timesteps is empty; it must hold at least one');
  const beyond = timesteps.find((t) => !(Number.isSafeInteger(t) && t >= 0 && t < schedule.steps));
  if (beyond !== undefined) {
    throw new ConfigError(`createStepReader: timesteps holds ${beyond}; they must be whole numbers from 0 to ${schedule.steps - 1}`);
  }
  const evaluations = timesteps.flatMap((t, step) => Array.from({ length: draws }, (_, draw) => ({ t, step, draw })));
  const last = timesteps.indexOf(Math.max(...timesteps));
  const evaluate = backend.compile(({ x, noise, t, signalScale, noiseScale }: EvaluateInput) => {
    const [signal, grain] = [perRow(signalScale), perRow(noiseScale)];
    const xt = add<Tensor4D>(mul(signal, x), mul(grain, noise));
    const predicted = network.predict(weights, xt, t);
    const x0 = x0Of(prediction, xt, predicted, signal, grain);
    const noiseError = prediction === 'epsilon' ? sub<Tensor4D>(predicted, noise) : div<Tensor4D>(mul(signal, sub(x, x0)), grain);
    return { x0: clipByValue(x0, -1, 1), squared: mean<Tensor3D>(square(noiseError), -1) };
  });
  let drawn: { readonly size: number; readonly noises: Float32Array[] } | undefined;

  /** One array of noise for each evaluation. Made once: all images have the size of the network, and meet the same noise. */
  function noisesFor([height, width, channels]: Shape): Float32Array[] {
    const size = height * width * channels;
    if (drawn?.size !== size) {
      const draw = ({ t, draw }: { t: number; draw: number }) =>
        source(new Float32Array(size), { height, width, channels }, rng.fork(`t ${t} draw ${draw}`), t);
      drawn = { size, noises: evaluations.map(draw) };
    }
    return drawn.noises;
  }

  return {
    async read(images) {
      assertImages('read: images', images);
      const [n, ...shape] = images.shape as [number, ...Shape];
      const [pixels, size] = [shape[0] * shape[1], shape[0] * shape[1] * shape[2]];
      const values = rowMajor(images);
      const noises = noisesFor(shape);
      const total = n * evaluations.length;
      /** By image and timestep, summed over the draws: x̂0 in [-1, 1], of the timesteps for which it is needed, and the squared errors of the noise. */
      const shown = error === 'noise' ? [last] : [...timesteps.keys()];
      const sums = { x0: new Float64Array(n * shown.length * size), squared: new Float64Array(n * timesteps.length * pixels) };
      for (let first = 0; first < total; first += batchSize) {
        const rows = Array.from({ length: batchSize }, (_, row) => {
          const at = Math.min(first + row, total - 1); // the last batch is filled up with repetitions, which are left out below
          return { image: Math.floor(at / evaluations.length), evaluation: at % evaluations.length };
        });
        const found = await evaluated(rows, values, noises, shape);
        for (const [row, { image, evaluation }] of rows.slice(0, total - first).entries()) {
          const { step } = evaluations[evaluation]!;
          const at = shown.indexOf(step);
          if (at >= 0) accumulate(sums.x0, (image * shown.length + at) * size, found.x0.subarray(row * size, (row + 1) * size));
          accumulate(sums.squared, (image * timesteps.length + step) * pixels, found.squared.subarray(row * pixels, (row + 1) * pixels));
        }
      }
      const rebuilt = (step: number) => rebuiltAt(sums.x0, { at: shown.indexOf(step), of: shown.length }, [n, ...shape]);
      const errors = timesteps.map((_, step) =>
        error === 'noise'
          ? rootMeanSquares(step, sums.squared, n, pixels)
          : residualMaps(images, rebuilt(step), { error, channelReduction }).data,
      );
      const maps = Float32Array.from({ length: n * pixels }, (_, i) => errors.reduce((sum, at) => sum + at[i]!, 0) / timesteps.length);
      return { maps: ndarray(maps, [n, shape[0], shape[1]]), reconstructions: rebuilt(last) };
    },
  };

  type Row = { readonly image: number; readonly evaluation: number };

  async function evaluated(rows: readonly Row[], values: Float32Array, noises: readonly Float32Array[], shape: Shape) {
    const size = shape[0] * shape[1] * shape[2];
    const x = new Float32Array(rows.length * size);
    const noise = new Float32Array(rows.length * size);
    for (const [row, { image, evaluation }] of rows.entries()) {
      for (let i = 0; i < size; i++) x[row * size + i] = 2 * values[image * size + i]! - 1;
      noise.set(noises[evaluation]!, row * size);
    }
    const times = rows.map(({ evaluation }) => evaluations[evaluation]!.t);
    const input = {
      x: tensor4d(x, [rows.length, ...shape]),
      noise: tensor4d(noise, [rows.length, ...shape]),
      t: tensor1d(Int32Array.from(times), 'int32'),
      signalScale: tensor1d(Float32Array.from(times, (t) => Math.sqrt(schedule.alphasCumprod[t]!))),
      noiseScale: tensor1d(Float32Array.from(times, (t) => Math.sqrt(1 - schedule.alphasCumprod[t]!))),
    };
    try {
      const found = await evaluate(input);
      const [x0, squared] = await Promise.all([found.x0.data<'float32'>(), found.squared.data<'float32'>()]).finally(() => dispose(found));
      return { x0, squared };
    } finally {
      dispose(input);
    }
  }

  /** Of one timestep, in [0, 1]. */
  function rebuiltAt(sums: Float64Array, timestep: { at: number; of: number }, shape: [number, ...Shape]): ImageBatch {
    const [n, h, w, c] = shape;
    const size = h * w * c;
    const rebuilt = new Float32Array(n * size);
    for (let image = 0; image < n; image++) {
      const from = (image * timestep.of + timestep.at) * size;
      for (let i = 0; i < size; i++) rebuilt[image * size + i] = (sums[from + i]! / draws + 1) / 2;
    }
    return ndarray(rebuilt, shape);
  }

  function rootMeanSquares(step: number, sums: Float64Array, n: number, pixels: number): Float32Array {
    const roots = new Float32Array(n * pixels);
    for (let image = 0; image < n; image++) {
      const from = (image * timesteps.length + step) * pixels;
      for (let i = 0; i < pixels; i++) roots[image * pixels + i] = Math.sqrt(sums[from + i]! / draws);
    }
    return roots;
  }
}

type Shape = [height: number, width: number, channels: number];

type EvaluateInput = {
  /** In [-1, 1]. */
  readonly x: Tensor4D;
  readonly noise: Tensor4D;
  readonly t: Tensor1D;
  readonly signalScale: Tensor1D;
  readonly noiseScale: Tensor1D;
};

function accumulate(sums: Float64Array, at: number, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) sums[at + i]! += values[i]!;
}

/** [n] -> [n, 1, 1, 1] */
const perRow = (values: Tensor1D) => reshape(values, [-1, 1, 1, 1]);

/**
 * The image that a prediction implies, in [-1, 1] or beyond.
 *
 * @see Ho et al. (2020), https://arxiv.org/abs/2006.11239, equation 15; Salimans, Ho (2022), https://arxiv.org/abs/2202.00512, appendix D
 */
function x0Of(
  prediction: PredictionType,
  xt: Tensor4D,
  predicted: Tensor4D,
  signal: ReturnType<typeof perRow>,
  noise: ReturnType<typeof perRow>,
) {
  switch (prediction) {
    case 'epsilon':
      return div<Tensor4D>(sub(xt, mul(noise, predicted)), signal);
    case 'sample':
      return add<Tensor4D>(predicted, 0);
    case 'v_prediction':
      return sub<Tensor4D>(mul(signal, xt), mul(noise, predicted));
  }
}
