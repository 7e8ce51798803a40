import * as tf from '@tensorflow/tfjs';
import { describe, test } from 'vitest';
import { compile } from '../../src/index.ts';
import { normalization } from '../../src/translations/normalization.ts';
import { products } from '../../src/translations/products.ts';
import { productsWithActivation } from '../../src/translations/with-activation.ts';
import {
  type Case,
  type Draw,
  everyKernelWasCompared,
  expectEqual,
  random,
  runtime,
  valuesAndGradientsConform,
  valuesConform,
} from '../both-ways.ts';

/** Two matrices that can be multiplied, transposed or not, each with `batch` before it. */
function matrices(draw: Draw, kind: 'tensor' | 'integers', batchA: readonly number[], batchB: readonly number[]) {
  const [rows, inner, columns] = draw.shape(3) as [number, number, number];
  const [transposeA, transposeB] = [draw.oneOf(true, false), draw.oneOf(true, false)];
  const a = draw[kind]([...batchA, ...(transposeA ? [inner, rows] : [rows, inner])], -3, 3);
  const b = draw[kind]([...batchB, ...(transposeB ? [columns, inner] : [inner, columns])], -3, 3);
  return { a, b, transposeA, transposeB, columns };
}

const matMul =
  (kind: 'tensor' | 'integers', batchA: readonly number[] = [], batchB = batchA): Case =>
  (draw) => {
    const { a, b, transposeA, transposeB } = matrices(draw, kind, batchA, batchB);
    return [(a, b) => tf.matMul(a!, b!, transposeA, transposeB), a, b];
  };

const ACTIVATIONS = ['elu', 'leakyrelu', 'linear', 'prelu', 'relu', 'relu6', 'sigmoid'] as const;
type Activation = (typeof ACTIVATIONS)[number];

const fusedMatMul =
  (activation: Activation): Case =>
  (draw) => {
    const { a, b, transposeA, transposeB, columns } = matrices(draw, 'tensor', [], []);
    const options = { transposeA, transposeB, activation, leakyreluAlpha: 0.3 };
    const alpha = activation === 'prelu' ? { preluActivationWeights: draw.tensor([columns]) } : {};
    return [(a, b, bias) => tf.fused.matMul({ a: a!, b: b!, bias: bias!, ...options, ...alpha }), a, b, draw.tensor([columns])];
  };

const fusedConvolution =
  (kind: 'conv2d' | 'depthwiseConv2d', activation: Activation): Case =>
  (draw) => {
    const [height, width, c, out] = [draw.integer(3, 6), draw.integer(3, 6), draw.integer(1, 3), draw.integer(1, 3)];
    const options = { strides: draw.oneOf(1, 2), pad: draw.oneOf('same', 'valid'), activation, leakyreluAlpha: 0.3 } as const;
    const channels = kind === 'conv2d' ? out : c * out;
    const alpha = activation === 'prelu' ? { preluActivationWeights: draw.tensor([1, 1, channels]) } : {};
    return [
      (x, filter, bias) =>
        tf.fused[kind]({ x: x as tf.Tensor4D, filter: filter as tf.Tensor4D, bias: bias!, ...options, ...alpha } as never),
      draw.tensor([2, height, width, c]),
      draw.tensor([3, 2, c, out]),
      draw.tensor([channels]),
    ];
  };

const everyActivation = (name: string, asCase: (activation: Activation) => Case) =>
  Object.fromEntries(ACTIVATIONS.map((activation) => [`${name}, ${activation}`, asCase(activation)]));

describe('products', () => {
  valuesAndGradientsConform({
    matMul: matMul('tensor'),
    'matMul of batches': matMul('tensor', [2, 3]),
    dot: (draw) => [(a, b) => tf.dot(a!, b!), draw.tensor([4]), draw.tensor([4])],
    outerProduct: (draw) => [(a, b) => tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D), draw.tensor([4]), draw.tensor([3])],
    'fused.matMul with a bias': fusedMatMul('linear'),
  });
  valuesConform({
    'matMul of int32': matMul('integers', [2]),
    'matMul of one matrix with many': matMul('tensor', [3], [1]),
    einsum: (draw) => [(a, b) => tf.einsum('bij, jk -> kib', a!, b!), draw.tensor([2, 3, 4]), draw.tensor([4, 2])],
    'einsum of one': (draw) => [(x) => tf.einsum('ijk->ki', x!), draw.tensor([2, 3, 4])],
    'einsum to a scalar': (draw) => [(a, b) => tf.einsum('ij,ij->', a!, b!), draw.tensor([2, 3]), draw.tensor([2, 3])],
    ...everyActivation('fused.matMul', fusedMatMul),
    ...everyActivation('fused.conv2d', (activation) => fusedConvolution('conv2d', activation)),
    ...everyActivation('fused.depthwiseConv2d', (activation) => fusedConvolution('depthwiseConv2d', activation)),
  });

  // TensorFlow.js' cpu backend goes round the smaller batch here, whatever its axes
  test('matMul broadcasts both batches', async () => {
    const [a, b] = [random(2, 1, 3, 4), random(1, 3, 4, 2)];
    const tiled = tf.matMul(tf.tile(a, [1, 3, 1, 1]), tf.tile(b, [2, 1, 1, 1]));
    const product = await compile(({ a, b }: Record<'a' | 'b', tf.Tensor>) => tf.matMul(a, b), { runtime })({ a, b });
    expectEqual([product], [tiled], 1e-5, [a, b]);
  });
});

describe('normalisation', () => {
  const batchNorm =
    (rank: 2 | 3 | 4): Case =>
    (draw) => {
      const shape = draw.shape(rank);
      const perChannel = (low: number) => draw.tensor([shape.at(-1)!], low, 3);
      const [mean, variance, offset, scale] = [perChannel(-3), perChannel(0.2), perChannel(-3), perChannel(-3)];
      return [
        (x, ...rest) => tf.batchNorm(x!, ...(rest as [tf.Tensor1D, tf.Tensor1D]), 1e-3),
        draw.tensor(shape),
        mean,
        variance,
        offset,
        scale,
      ];
    };
  const lrn: Case = (draw) => {
    const [radius, bias, alpha, beta] = [draw.integer(1, 3), draw.integer(1, 2), 0.3, draw.oneOf(0.5, 0.75)];
    return [(x) => tf.localResponseNormalization(x as tf.Tensor4D, radius, bias, alpha, beta), draw.tensor([2, 2, 3, draw.integer(1, 6)])];
  };
  valuesAndGradientsConform({
    'batchNorm, 2D': batchNorm(2),
    'batchNorm, 4D': batchNorm(4),
    localResponseNormalization: lrn,
    logSoftmax: (draw) => [(x) => tf.logSoftmax(x!), draw.tensor(draw.shape())],
    softmax: (draw) => [(x) => tf.softmax(x!), draw.tensor(draw.shape())],
  });
  valuesConform({
    'batchNorm without scale and offset': (draw) => [
      (x, mean, variance) => tf.batchNorm(x!, mean as tf.Tensor1D, variance as tf.Tensor1D),
      draw.tensor([3, 4]),
      draw.tensor([4]),
      draw.tensor([4], 0.2),
    ],
  });
});

everyKernelWasCompared({ ...products, ...productsWithActivation, ...normalization });
