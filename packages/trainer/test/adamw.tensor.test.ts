import { backend, evaluate, expectClose } from '@rddpm/conformance';
import {
  dispose,
  matMul,
  mean,
  reshape,
  scalar,
  square,
  sub,
  type Tensor1D,
  tensor1d,
  tensor2d,
  valueAndGrad,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type AdamWState, adamW, biasCorrections, clipping } from '../src/adamw.ts';
import golden from './goldens/adamw.json' with { type: 'json' };

test(`walks as ${golden.library} does, clipped steps and others`, async () => {
  const inputs = tensor2d(golden.inputs);
  const targets = tensor1d(golden.targets);
  const zeros = () => tensor1d(new Float32Array(golden.start.length));
  let state: AdamWState = { weights: [tensor1d(golden.start)], moment1: [zeros()], moment2: [zeros()] };
  const residuals = (weights: Tensor1D) => sub(reshape(matMul(inputs, reshape(weights, [-1, 1])), [-1]), targets);
  const step = backend.compile(({ state, ...schedule }: { state: AdamWState } & Schedule) => {
    const { grad } = valueAndGrad((weights: Tensor1D) => mean(square(residuals(weights))))(state.weights[0]!);
    const { scale, norm } = clipping([grad], golden.gradientNorm);
    return { state: adamW(state, [grad], scale, schedule, golden.weightDecay), norm };
  });

  for (const [k, expected] of golden.steps.entries()) {
    const { biasCorrection1, biasCorrection2 } = biasCorrections(k);
    const schedule = {
      learningRate: scalar(golden.learningRate),
      biasCorrection1: scalar(biasCorrection1),
      biasCorrection2: scalar(biasCorrection2),
    };
    const next = await step({ state, ...schedule });
    dispose([state, schedule] as never);
    state = next.state;
    expectClose(await next.norm.data(), [expected.gradientNorm], 1e-6);
    for (const name of ['weights', 'moment1', 'moment2'] as const) expectClose(await state[name][0]!.data(), expected[name], 2e-6);
    next.norm.dispose();
  }
  expect(golden.steps.some((step: { gradientNorm: number }) => step.gradientNorm > golden.gradientNorm)).toBe(true);
  expect(golden.steps.some((step: { gradientNorm: number }) => step.gradientNorm < golden.gradientNorm)).toBe(true);
  dispose([inputs, targets, state] as never);
});

type Schedule = Parameters<typeof adamW>[3];

test('shortens a gradient of length 5 to length 1, and leaves a shorter one', async () => {
  const gradients = [tensor1d([3]), tensor1d([0, -4])];
  const long = await evaluate(({ gradients }: { gradients: Tensor1D[] }) => clipping(gradients, 1), { gradients });
  expectClose(long.scale, 1 / 5, 1e-6);
  expectClose(long.norm, 5);
  const short = await evaluate(({ gradients }: { gradients: Tensor1D[] }) => clipping(gradients, 6), { gradients });
  expectClose(short.scale, 1, 0);
  dispose(gradients);
});

test('a limit of Infinity leaves every gradient', async () => {
  const gradients = [tensor1d([3000, -4000])];
  const { scale } = await evaluate(({ gradients }: { gradients: Tensor1D[] }) => clipping(gradients, Number.POSITIVE_INFINITY), {
    gradients,
  });
  expectClose(scale, 1, 0);
  dispose(gradients);
});

test('the bias corrections are 1 - β and 1 - β², at the first and the second step', () => {
  expect(biasCorrections(0).biasCorrection1).toBeCloseTo(0.1, 12);
  expect(biasCorrections(0).biasCorrection2).toBeCloseTo(0.001, 12);
  expect(biasCorrections(1).biasCorrection1).toBeCloseTo(0.19, 12);
  expect(biasCorrections(1).biasCorrection2).toBeCloseTo(0.001999, 12);
});
