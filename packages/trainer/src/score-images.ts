import { add, dispose, mean, mul, square, sub, type Tensor1D, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { type FlatLayout, splitWeights } from './flat-weights.ts';
import type { ImageErrors, Selection } from './selection.ts';
import type { TrainSettings } from './train-options.ts';
import { targetOf } from './training-step.ts';

type ScoringInput = {
  readonly weights: Tensor1D[];
  /** [n, h, w, c] in [-1, 1]. */
  readonly x0: Tensor4D;
  /** [1, h, w, c]: the same for all images. */
  readonly noise: Tensor4D;
  /** [n] int32, all the same. */
  readonly t: Tensor1D;
  /** [1]: √ᾱ_t, √(1 - ᾱ_t). */
  readonly signalScale: Tensor1D;
  readonly noiseScale: Tensor1D;
};

export type ScoringSettings = Pick<
  TrainSettings,
  'network' | 'schedule' | 'prediction' | 'noise' | 'backend' | 'images' | 'batchSize' | 'rng'
>;

/**
 * Scores images with given weights. The noise of draw d at timestep t comes from `rng.fork('selection').fork('t').fork('d')`: whenever it
 * is asked, it is the same. Images are read `batchSize` at a time, each once for all timesteps and draws.
 */
export function imageScorer(
  settings: ScoringSettings,
  layout: FlatLayout,
): (weights: Tensor1D[], at: Pick<Selection, 'timesteps' | 'draws'>) => Promise<ImageErrors> {
  const { network, schedule, prediction, noise: source, backend, images, batchSize, rng } = settings;
  const { count, shape } = images;
  const [height, width, channels] = shape;
  const size = height * width * channels;
  const score = backend.compile((input: ScoringInput) => squaredErrors(input));

  return async (weights, { timesteps, draws }) => {
    const noises = timesteps.map((timestep) => Array.from({ length: draws }, (_, draw) => noiseOf(timestep, draw)));
    const errors = timesteps.map(() => new Float64Array(count));
    for (let first = 0; first < count; first += batchSize) {
      const rows = Int32Array.from({ length: Math.min(batchSize, count - first) }, (_, i) => first + i);
      const pixels = new Float32Array(batchSize * size); // the last batch is filled up with grey
      pixels.set(await images.read(rows));
      const x0 = tensor4d(pixels, [batchSize, ...shape]);
      try {
        for (const [k, timestep] of timesteps.entries()) {
          for (const noise of noises[k]!) {
            const found = await errorsAt(weights, x0, timestep, noise);
            for (let i = 0; i < rows.length; i++) errors[k]![first + i]! += found[i]! / draws;
          }
        }
      } finally {
        x0.dispose();
      }
    }
    return { timesteps, errors };
  };

  function noiseOf(timestep: number, draw: number): Float32Array {
    const random = rng.fork('selection').fork(`${timestep}`).fork(`${draw}`);
    return source(new Float32Array(size), { height, width, channels }, random, timestep);
  }

  async function errorsAt(weights: Tensor1D[], x0: Tensor4D, timestep: number, noise: Float32Array): Promise<Float32Array> {
    const input = {
      noise: tensor4d(noise, [1, ...shape]),
      t: tensor1d(new Int32Array(batchSize).fill(timestep), 'int32'),
      signalScale: tensor1d([Math.sqrt(schedule.alphasCumprod[timestep]!)]),
      noiseScale: tensor1d([Math.sqrt(1 - schedule.alphasCumprod[timestep]!)]),
    };
    try {
      const result = await score({ ...input, x0, weights });
      const values = await result.data<'float32'>();
      result.dispose();
      return values;
    } finally {
      dispose(input);
    }
  }

  function squaredErrors({ weights, x0, noise, t, signalScale, noiseScale }: ScoringInput): Tensor1D {
    const xt = add<Tensor4D>(mul(x0, signalScale), mul(noise, noiseScale));
    const predicted = network.predict(splitWeights(weights, layout), xt, t);
    return mean(square(sub(predicted, targetOf(prediction, { x0, noise, signalScale, noiseScale }))), [1, 2, 3]);
  }
}
