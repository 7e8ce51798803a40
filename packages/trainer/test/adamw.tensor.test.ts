import { backend, evaluate, expectClose } from '@rddpm/conformance';
import { ConfigError } from '@rddpm/core';
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
import { clipping } from '../src/gradient-clipping.ts';
import { adamW, type OptimizerRates, type OptimizerState } from '../src/index.ts';
import golden from './goldens/adamw.json' with { type: 'json' };

test(`walks as ${golden.library} does, clipped steps and others`, async () => {
  const inputs = tensor2d(golden.inputs);
  const targets = tensor1d(golden.targets);
  const zeros = () => tensor1d(new Float32Array(golden.start.length));
  const { numbersAt, update } = adamW();
  let state: OptimizerState = { weights: [tensor1d(golden.start)], moments: { moment1: [zeros()], moment2: [zeros()] } };
  const residuals = (weights: Tensor1D) => sub(reshape(matMul(inputs, reshape(weights, [-1, 1])), [-1]), targets);
  const step = backend.compile(({ state, ...rates }: { state: OptimizerState } & Pick<OptimizerRates, 'learningRate' | 'numbers'>) => {
    const { grad } = valueAndGrad((weights: Tensor1D) => mean(square(residuals(weights))))(state.weights[0]!);
    const { scale: gradientScale, norm } = clipping([grad], golden.gradientNorm);
    return { state: update(state, [grad], { ...rates, gradientScale, weightDecay: golden.weightDecay }), norm };
  });

  for (const [k, expected] of golden.steps.entries()) {
    const numbers = Object.fromEntries(Object.entries(numbersAt(k)).map(([name, value]) => [name, scalar(value)]));
    const rates = { learningRate: scalar(golden.learningRate), numbers };
    const next = await step({ state, ...rates });
    dispose([state, rates] as never);
    state = next.state;
    expectClose(await next.norm.data(), [expected.gradientNorm], 1e-6);
    const { weights, moments } = state;
    for (const [name, [vector]] of Object.entries({ weights, ...moments })) {
      expectClose(await vector!.data(), expected[name as 'weights' | 'moment1' | 'moment2'], 2e-6);
    }
    next.norm.dispose();
  }
  expect(golden.steps.some((step: { gradientNorm: number }) => step.gradientNorm > golden.gradientNorm)).toBe(true);
  expect(golden.steps.some((step: { gradientNorm: number }) => step.gradientNorm < golden.gradientNorm)).toBe(true);
  dispose([inputs, targets, state] as never);
});

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
  const { numbersAt } = adamW();
  expect(numbersAt(0).biasCorrection1).toBeCloseTo(0.1, 12);
  expect(numbersAt(0).biasCorrection2).toBeCloseTo(0.001, 12);
  expect(numbersAt(1).biasCorrection1).toBeCloseTo(0.19, 12);
  expect(numbersAt(1).biasCorrection2).toBeCloseTo(0.001999, 12);
});

test.each([
  [{ beta1: 1 }, 'adamW: beta1 is 1; it must be at least 0 and below 1'],
  [{ beta2: -0.1 }, 'adamW: beta2 is -0.1; it must be at least 0 and below 1'],
  [{ epsilon: 0 }, 'adamW: epsilon is 0; it must be a finite number above 0'],
])('refuses %o', (options, message) => {
  expect(() => adamW(options)).toThrow(new ConfigError(message));
});
