import { add, dispose, mean, mul, square, sub, type Tensor1D, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { type FlatLayout, splitWeights } from './flat-weights.ts';
import type { NetworkImages } from './network-images.ts';
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

export type ScoringSettings = Pick<TrainSettings, 'network' | 'schedule' | 'prediction' | 'noise' | 'backend' | 'batchSize' | 'rng'>;

/**
 * Scores images with given weights. The noise of draw d at timestep t comes from `rng.fork('selection').fork('t').fork('d')`: whenever it
 * is asked, it is the same.
 */
export function imageScorer(
  settings: ScoringSettings,
  { pixels, shape: [count, height, width, channels] }: NetworkImages,
  layout: FlatLayout,
): (weights: Tensor1D[], at: Pick<Selection, 'timesteps' | 'draws'>) => Promise<ImageErrors> {
  const { network, schedule, prediction, noise: source, backend, batchSize, rng } = settings;
  const size = height * width * channels;
  const score = backend.compile((input: ScoringInput) => squaredErrors(input));

  return async (weights, { timesteps, draws }) => {
    const errors = timesteps.map(() => new Float64Array(count));
    for (const [k, timestep] of timesteps.entries()) {
      for (let draw = 0; draw < draws; draw++) {
        const random = rng.fork('selection').fork(`${timestep}`).fork(`${draw}`);
        const noise = source(new Float32Array(size), { height, width, channels }, random, timestep);
        const found = await errorsAt(weights, timestep, noise);
        found.forEach((error, row) => {
          errors[k]![row]! += error / draws;
        });
      }
    }
    return { timesteps, errors };
  };

  async function errorsAt(weights: Tensor1D[], timestep: number, noise: Float32Array): Promise<Float32Array> {
    const errors = new Float32Array(count);
    for (let first = 0; first < count; first += batchSize) {
      const rows = Math.min(batchSize, count - first);
      const x0 = new Float32Array(batchSize * size); // the last batch is filled up with grey
      x0.set(pixels.subarray(first * size, (first + rows) * size));
      const input = {
        x0: tensor4d(x0, [batchSize, height, width, channels]),
        noise: tensor4d(noise, [1, height, width, channels]),
        t: tensor1d(new Int32Array(batchSize).fill(timestep), 'int32'),
        signalScale: tensor1d([Math.sqrt(schedule.alphasCumprod[timestep]!)]),
        noiseScale: tensor1d([Math.sqrt(1 - schedule.alphasCumprod[timestep]!)]),
      };
      try {
        const result = await score({ ...input, weights });
        const values = await result.data<'float32'>();
        result.dispose();
        errors.set(values.subarray(0, rows), first);
      } finally {
        dispose(input);
      }
    }
    return errors;
  }

  function squaredErrors({ weights, x0, noise, t, signalScale, noiseScale }: ScoringInput): Tensor1D {
    const xt = add<Tensor4D>(mul(x0, signalScale), mul(noise, noiseScale));
    const predicted = network.predict(splitWeights(weights, layout), xt, t);
    return mean(square(sub(predicted, targetOf(prediction, { x0, noise, signalScale, noiseScale }))), [1, 2, 3]);
  }
}
