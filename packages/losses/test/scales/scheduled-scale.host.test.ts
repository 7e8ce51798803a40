import { evaluate, expectClose } from '@rddpm/conformance';
import { ConfigError } from '@rddpm/core';
import { dispose, type Tensor1D, tensor1d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { exponentialScale, snrScale } from '../../src/scales/scheduled-scale.ts';

const T = [0, 1, 20, 100, 500, 999];

/** √((1 - ᾱ) / ᾱ) of the linear schedule from 1e-4 to 0.02, in float64. */
const sigmas = T.map((t) => {
  let product = 1;
  for (let k = 0; k <= t; k++) product *= 1 - (1e-4 + (k * (0.02 - 1e-4)) / 999);
  return Math.sqrt((1 - product) / product);
});

test.each([0.001, 0.1, 1])('are what diffusers’ training script computes, per sample, at huber_c %d', async (end) => {
  const args = { t: tensor1d(T, 'int32'), sigma: tensor1d(sigmas) };
  const both = (context: { t: Tensor1D; sigma: Tensor1D }) => ({
    snr: snrScale(context, { end }),
    exponential: exponentialScale(context, { end, timesteps: 1000 }),
  });
  const { snr, exponential } = await evaluate(both, args);
  const alpha = -Math.log(end) / 1000;
  expectClose(
    exponential.data,
    T.map((t) => Math.exp(-alpha * t)),
    1e-6,
  );
  expectClose(
    snr.data,
    sigmas.map((sigma) => (1 - end) / (1 + sigma) ** 2 + end),
    1e-6,
  );
  dispose(args as never);
});

test('snrScale is end where noise is all there is, and 1 where there is none', async () => {
  const sigma = tensor1d([Number.POSITIVE_INFINITY, 0]);
  const { data } = await evaluate(({ sigma }: { sigma: Tensor1D }) => snrScale({ sigma }, { end: 0.3 }), { sigma });
  expectClose(data, [0.3, 1], 1e-6);
  sigma.dispose();
});

test('refuse an end of 0, and no timesteps', () => {
  const values = tensor1d([1]);
  expect(() => snrScale({ sigma: values }, { end: 0 })).toThrow(new ConfigError('snrScale: end is 0; it must be a finite number above 0'));
  expect(() => exponentialScale({ t: values }, { end: -1 })).toThrow(
    new ConfigError('exponentialScale: end is -1; it must be a finite number above 0'),
  );
  expect(() => exponentialScale({ t: values }, { timesteps: 0 })).toThrow(
    new ConfigError('exponentialScale: timesteps is 0; it must be a whole number of at least 1'),
  );
  values.dispose();
});
