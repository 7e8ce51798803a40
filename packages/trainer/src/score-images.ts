import { spreadRows } from '@rddpm/maps';
import {
  add,
  dispose,
  mean,
  mul,
  square,
  sub,
  type Tensor1D,
  type Tensor3D,
  type Tensor4D,
  tensor1d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { type FlatLayout, splitWeights } from './flat-weights.ts';
import { peakFinder } from './peaks.ts';
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

const NORMAL_IMAGES = 64; // maps of all could fill the memory

/**
 * Scores images with given weights. The noise of draw d at timestep t comes from `rng.fork('selection').fork('t').fork('d')`: whenever it
 * is asked, it is the same. Images are read `batchSize` at a time, each once for all timesteps and draws.
 *
 * Where peaks are asked for, images that are spread over the set come first: the medians of their maps are what is normal. Maps of others are not kept.
 */
export function imageScorer(
  settings: ScoringSettings,
  layout: FlatLayout,
): (weights: Tensor1D[], at: Pick<Selection, 'timesteps' | 'draws' | 'measures'>) => Promise<ImageErrors> {
  const { network, schedule, prediction, noise: source, backend, images, batchSize, rng } = settings;
  const { count, shape } = images;
  const [height, width, channels] = shape;
  const pixels = height * width;
  const size = pixels * channels;
  const score = backend.compile((input: ScoringInput) => squaredErrors(input)); // [n, h, w]

  return async (weights, { timesteps, draws, measures }) => {
    const noises = timesteps.map((timestep) => Array.from({ length: draws }, (_, draw) => noiseOf(timestep, draw)));
    const errors = timesteps.map(() => new Float64Array(count));
    const all = Int32Array.from({ length: count }, (_, row) => row);
    if (measures !== 'peak') {
      await eachBatch(all, async (rows, x0) => void (await squaresOf(rows, x0)));
      return { timesteps, errors };
    }
    const sample = spreadRows(all, NORMAL_IMAGES);
    const normal = new Float32Array(sample.length * pixels);
    let filled = 0;
    await eachBatch(sample, async (rows, x0) => {
      const maps = await rootsOf(rows, x0);
      normal.set(maps, filled);
      filled += maps.length;
    });
    const peaksOf = peakFinder(mapsOf(normal));
    const peaks = { values: new Float64Array(count), x: new Int32Array(count), y: new Int32Array(count) };
    const note = (rows: Int32Array, maps: Float32Array) => {
      for (const [i, { value, x, y }] of peaksOf(mapsOf(maps)).entries()) {
        const row = rows[i]!;
        [peaks.values[row], peaks.x[row], peaks.y[row]] = [value, x, y];
      }
    };
    note(sample, normal);
    const noted = new Set(sample);
    const others = all.filter((row) => !noted.has(row));
    await eachBatch(others, async (rows, x0) => note(rows, await rootsOf(rows, x0)));
    return { timesteps, errors, peaks };

    /** By timestep, [n, h, w]: the squared error of each pixel, the mean over the draws. Its mean is added to the errors of these rows. */
    async function squaresOf(rows: Int32Array, x0: Tensor4D): Promise<Float64Array[]> {
      const squares = timesteps.map(() => new Float64Array(rows.length * pixels));
      for (const [k, timestep] of timesteps.entries()) {
        for (const noise of noises[k]!) {
          const found = await errorsAt(weights, x0, timestep, noise);
          for (let i = 0; i < rows.length * pixels; i++) squares[k]![i]! += found[i]! / draws;
        }
        for (let i = 0; i < rows.length * pixels; i++) errors[k]![rows[Math.floor(i / pixels)]!]! += squares[k]![i]! / pixels;
      }
      return squares;
    }

    /** [n, h, w]: the root of each pixel's squared error, the mean over the timesteps. */
    async function rootsOf(rows: Int32Array, x0: Tensor4D): Promise<Float32Array> {
      const squares = await squaresOf(rows, x0);
      return Float32Array.from(squares[0]!, (_, i) => squares.reduce((sum, values) => sum + Math.sqrt(values[i]!), 0) / squares.length);
    }
  };

  /** Reads these rows, `batchSize` at a time; the last batch is filled up with grey. */
  async function eachBatch(rows: Int32Array, use: (rows: Int32Array, x0: Tensor4D) => Promise<void>): Promise<void> {
    for (let first = 0; first < rows.length; first += batchSize) {
      const asked = rows.slice(first, first + batchSize);
      const values = new Float32Array(batchSize * size);
      values.set(await images.read(asked));
      const x0 = tensor4d(values, [batchSize, ...shape]);
      try {
        await use(asked, x0);
      } finally {
        x0.dispose();
      }
    }
  }

  function mapsOf(values: Float32Array) {
    return ndarray(values, [values.length / pixels, height, width]);
  }

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

  function squaredErrors({ weights, x0, noise, t, signalScale, noiseScale }: ScoringInput): Tensor3D {
    const xt = add<Tensor4D>(mul(x0, signalScale), mul(noise, noiseScale));
    const predicted = network.predict(splitWeights(weights, layout), xt, t);
    return mean(square(sub(predicted, targetOf(prediction, { x0, noise, signalScale, noiseScale }))), 3);
  }
}
