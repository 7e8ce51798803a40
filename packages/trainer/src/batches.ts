import type { Rng } from '@rddpm/core';
import { augmenter } from '@rddpm/core/augmentation';
import { noiseToSignal } from '@rddpm/scheduler';
import { type Tensor1D, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { type NetworkImages, PIXEL_RANGE } from './network-images.ts';
import { timestepWeights } from './timestep-weighting.ts';
import type { TrainSettings } from './train-options.ts';

/** The random part of one step. The caller disposes it. */
export type Batch = {
  readonly x0: Tensor4D;
  readonly noise: Tensor4D;
  readonly t: Tensor1D;
  readonly index: Tensor1D;
  readonly signalScale: Tensor1D;
  readonly noiseScale: Tensor1D;
  readonly sigma: Tensor1D;
  /** √w of each timestep's weight w; not there where all are 1. */
  readonly errorScale?: Tensor1D;
};

type BatchSettings = Pick<TrainSettings, 'schedule' | 'prediction' | 'timesteps' | 'weighting' | 'augment' | 'batchSize' | 'rng' | 'noise'>;

/** Timesteps and rows also on the host, to sort errors by. */
export type DrawnBatch = { readonly tensors: Batch; readonly t: Int32Array; readonly index: Int32Array };

/**
 * Draws step k's images, timesteps and noise, from nothing but k and the generator: whoever resumes at k, or trains another loss,
 * sees the same ones. Images come from shuffled epochs laid end to end; a batch may reach across, and hold more than one epoch. How they are mirrored,
 * turned, moved and lit comes from a generator of its own: nothing else that is drawn depends on it.
 *
 * The steps draw from `rows` of the images; from all of them by default. A step's images are read for it, and no others. Rejects with what
 * reading rejects with.
 */
export function createBatches(
  { count, shape: [h, w, c], read }: NetworkImages,
  { schedule, prediction, timesteps: range, weighting, augment, batchSize, rng, noise }: BatchSettings,
): (step: number, rows?: Int32Array) => Promise<DrawnBatch> {
  const shape: [number, number, number, number] = [batchSize, h, w, c];
  const sigmas = noiseToSignal(schedule);
  const all = Int32Array.from({ length: count }, (_, row) => row);
  const rowAt = endlessEpochs(rng);
  const size = h * w * c;
  const augmented = augmenter(augment, [h, w, c], PIXEL_RANGE);
  const weights = weighting === 'none' ? undefined : timestepWeights(weighting, { schedule, prediction, timesteps: range });

  return async (step, rows = all) => {
    const source = rng.fork(`step ${step}`);
    const timesteps = source.fork('t');
    const t = Int32Array.from({ length: batchSize }, () => range.from + timesteps.integer(range.to - range.from));
    const index = Int32Array.from(t, (_, i) => rowAt(step * batchSize + i, rows));
    const drawn = drawNoise(source.fork('noise'), t);
    const images = await read(index.slice()); // its own: the step's rows are ours. All that can fail has happened when the first tensor is made
    const { images: x0 } = augmented(images, source.fork('augment'));
    const byTimestep = (of: (t: number) => number) => tensor1d(Float32Array.from(t, of));
    const tensors = {
      x0: tensor4d(x0, shape),
      noise: tensor4d(drawn, shape),
      t: tensor1d(t, 'int32'),
      index: tensor1d(index, 'int32'),
      signalScale: byTimestep((t) => Math.sqrt(schedule.alphasCumprod[t]!)),
      noiseScale: byTimestep((t) => Math.sqrt(1 - schedule.alphasCumprod[t]!)),
      sigma: byTimestep((t) => sigmas[t]!),
      ...(weights && { errorScale: byTimestep((t) => Math.sqrt(weights[t - range.from]!)) }),
    };
    return { tensors, t, index };
  };

  function drawNoise(rng: Rng, t: Int32Array): Float32Array {
    const values = new Float32Array(batchSize * size);
    t.forEach((timestep, i) => {
      noise(values.subarray(i * size, (i + 1) * size), { height: h, width: w, channels: c }, rng, timestep);
    });
    return values;
  }
}

/** `rows` at each position of epoch 0, epoch 1, …, each shuffled anew. Which epoch a position is in depends on the number of rows. */
function endlessEpochs(rng: Rng): (position: number, rows: Int32Array) => number {
  let epoch = -1;
  let rowsThen: Int32Array | undefined;
  let order: Int32Array;
  return (position, rows) => {
    const wanted = Math.floor(position / rows.length);
    if (wanted !== epoch || rows !== rowsThen) {
      order = shuffled(rows.length, rng.fork(`epoch ${wanted}`));
      [epoch, rowsThen] = [wanted, rows];
    }
    return rows[order[position % rows.length]!]!;
  };
}

/** Fisher and Yates' shuffle of 0 … count - 1. */
function shuffled(count: number, rng: Rng): Int32Array<ArrayBuffer> {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
