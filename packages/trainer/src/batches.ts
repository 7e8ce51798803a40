import { type ImageBatch, type NoiseSchedule, type NoiseSource, type Rng, toNetwork } from '@rddpm/core';
import { noiseToSignal } from '@rddpm/scheduler';
import { type Tensor1D, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';

/** The random part of one step. The caller disposes it. */
export type Batch = {
  readonly x0: Tensor4D;
  readonly noise: Tensor4D;
  readonly t: Tensor1D;
  readonly index: Tensor1D;
  readonly signalScale: Tensor1D;
  readonly noiseScale: Tensor1D;
  readonly sigma: Tensor1D;
};

/** Timesteps also on the host, to sort errors by. */
export type DrawnBatch = { readonly tensors: Batch; readonly t: Int32Array };

/**
 * Draws step k's images, timesteps and noise, from nothing but k and the generator: whoever resumes at k, or trains another loss,
 * sees the same ones. Images come from shuffled epochs laid end to end; a batch may reach across, and hold more than one epoch.
 */
export async function createBatches(
  images: ImageBatch,
  { schedule, batchSize, rng, noise }: { schedule: NoiseSchedule; batchSize: number; rng: Rng; noise: NoiseSource },
): Promise<(step: number) => DrawnBatch> {
  const [count, h, w, c] = images.shape as [number, number, number, number];
  const shape: [number, number, number, number] = [batchSize, h, w, c];
  const pixels = await networkValues(images);
  const sigmas = noiseToSignal(schedule);
  const rowAt = endlessEpochs(count, rng);
  const size = h * w * c;

  return (step) => {
    const source = rng.fork(`step ${step}`);
    const timesteps = source.fork('t');
    const t = Int32Array.from({ length: batchSize }, () => timesteps.integer(schedule.steps));
    const index = Int32Array.from(t, (_, i) => rowAt(step * batchSize + i));
    const x0 = new Float32Array(batchSize * size);
    index.forEach((row, i) => {
      x0.set(pixels.subarray(row * size, (row + 1) * size), i * size);
    });
    const byTimestep = (of: (t: number) => number) => tensor1d(Float32Array.from(t, of));
    const tensors = {
      x0: tensor4d(x0, shape),
      noise: tensor4d(drawNoise(source.fork('noise'), t), shape),
      t: tensor1d(t, 'int32'),
      index: tensor1d(index, 'int32'),
      signalScale: byTimestep((t) => Math.sqrt(schedule.alphasCumprod[t]!)),
      noiseScale: byTimestep((t) => Math.sqrt(1 - schedule.alphasCumprod[t]!)),
      sigma: byTimestep((t) => sigmas[t]!),
    };
    return { tensors, t };
  };

  function drawNoise(rng: Rng, t: Int32Array): Float32Array {
    const values = new Float32Array(batchSize * size);
    t.forEach((timestep, i) => {
      noise(values.subarray(i * size, (i + 1) * size), { height: h, width: w, channels: c }, rng, timestep);
    });
    return values;
  }
}

async function networkValues(images: ImageBatch): Promise<Float32Array> {
  const tensor = toNetwork(images);
  const values = await tensor.data<'float32'>();
  tensor.dispose();
  return values;
}

/** The training set's row at each position of epoch 0, epoch 1, …, each shuffled anew. */
function endlessEpochs(count: number, rng: Rng): (position: number) => number {
  let epoch = -1;
  let order = new Int32Array(0);
  return (position) => {
    const wanted = Math.floor(position / count);
    if (wanted !== epoch) {
      order = shuffled(count, rng.fork(`epoch ${wanted}`));
      epoch = wanted;
    }
    return order[position % count]!;
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
