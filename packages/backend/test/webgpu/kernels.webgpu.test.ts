/** Our own kernels, on random shapes, against compositions of the cpu backend's. */
import {
  add,
  conv2d,
  div,
  engine,
  getKernel,
  grads,
  less,
  mean,
  mul,
  reshape,
  rsqrt,
  sigmoid,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { between, expectSame, type Input, normal } from './both-ways.ts';

const ROUNDS = 8;

const rounds = (title: string, round: (title: string) => Promise<void>) =>
  test(title, async () => {
    for (let i = 0; i < ROUNDS; i++) await round(title);
  });

const oneOf = <T>(...items: T[]): T => items[between(0, items.length - 1)]!;

/** Whether the current backend is the one with kernels of our own. */
const has = (kernel: string) => getKernel(kernel, engine().backendName) !== undefined;

const run = (kernel: string, inputs: Record<string, Tensor>, attributes = {}) =>
  [engine().runKernel(kernel, inputs, attributes)].flat() as Tensor[];

describe('RddpmSilu', () => {
  rounds('and its gradient, in any shape', async () => {
    const shape = Array.from({ length: between(1, 4) }, () => between(1, 7));
    await expectSame([normal(...shape), normal(...shape)], (x, dy) => {
      if (has('RddpmSilu')) return [...run('RddpmSilu', { x: x! }), ...run('RddpmSiluGrad', { x: x!, dy: dy! })];
      const [dx] = grads((x: Tensor) => mul(x, sigmoid(x)))([x!], dy);
      return [mul(x!, sigmoid(x!)), dx!];
    });
  });
});

describe('RddpmGroupNorm', () => {
  function composed(x: Tensor, scale: Tensor, offset: Tensor, groups: number, epsilon: number): Tensor {
    const [n, h, w, c] = x.shape as [number, number, number, number];
    const grouped = reshape(x, [n, h * w, groups, c / groups]);
    const centred = sub(grouped, mean(grouped, [1, 3], true));
    const normalised = mul(centred, rsqrt(add(mean(square(centred), [1, 3], true), epsilon)));
    return add(mul(reshape(normalised, x.shape), scale), offset);
  }

  rounds('and its gradients, whatever the channels and groups', async () => {
    const perGroup = between(1, 6);
    const groups = between(1, 5);
    const channels = perGroup * groups;
    const shape = [between(1, 3), between(2, 12), between(2, 9), channels];
    const shifted = { shape, data: normal(...shape).data.map((value) => value * 0.3 + 20) }; // a mean far from 0 must not cancel
    const attributes = { groups, epsilon: 1e-5 };
    await expectSame(
      [shifted, normal(channels), normal(channels), normal(...shape)],
      (x, scale, offset, dy) => {
        const parameters = { x: x!, scale: scale! };
        if (has('RddpmGroupNorm')) {
          return [
            ...run('RddpmGroupNorm', { ...parameters, offset: offset! }, attributes),
            ...run('RddpmGroupNormGrad', { ...parameters, dy: dy! }, attributes),
          ];
        }
        const fn = (x: Tensor, scale: Tensor, offset: Tensor) => composed(x, scale, offset, groups, attributes.epsilon);
        return [fn(x!, scale!, offset!), ...grads(fn as never)([x!, scale!, offset!], dy)];
      },
      2e-4, // 20 in float32 leaves 2e-6, of deviations of 0.3
    );
  });
});

describe('RddpmAdamW', () => {
  rounds('moves weights and moments', async () => {
    const size = between(1, 3000);
    const squares: Input = { shape: [size], data: normal(size).data.map((value) => value * value) };
    const factors = [0.1, 0.001, 0.98, 0.01, 1e-8].map((value): Input => ({ shape: [], data: Float32Array.of(value) }));
    const beta = { beta1: 0.9, beta2: 0.999 };
    await expectSame([normal(size), normal(size), squares, normal(size), ...factors], (...tensors) => {
      const [weights, moment1, moment2, gradient, share1, share2, decay, rate, epsilon] = tensors as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      if (has('RddpmAdamW')) {
        return run('RddpmAdamW', { weights, moment1, moment2, gradient, share1, share2, decay, rate, epsilon }, beta);
      }
      const first = add(mul(moment1, beta.beta1), mul(gradient, share1));
      const second = add(mul(moment2, beta.beta2), mul(square(gradient), share2));
      return [sub(mul(weights, decay), mul(div(first, add(sqrt(second), epsilon)), rate)), first, second];
    });
  });
});

describe('Conv2D', () => {
  rounds('and both gradients, for any channels, strides and padding', async () => {
    const [fromChannels, toChannels] = [between(1, 9), between(1, 9)].map((channels) => channels * oneOf(1, 4)) as [number, number];
    const filter: [number, number, number, number] = [between(1, 4), between(1, 4), fromChannels, toChannels];
    const shape = [between(1, 3), between(5, 12), between(5, 12), fromChannels];
    const strides: [number, number] = [between(1, 3), between(1, 3)];
    const explicit: [[number, number], [number, number], [number, number], [number, number]] = [
      [0, 0],
      [between(0, 3), between(0, 3)],
      [between(0, 3), between(0, 3)],
      [0, 0],
    ];
    const pad = oneOf<'same' | 'valid' | typeof explicit>('same', 'valid', explicit);
    const fn = (x: Tensor, filter: Tensor) => conv2d(x as Tensor4D, filter as Tensor4D, strides, pad as 'same');
    await expectSame([normal(...shape), normal(...filter)], (x, filter) => {
      const y = fn(x!, filter!);
      return [y, ...grads((x: Tensor, filter: Tensor) => square(fn(x, filter)))([x!, filter!])];
    });
  });

  rounds('of many pixels: the filter gradient is summed in parts', async () => {
    const fn = (x: Tensor, filter: Tensor) => conv2d(x as Tensor4D, filter as Tensor4D, 1, 'same');
    await expectSame([normal(2, between(20, 40), between(20, 40), 3), normal(3, 3, 3, 8)], (x, filter) => {
      return grads((x: Tensor, filter: Tensor) => square(fn(x, filter)))([x!, filter!]);
    });
  });

  test('dilated, and channels first, as TensorFlow.js does it', async () => {
    await expectSame([normal(2, 9, 8, 3), normal(3, 3, 3, 4)], (x, filter) => {
      return [conv2d(x as Tensor4D, filter as Tensor4D, 1, 'same', 'NHWC', 2)];
    });
    await expectSame([normal(2, 3, 9, 8), normal(3, 3, 3, 4)], (x, filter) => {
      return [conv2d(x as Tensor4D, filter as Tensor4D, 1, 'same', 'NCHW')];
    });
  });
});

describe('Sum and Mean', () => {
  rounds('over any axes', async () => {
    const shape = Array.from({ length: between(1, 5) }, () => between(1, 8));
    const axes = [...shape.keys()].filter(() => between(0, 1) === 1);
    const keepDims = between(0, 1) === 1;
    await expectSame([normal(...shape)], (x) => [sum(x!, axes, keepDims), mean(x!, axes, keepDims)]);
  });

  rounds('over very many numbers, in parts', async () => {
    const shape = [between(1, 3), between(1000, 30000), between(1, 5)];
    const axes = oneOf([1], [0, 1], [1, 2]);
    await expectSame([normal(...shape)], (x) => [sum(x!, axes), mean(x!)], 1e-4); // of sums near 0 from 100,000 numbers
  });

  test('of whole numbers, and backwards axes', async () => {
    await expectSame([normal(3, 4, 5)], (x) => [sum(x!, [-1, 1]), sum(x!.toInt(), 0), mean(x!, [0, 2])]);
  });

  test('of conditions that were cast, whose buffer keeps whole numbers', async () => {
    await expectSame([normal(3, 5, 4)], (x) =>
      [0, 2].flatMap((axis) => [sum(less(x!, 0).toFloat(), axis), mean(less(x!, 0).toFloat(), axis)]),
    );
  });
});

test('kernels of our own are the ones that run', () => {
  for (const kernel of ['RddpmAdamW', 'RddpmGroupNorm', 'RddpmGroupNormGrad', 'RddpmSilu', 'RddpmSiluGrad'])
    expect(getKernel(kernel, 'webgpu')).toBeDefined();
});
