import { evaluate, evaluator, expectClose, expectGradient, expectNoLeak, random } from '@rddpm/conformance';
import { ConfigError, createRng, type LossContext } from '@rddpm/core';
import { adaptiveLoss, barronLoss } from '@rddpm/losses';
import { dispose, grads, type Scalar, scalar, type Tensor, tensor, tensor1d, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { logPartition } from '../../src/barron/adaptive.ts';
import golden from '../goldens/losses.json' with { type: 'json' };

type Learned = { latentAlpha: Tensor; latentScale: Tensor };
const context = {} as LossContext; // it doesn't look at it

test(`ln Z(α) is what ${golden.library} integrates`, async () => {
  const alphas = tensor1d(golden.logPartition.map(({ alpha }) => alpha));
  const all = await evaluate(({ alphas }: { alphas: Tensor }) => alphas.unstack().map(logPartition), { alphas });
  alphas.dispose();
  expectClose(
    (all as { data: Float32Array }[]).map(({ data }) => data[0]!),
    golden.logPartition.map(({ value }) => value),
    5e-6, // float32, and 2e-7 of the rule
  );
});

test('at 2 and 0 its limits are the normal and the Cauchy distribution', () => {
  const at = (alpha: number) => golden.logPartition.find((row) => row.alpha === alpha)!.value;
  expect(at(1.999)).toBeCloseTo(Math.log(Math.sqrt(2 * Math.PI)), 2);
  expect(at(0.001)).toBeCloseTo(Math.log(Math.SQRT2 * Math.PI), 2);
});

test('starts with the α and the scale that it is told', async () => {
  await expectNoLeak(async () => {
    for (const [alpha, scale] of [
      [1, 1],
      [0.3, 0.2],
      [1.9, 5],
    ] as const) {
      const loss = adaptiveLoss({ alpha, scale });
      const { state, learned } = loss.init(10);
      expect(state).toEqual({});
      const actual = await evaluate((learned: Learned) => loss.parameters(learned), learned as Learned);
      dispose(learned as never);
      expectClose([actual.alpha.data[0]!, actual.scale.data[0]!], [alpha, scale], 1e-5);
    }
  });
});

test('is the negative log-likelihood ρ + ln c + ln Z(α)', async () => {
  const [alpha, scale] = [0.5, 0.3];
  const loss = adaptiveLoss({ alpha, scale });
  const { learned } = loss.init(1);
  const args = { prediction: random([4, 6], 1), target: random([4, 6], 2), learned: learned as Learned };
  const measure = ({ prediction, target, learned }: typeof args) => [
    loss.apply(prediction, target, context, { state: {}, learned }).loss,
    barronLoss(prediction, target, { alpha, scale }),
  ];
  const [actual, rho] = (await evaluate(measure, args)) as { data: Float32Array }[];
  dispose([args.prediction, args.target, learned.latentAlpha!, learned.latentScale!]);
  const logZ = golden.logPartition.find((row) => row.alpha === 0.5)!.value;
  expectClose(actual!.data, [rho!.data[0]! + Math.log(scale) + logZ], 1e-5);
});

test('its gradients are those of finite differences, by both latent parameters and by the prediction', async () => {
  const loss = adaptiveLoss({ alpha: 1.2, scale: 0.7 });
  const args = { prediction: random([3, 4], 1), target: zeros([3, 4]), zero: scalar(0) };
  const at = (prediction: Tensor, latentAlpha: Tensor, latentScale: Tensor) =>
    loss.apply(prediction, args.target, context, { state: {}, learned: { latentAlpha, latentScale } }).loss;
  for (const latent of [-3, 0, 2]) {
    const here = { shape: [], data: Float32Array.of(latent) };
    await expectGradient((latentAlpha) => at(args.prediction, latentAlpha, args.zero), here);
    await expectGradient((latentScale) => at(args.prediction, args.zero, latentScale), here);
  }
  await expectGradient((x) => at(x, args.zero, args.zero), { shape: [3, 4], data: Float32Array.from(await args.prediction.data()) });
  dispose(args as never);
});

test('learns a low α where outliers are, a high one for normal residuals, and their scale', async () => {
  const normal = createRng('adaptive').normal(new Float32Array(400));
  const clean = await fitted(normal.map((value) => 0.5 * value));
  expect(clean.alpha).toBeGreaterThan(1.7);
  expect(Math.abs(clean.scale - 0.5)).toBeLessThan(0.1);
  const dirty = await fitted(normal.map((value, i) => (i % 5 === 0 ? 30 * value : 0.5 * value)));
  expect(dirty.alpha).toBeLessThan(0.7);
  expect(dirty.scale).toBeLessThan(1);
});

/** Gradient descent on the latent parameters alone. */
async function fitted(residuals: Float32Array): Promise<{ alpha: number; scale: number }> {
  const loss = adaptiveLoss();
  const r = tensor(residuals);
  const slopes = evaluator(({ r, latentAlpha, latentScale }: Learned & { r: Tensor }) => {
    const of = (latentAlpha: Tensor, latentScale: Tensor): Scalar =>
      loss.apply(r, r.mul(0), context, { state: {}, learned: { latentAlpha, latentScale } }).loss;
    return grads(of)([latentAlpha, latentScale]);
  });
  let latents: readonly [number, number] = [0, 0];
  for (let step = 0; step < 50; step++) {
    const learned = { latentAlpha: scalar(latents[0]), latentScale: scalar(latents[1]) };
    const [byAlpha, byScale] = (await slopes({ r, ...learned })) as { data: Float32Array }[];
    dispose(learned as never);
    latents = [latents[0] - 8 * byAlpha!.data[0]!, latents[1] - 0.8 * byScale!.data[0]!];
  }
  const learned = { latentAlpha: scalar(latents[0]), latentScale: scalar(latents[1]) };
  const { alpha, scale } = await evaluate((learned: Learned) => loss.parameters(learned), learned);
  dispose([r, learned.latentAlpha, learned.latentScale]);
  return { alpha: alpha.data[0]!, scale: scale.data[0]! };
}

test.each<[object, string]>([
  [{ alpha: 2 }, 'alpha is 2; it must be above 0.001 and below 1.999'],
  [{ alpha: 0 }, 'alpha is 0; it must be above 0.001 and below 1.999'],
  [{ alpha: Number.NaN }, 'alpha is NaN; it must be above 0.001 and below 1.999'],
  [{ scale: 0 }, 'scale is 0; it must be a finite number above 0'],
  [{ scale: 1e-6 }, 'scale is 0.000001; it must be above 0.00001'],
])('refuses to start from %j', (options, message) => {
  expect(() => adaptiveLoss(options)).toThrow(new ConfigError(`adaptiveLoss: ${message}`));
});
