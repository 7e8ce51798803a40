import { fromNetwork, type ImageBatch, type Rng, toNetwork } from '@rddpm/core';
import { reverseTimesteps } from '@rddpm/scheduler';
import { dispose, type Tensor1D, type Tensor4D, tensor1d, tensor4d, zeros } from '@tensorflow/tfjs-core';
import type { DetectorSettings } from './detector-options.ts';

/** Tensors of one reverse evaluation. The weights are captured: a compiled graph holds them as constants. */
type ReverseInput = {
  readonly xt: Tensor4D;
  readonly previousX0: Tensor4D;
  readonly noise: Tensor4D;
  readonly t: Tensor1D;
  readonly coefficients: Tensor1D;
};

/**
 * Noise to `forwardSteps`, then back from `reverseSteps`. Image i of a batch draws from `sources[i]`, first the forward noise, then
 * one array per evaluation; images without a source are padding, and get none.
 */
export function createReconstruction(settings: DetectorSettings): (batch: ImageBatch, sources: readonly Rng[]) => Promise<ImageBatch> {
  const { network, weights, schedule, sampler, backend, forwardSteps, reverseSteps, evaluations } = settings;
  const alphaCumprod = schedule.alphasCumprod[forwardSteps - 1]!;
  const timesteps = reverseTimesteps({ from: reverseSteps, evaluations });
  const evaluate = backend.compile(({ xt, previousX0, noise, t, coefficients }: ReverseInput) => {
    return sampler.apply({ xt, prediction: network.predict(weights, xt, t), noise, previousX0 }, coefficients);
  });

  return async (batch, sources) => {
    const shape = batch.shape as [number, number, number, number];
    let xt = await addNoise(batch, draw(shape, sources), alphaCumprod);
    let previousX0: Tensor4D = zeros(shape);
    try {
      for (const [i, t] of timesteps.entries()) {
        const inputs = {
          noise: tensor4d(draw(shape, sources), shape),
          t: tensor1d(new Int32Array(shape[0]).fill(t), 'int32'),
          coefficients: tensor1d(sampler.coefficients(t, timesteps[i + 1] ?? -1, timesteps[i - 1])),
        };
        const next = await evaluate({ xt, previousX0, ...inputs }).finally(() => dispose(inputs));
        dispose([xt, previousX0]);
        xt = next.xPrev;
        previousX0 = next.x0;
      }
      return await fromNetwork(xt);
    } finally {
      dispose([xt, previousX0]);
    }
  };
}

/** √ᾱ x₀ + √(1 - ᾱ) ε: Ho et al. (2020), https://arxiv.org/abs/2006.11239, equation 4. */
async function addNoise(batch: ImageBatch, noise: Float32Array, alphaCumprod: number): Promise<Tensor4D> {
  const x0 = toNetwork(batch);
  const values = await x0.data<'float32'>();
  x0.dispose();
  const [signalScale, noiseScale] = [Math.sqrt(alphaCumprod), Math.sqrt(1 - alphaCumprod)];
  return tensor4d(
    values.map((value, i) => signalScale * value + noiseScale * noise[i]!),
    x0.shape,
  );
}

/** Standard normals, each image's from its own source; zeros where there is none. */
function draw([n, h, w, c]: [number, number, number, number], sources: readonly Rng[]): Float32Array {
  const noise = new Float32Array(n * h * w * c);
  const size = h * w * c;
  sources.forEach((source, i) => {
    source.normal(noise.subarray(i * size, (i + 1) * size));
  });
  return noise;
}
