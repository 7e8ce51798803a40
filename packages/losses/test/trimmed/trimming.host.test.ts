import { evaluate, evaluator, expectClose, expectGradient, expectNoLeak, random } from '@rddpm/conformance';
import { ConfigError, createRng, ShapeError } from '@rddpm/core';
import { abs, dispose, fill, grad, mul, type Scalar, scalar, sub, type Tensor, tensor, tensor4d, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { blockLtsLoss } from '../../src/block-lts/loss.ts';
import { elementLtsLoss } from '../../src/lts/elements.ts';
import { type LtsOptions, ltsLoss } from '../../src/lts/loss.ts';
import { mseLoss } from '../../src/mse/loss.ts';
import { winsorizedLoss } from '../../src/winsorized/loss.ts';

type Trimmed = (prediction: Tensor, target: Tensor, options?: LtsOptions) => Scalar;
type Args = { prediction: Tensor; target: Tensor };
const blocks: Trimmed = (prediction, target, options) => blockLtsLoss(prediction, target, { ...options, block: 2 });

// the four forms share these laws
describe.each<[string, Trimmed]>([
  ['ltsLoss', ltsLoss],
  ['elementLtsLoss', elementLtsLoss],
  ['blockLtsLoss', blocks],
  ['winsorizedLoss', winsorizedLoss],
])('%s', (name, loss) => {
  const inputs = (): Args => ({ prediction: random([4, 4, 6, 2], 1), target: random([4, 4, 6, 2], 2) });
  const lossWith = (options?: LtsOptions) => (args: Args) => loss(args.prediction, args.target, options);

  test('keep 1 is the mean', async () => {
    await expectNoLeak(async () => {
      const args = inputs();
      const squared = await evaluate((args: Args) => mseLoss(args.prediction, args.target), args);
      expectClose(await evaluate(lossWith({ keep: 1 }), args), squared, 1e-6);
      dispose(args as never);
    });
  });

  test('a scalar keep is the number keep', async () => {
    const args = inputs();
    for (const keep of [0.1, 0.7, 1]) {
      const share = scalar(keep);
      const changing = ({ share, ...args }: Args & { share: Scalar }) => loss(args.prediction, args.target, { keep: share });
      expectClose(await evaluate(changing, { ...args, share }), await evaluate(lossWith({ keep }), args), 1e-6);
      share.dispose();
    }
    dispose(args as never);
  });

  test('the order of the samples is of no matter', async () => {
    const args = inputs();
    const data = await args.prediction.data();
    const size = data.length / 4;
    const order = [2, 0, 3, 1];
    const permuted = Float32Array.from(data, (_, i) => data[order[Math.floor(i / size)]! * size + (i % size)]!);
    const none = zeros([4, 4, 6, 2]);
    const reordered = tensor(permuted, [4, 4, 6, 2]);
    const value = evaluator(lossWith({ keep: 0.7 }));
    const plain = await value({ prediction: args.prediction, target: none });
    expectClose(await value({ prediction: reordered, target: none }), plain, 1e-6);
    dispose([args.prediction, args.target, none, reordered]);
  });

  test('takes another penalty', async () => {
    const args = inputs();
    const actual = await evaluate(lossWith({ keep: 1, penalty: (residual) => abs(residual) }), args);
    const [prediction, target] = await Promise.all([args.prediction.data<'float32'>(), args.target.data<'float32'>()]);
    const total = prediction.reduce((sum, value, i) => sum + Math.abs(value - target[i]!), 0);
    expectClose(actual.data, [total / prediction.length], 1e-5);
    dispose(args as never);
  });

  test('a location fitted to samples of which 30 % are arbitrarily far stays with the others', async () => {
    const clean = createRng('location').normal(new Float32Array(70 * 4));
    const shape = [100, 2, 2, 1];
    const step = evaluator(({ at, samples, rate }: { at: Tensor; samples: Tensor; rate: Tensor }) =>
      sub(at, mul(rate, grad((at) => loss(mul(at, fill(shape, 1)), samples, { keep: 0.7 }))(at))),
    );
    for (const far of [10, 1e6]) {
      const samples = tensor(
        Float32Array.from({ length: 400 }, (_, i) => clean[i] ?? far),
        shape,
      );
      const rate = scalar(0.5);
      let at = 0.3 * far; // where the squared error ends
      for (let k = 0; k < 15; k++) {
        const from = scalar(at);
        at = (await step({ at: from, samples, rate })).data[0]!;
        from.dispose();
      }
      expect(Math.abs(at), `samples at ${far}`).toBeLessThan(0.2);
      dispose([samples, rate]);
    }
  });

  test('residuals of 1e-20 and 1e20 make no NaN', async () => {
    const prediction = tensor4d([1e-20, 1e20, -1e20, 1e-20, 1, -1, 0, 1e-20, 1e-20, 0, 0, 1e-20, 1, 1, 1, 1], [4, 2, 2, 1]);
    const both = ({ x }: { x: Tensor }) => ({
      value: loss(x, zeros([4, 2, 2, 1]), { keep: 0.7 }),
      slope: grad((x) => loss(x, zeros([4, 2, 2, 1]), { keep: 0.7 }))(x),
    });
    const { value, slope } = await evaluate(both, { x: prediction });
    expect(value.data[0]).toBeGreaterThan(0);
    expect(value.data[0]).toBeLessThan(2);
    expect(slope.data.every(Number.isFinite)).toBe(true);
    expectClose(slope.data.slice(1, 3), [0, 0], 0);
    prediction.dispose();
  });

  test('does not trim a NaN away', async () => {
    const args: Args = { prediction: tensor4d([1, 2, Number.NaN, 3, 4, 5, 6, 7], [2, 2, 2, 1]), target: zeros([2, 2, 2, 1]) };
    expect((await evaluate(lossWith({ keep: 0.5 }), args)).data[0]).toBeNaN();
    dispose(args as never);
  });

  test.each([0, -0.5, 1.2, Number.NaN])('refuses keep %d', (keep) => {
    expect(() => loss(zeros([2, 2, 2, 1]), zeros([2, 2, 2, 1]), { keep })).toThrow(
      new ConfigError(`${name}: keep is ${keep}; it must be above 0 and at most 1`),
    );
  });

  test('refuses shapes that would broadcast, and batches of nothing', () => {
    expect(() => loss(zeros([4, 8, 8, 1]), zeros([8, 1]))).toThrow(
      new ShapeError(`${name}: prediction is [4,8,8,1] but target is [8,1]; both must have the same shape`),
    );
    expect(() => loss(zeros([0, 8, 8, 1]), zeros([0, 8, 8, 1]))).toThrow(
      new ShapeError(`${name}: prediction is [0,8,8,1]; it must be [batch, …] and not empty`),
    );
    expect(() => loss(scalar(1), scalar(1))).toThrow(new ShapeError(`${name}: prediction is []; it must be [batch, …] and not empty`));
  });
});

// not winsorizedLoss: its limit is a constant, but moves with the residual that it is
describe.each<[string, Trimmed]>([
  ['ltsLoss', ltsLoss],
  ['elementLtsLoss', elementLtsLoss],
  ['blockLtsLoss', blocks],
])('%s', (_, loss) => {
  test('its gradient is that of finite differences', async () => {
    // magnitudes in steps of .02, apart from ties by more than a difference's step
    const data = Float32Array.from({ length: 48 }, (_, i) => (i % 2 ? -1 : 1) * (0.1 + 0.02 * ((i * 29) % 48)));
    await expectGradient((x) => mul(50, loss(x, zeros([2, 4, 6, 1]), { keep: 0.6 })), { shape: [2, 4, 6, 1], data }, { step: 4e-3 });
  });
});

test('the squared error follows 30 % of the samples wherever they are', async () => {
  const samples = tensor(
    Float32Array.from({ length: 10 }, (_, i) => (i < 7 ? 0 : 1e6)),
    [10, 1],
  );
  const slope = await evaluate(
    ({ samples }: { samples: Tensor }) => grad((at) => mseLoss(mul(at, fill([10, 1], 1)), samples))(scalar(3e5)),
    { samples },
  );
  expectClose(slope.data, [0], 0.1); // at rest at 0.3 · 1e6
  samples.dispose();
});
