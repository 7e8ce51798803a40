import {
  assertImages,
  assertOneOf,
  assertPositiveInteger,
  ConfigError,
  type ImageBatch,
  PREDICTION_TYPES,
  type PredictionType,
} from '@rddpm/core';
import { type ResidualOptions, residualMaps, rowMajor } from '@rddpm/maps';
import { gaussianNoise } from '@rddpm/scheduler';
import { add, clipByValue, dispose, div, mul, reshape, sub, type Tensor1D, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import type { DetectorOptions } from './detector-options.ts';

export type StepReaderOptions = Pick<DetectorOptions, 'network' | 'weights' | 'schedule' | 'backend' | 'rng' | 'noise' | 'batchSize'> &
  ResidualOptions & {
    /** What the network predicts. @defaultValue 'epsilon' */
    readonly prediction?: PredictionType | undefined;
    /** 0-based timesteps at which images are noised and denoised in one step each. */
    readonly timesteps: readonly number[];
    /** Noise draws per image and timestep, averaged before the image is compared. @defaultValue 4 */
    readonly draws?: number | undefined;
  };

/** @property maps [n, h, w], not smoothed: the residual's mean over the timesteps. @property reconstructions [n, h, w, c] in [0, 1], the same mean. */
export type StepReading = { readonly maps: NdArray<Float32Array>; readonly reconstructions: ImageBatch };

export type StepReader = { read(images: ImageBatch): Promise<StepReading> };

/**
 * Finds what a network would not have drawn by single steps: an image is noised to each of several timesteps, the network says at once what the
 * image was (x̂0), and the residuals are averaged. There is no chain: all evaluations are independent and fill the batches.
 *
 * Draw d at timestep t is the same noise for every image, from `rng.fork('t <t> draw <d>')`: images are asked alike, alone or among others.
 *
 * @throws {ConfigError} at once for timesteps that the schedule lacks, and for options that can't work.
 */
export function createStepReader(options: StepReaderOptions): StepReader {
  const { network, weights, schedule, backend, rng, noise = gaussianNoise(), batchSize = 8, prediction = 'epsilon', draws = 4 } = options;
  const { timesteps, error, channels: reduction } = options;
  assertOneOf('createStepReader: prediction', prediction, PREDICTION_TYPES);
  assertPositiveInteger('createStepReader: draws', draws);
  assertPositiveInteger('createStepReader: batchSize', batchSize);
  if (timesteps.length === 0) throw new ConfigError('createStepReader: timesteps is empty; it must hold at least one');
  const beyond = timesteps.find((t) => !(Number.isSafeInteger(t) && t >= 0 && t < schedule.steps));
  if (beyond !== undefined) {
    throw new ConfigError(`createStepReader: timesteps holds ${beyond}; they must be whole numbers from 0 to ${schedule.steps - 1}`);
  }
  const scales = timesteps.map((t) => {
    const alphaCumprod = schedule.alphasCumprod[t]!;
    return { signal: Math.sqrt(alphaCumprod), noise: Math.sqrt(1 - alphaCumprod) };
  });
  const denoise = backend.compile(({ xt, t, signal, noise }: DenoiseInput) => {
    const predicted = network.predict(weights, xt, t);
    return clipByValue(x0Of(prediction, xt, predicted, perRow(signal), perRow(noise)), -1, 1);
  });
  let drawn: { readonly size: number; readonly noises: Float32Array[] } | undefined;

  /** By timestep, then draw: made for the first images, since all have the size of the network. */
  function noisesFor(height: number, width: number, channels: number): Float32Array[] {
    const size = height * width * channels;
    if (drawn?.size !== size) {
      const noises = timesteps.flatMap((t) =>
        Array.from({ length: draws }, (_, d) =>
          noise(new Float32Array(size), { height, width, channels }, rng.fork(`t ${t} draw ${d}`), t),
        ),
      );
      drawn = { size, noises };
    }
    return drawn.noises;
  }

  return {
    async read(images) {
      assertImages('read: images', images);
      const [n, h, w, c] = images.shape as [number, number, number, number];
      const size = h * w * c;
      const pixels = rowMajor(images);
      const noises = noisesFor(h, w, c);
      const perImage = noises.length;
      const sums = new Float64Array(n * timesteps.length * size);
      for (let first = 0; first < n * perImage; first += batchSize) {
        const rows = Math.min(batchSize, n * perImage - first);
        const at = Array.from({ length: batchSize }, (_, row) => {
          const asked = Math.min(first + row, n * perImage - 1); // the last batch is filled up, and cut
          return { image: Math.floor(asked / perImage), draw: asked % perImage, step: Math.floor((asked % perImage) / draws) };
        });
        const x0 = await predictions(at, pixels, noises, [h, w, c]);
        for (let row = 0; row < rows; row++) {
          const { image, step } = at[row]!;
          const to = (image * timesteps.length + step) * size;
          for (let i = 0; i < size; i++) sums[to + i]! += x0[row * size + i]!;
        }
      }
      return compared(images, sums, [n, h, w, c]);
    },
  };

  type Row = { readonly image: number; readonly draw: number; readonly step: number };

  async function predictions(
    rows: readonly Row[],
    pixels: Float32Array,
    noises: readonly Float32Array[],
    [h, w, c]: readonly [number, number, number],
  ): Promise<Float32Array> {
    const size = h * w * c;
    const xt = new Float32Array(rows.length * size);
    for (const [row, { image, draw, step }] of rows.entries()) {
      const { signal, noise } = scales[step]!;
      for (let i = 0; i < size; i++) xt[row * size + i] = signal * (2 * pixels[image * size + i]! - 1) + noise * noises[draw]![i]!;
    }
    const input = {
      xt: tensor4d(xt, [rows.length, h, w, c]),
      t: tensor1d(
        Int32Array.from(rows, ({ step }) => timesteps[step]!),
        'int32',
      ),
      signal: tensor1d(Float32Array.from(rows, ({ step }) => scales[step]!.signal)),
      noise: tensor1d(Float32Array.from(rows, ({ step }) => scales[step]!.noise)),
    };
    try {
      const x0 = await denoise(input);
      return await x0.data<'float32'>().finally(() => dispose(x0));
    } finally {
      dispose(input);
    }
  }

  /** @param sums Of x̂0 in [-1, 1] over the draws, by image and timestep. */
  function compared(images: ImageBatch, sums: Float64Array, shape: [number, number, number, number]): StepReading {
    const [n, h, w, c] = shape;
    const [size, steps] = [h * w * c, timesteps.length];
    const maps = new Float64Array(n * h * w);
    const reconstructions = new Float32Array(n * size);
    for (let step = 0; step < steps; step++) {
      const rebuilt = Float32Array.from({ length: n * size }, (_, at) => {
        const image = Math.floor(at / size);
        return (sums[(image * steps + step) * size + (at % size)]! / draws + 1) / 2;
      });
      const residual = residualMaps(images, ndarray(rebuilt, shape), { error, channels: reduction });
      for (let i = 0; i < maps.length; i++) maps[i]! += residual.data[i]! / steps;
      for (let i = 0; i < rebuilt.length; i++) reconstructions[i]! += rebuilt[i]! / steps;
    }
    return { maps: ndarray(Float32Array.from(maps), [n, h, w]), reconstructions: ndarray(reconstructions, shape) };
  }
}

type DenoiseInput = { readonly xt: Tensor4D; readonly t: Tensor1D; readonly signal: Tensor1D; readonly noise: Tensor1D };

/** [n] -> [n, 1, 1, 1] */
const perRow = (values: Tensor1D) => reshape(values, [-1, 1, 1, 1]);

/**
 * What the image was, of what is predicted of it.
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
