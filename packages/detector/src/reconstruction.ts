import { fromNetwork, type ImageBatch, type NoiseSource, type Rng, type Sampler, toNetwork } from '@rddpm/core';
import { ddimInversion, reverseTimesteps } from '@rddpm/scheduler';
import { clone, dispose, type Tensor1D, type Tensor4D, tensor1d, tensor4d, zeros } from '@tensorflow/tfjs-core';
import type { DetectorSettings } from './detector-options.ts';

/**
 * Encodes a batch at `forwardSteps`, then walks back from `reverseSteps`. Image i of a batch draws from `sources[i]`, first the forward noise,
 * if there is any, then one array per evaluation that takes one; images without a source are padding, and get none.
 *
 * @throws {ConfigError} for steps that the sampler can't do.
 */
export function createReconstruction(settings: DetectorSettings): (batch: ImageBatch, sources: readonly Rng[]) => Promise<ImageBatch> {
  const { sampler, reverseSteps, evaluations, spacing } = settings;
  const timesteps = [...reverseTimesteps({ from: reverseSteps, evaluations, spacing })];
  const down = timesteps.map((t, i) => ({ t, tPrev: timesteps[i + 1] ?? -1, tBefore: timesteps[i - 1] }));
  const decode = createWalk(settings, sampler, down);
  const encode = settings.encode === 'noise' ? addNoise(settings) : createInversion(settings);

  return async (batch, sources) => {
    const x = await decode(await encode(batch, sources), sources);
    return fromNetwork(x).finally(() => dispose(x));
  };
}

type Encode = (batch: ImageBatch, sources: readonly Rng[]) => Promise<Tensor4D>;

/** √ᾱ x₀ + √(1 - ᾱ) ε: Ho et al. (2020), https://arxiv.org/abs/2006.11239, equation 4. */
function addNoise({ schedule, forwardSteps, noise }: DetectorSettings): Encode {
  const t = forwardSteps - 1;
  const alphaCumprod = schedule.alphasCumprod[t]!;
  const [signalScale, noiseScale] = [Math.sqrt(alphaCumprod), Math.sqrt(1 - alphaCumprod)];
  return async (batch, sources) => {
    const x0 = toNetwork(batch);
    const values = await x0.data<'float32'>(); // no transfer: the tensor was just made on the host
    const drawn = draw(noise, x0.shape, sources, t);
    x0.dispose();
    return tensor4d(
      values.map((value, i) => signalScale * value + noiseScale * drawn[i]!),
      x0.shape,
    );
  };
}

/** The walk up. It visits the timesteps of the walk down, if `forwardSteps` and `reverseSteps` are equal. */
function createInversion(settings: DetectorSettings): Encode {
  const { schedule, sampler, forwardSteps, evaluations, spacing } = settings;
  const timesteps = [...reverseTimesteps({ from: forwardSteps, evaluations: Math.min(evaluations, forwardSteps), spacing })].reverse();
  const up = timesteps.map((t, i) => ({ t, tPrev: timesteps[i - 1] ?? -1, tBefore: undefined }));
  const walk = createWalk(settings, ddimInversion(schedule, { prediction: sampler.prediction, clip: sampler.clip }), up);
  return (batch, sources) => walk(toNetwork(batch), sources);
}

type Stop = { readonly t: number; readonly tPrev: number; readonly tBefore: number | undefined };

/** Tensors of one evaluation. The weights are captured: a compiled graph holds them as constants. */
type StepInput = {
  readonly xt: Tensor4D;
  readonly previousX0: Tensor4D;
  readonly noise: Tensor4D;
  readonly t: Tensor1D;
  readonly coefficients: Tensor1D;
};

/** One compiled step, walked from stop to stop. Images in between never leave the device. Disposes the tensor that it starts from; the caller disposes the one that it returns. */
function createWalk({ network, weights, backend, noise: source }: DetectorSettings, sampler: Sampler, stops: readonly Stop[]) {
  const steps = stops.map(({ t, tPrev, tBefore }) => {
    const coefficients = sampler.coefficients(t, tPrev, tBefore);
    return { t, coefficients, usesNoise: sampler.usesNoise(coefficients) };
  });
  const lastNoise = steps.findLastIndex(({ usesNoise }) => usesNoise);
  const evaluate = backend.compile(({ xt, previousX0, noise, t, coefficients }: StepInput) =>
    sampler.apply({ xt, prediction: network.predict(weights, xt, t), noise, previousX0 }, coefficients),
  );

  return async (start: Tensor4D, sources: readonly Rng[]): Promise<Tensor4D> => {
    const { shape } = start;
    const blank: Tensor4D = zeros(shape); // the noise of steps that add none, and the previous x0 of the first
    let [xt, previousX0] = [start, clone(blank)];
    try {
      for (const [i, { t, coefficients, usesNoise }] of steps.entries()) {
        // A step that adds no noise still consumes its draw, so later noisy steps get the same numbers.
        const noise = i <= lastNoise ? draw(source, shape, sources, t) : undefined;
        const inputs = {
          t: tensor1d(new Int32Array(shape[0]).fill(t), 'int32'),
          coefficients: tensor1d(coefficients),
          ...(noise && usesNoise && { noise: tensor4d(noise, shape) }), // in place of `blank`, and disposed here
        };
        const next = await evaluate({ xt, previousX0, noise: blank, ...inputs }).finally(() => dispose(inputs));
        dispose([xt, previousX0]);
        xt = next.xPrev;
        previousX0 = next.x0;
      }
    } catch (error) {
      dispose(xt);
      throw error;
    } finally {
      dispose([blank, previousX0]);
    }
    return xt;
  };
}

/** Each image's noise from its own generator; zeros for images that have none. */
function draw(noise: NoiseSource, shape: readonly [number, number, number, number], sources: readonly Rng[], t: number): Float32Array {
  const [n, height, width, channels] = shape;
  const size = height * width * channels;
  const values = new Float32Array(n * size);
  sources.forEach((rng, i) => {
    noise(values.subarray(i * size, (i + 1) * size), { height, width, channels }, rng, t);
  });
  return values;
}
