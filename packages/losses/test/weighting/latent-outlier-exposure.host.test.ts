import { evaluate, evaluator, expectClose, expectGradient, expectNoLeak } from '@rddpm/conformance';
import { ConfigError, type LossContext, ShapeError } from '@rddpm/core';
import {
  dispose,
  grad,
  mean,
  type Scalar,
  scalar,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  tensor1d,
  tensor2d,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { type LatentOutlierExposureOptions, latentOutlierExposure } from '../../src/weighting/latent-outlier-exposure.ts';

const squared = (prediction: Tensor, target: Tensor) => mean<Tensor1D>(square(sub(prediction, target)), 1);
type Args = { x: Tensor; step: Scalar };
const lossWith = (options: LatentOutlierExposureOptions) => {
  const loss = latentOutlierExposure(squared, options);
  return ({ x, step }: Args) => loss(x, zeros(x.shape), { step } as LossContext);
};

/** Losses 1, 4, 16, .25, 2.25: the median is 2.25. */
const worked = (at = 0): Args => ({ x: tensor2d([1, 2, 4, 0.5, 1.5], [5, 1]), step: scalar(at) });

describe.each(['hard', 'soft'] as const)('%s', (mode) => {
  test('the worst samples learn the anomaly loss, by hand', async () => {
    await expectNoLeak(async () => {
      const args = worked();
      const anomalous = (loss: number) => 2.25 / (1 + loss / 2.25);
      const exposed = (loss: number) => (mode === 'hard' ? anomalous(loss) : (loss + anomalous(loss)) / 2);
      expectClose((await evaluate(lossWith({ mode, trim: 0.2 }), args)).data, [(1 + 4 + exposed(16) + 0.25 + 2.25) / 5], 1e-6);
      expectClose((await evaluate(lossWith({ mode, trim: 0.4 }), args)).data, [(1 + exposed(4) + exposed(16) + 0.25 + 2.25) / 5], 1e-6);
      dispose(args as never);
    });
  });

  test('warm-up takes all samples for normal', async () => {
    const [before, after] = [worked(9), worked(10)];
    const loss = evaluator(lossWith({ mode, warmupSteps: 10 }));
    const plain = (1 + 4 + 16 + 0.25 + 2.25) / 5;
    expectClose((await loss(before)).data, [plain], 1e-6);
    expect((await loss(after)).data[0]).toBeLessThan(plain - 0.5);
    dispose([before, after] as never);
  });

  test('its gradient is that of finite differences, but for the median', async () => {
    const at = { shape: [5, 1], data: Float32Array.of(1, 2, 4, 0.5, 1.5) };
    const loss = latentOutlierExposure(squared, { mode, anomalyLoss: (losses) => sub(5, square(losses)) });
    const smooth = (x: Tensor) => loss(x, zeros([5, 1]), { step: scalar(0) } as LossContext);
    await expectGradient(smooth, { ...at, data: at.data.map((value) => value / 4) }, { step: 3e-3 });
  });

  test('no sample is pushed harder than it would be pulled', async () => {
    const args = { x: tensor2d([1e-20, 1e-3, 0.1, 1e20, 1e-3], [5, 1]), step: scalar(0) };
    const slope = ({ x, step }: Args) => grad((x) => lossWith({ mode, trim: 0.4 })({ x, step }))(x);
    const { data } = await evaluate(slope, args);
    const pulls = await args.x.data();
    for (const [i, value] of data.entries()) expect(Math.abs(value)).toBeLessThanOrEqual((2 * pulls[i]! * (1 + 1e-6)) / 5);
    expect(data.every(Number.isFinite)).toBe(true);
    dispose(args as never);
  });
});

test('trim 0 is the mean', async () => {
  const args = worked();
  expectClose((await evaluate(lossWith({ trim: 0 }), args)).data, [(1 + 4 + 16 + 0.25 + 2.25) / 5], 1e-6);
  dispose(args as never);
});

test('NaN stays', async () => {
  const args = { x: tensor2d([1, Number.NaN, 3, 2], [4, 1]), step: scalar(0) };
  expect((await evaluate(lossWith({}), args)).data[0]).toBeNaN();
  dispose(args as never);
});

test('refuses options out of range, and losses that aren’t one per sample', () => {
  expect(() => latentOutlierExposure(squared, { trim: 1 })).toThrow(
    new ConfigError('latentOutlierExposure: trim is 1; it must be at least 0 and below 1'),
  );
  expect(() => latentOutlierExposure(squared, { mode: 'blind' as never })).toThrow(
    new ConfigError("latentOutlierExposure: mode is 'blind'; it must be one of hard, soft"),
  );
  expect(() => latentOutlierExposure(squared, { warmupSteps: -1 })).toThrow(
    new ConfigError('latentOutlierExposure: warmupSteps is -1; it must be a whole number of at least 0'),
  );
  const x = tensor1d([1, 2]);
  const loss = latentOutlierExposure(() => scalar(1) as never);
  expect(() => loss(x, x, { step: scalar(0) } as LossContext)).toThrow(
    new ShapeError(
      "latentOutlierExposure: for a prediction [2] the loss returned []; it must return one number for each sample (reduction 'per-sample') of a batch that isn't empty",
    ),
  );
  x.dispose();
});
