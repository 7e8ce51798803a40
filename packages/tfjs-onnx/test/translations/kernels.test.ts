import * as tf from '@tensorflow/tfjs';
import { describe, test } from 'vitest';
import { expectSame, expectSameGradients, random } from '../both-ways.ts';

const positive = (...shape: number[]) => tf.add(tf.abs(random(...shape)), 0.5);
const image = () => random(2, 6, 8, 4);

type Fn = (...inputs: tf.Tensor[]) => tf.Tensor;
type Case = readonly [name: string, fn: Fn, inputs: () => tf.Tensor[]];
const four = (x: tf.Tensor) => x as tf.Tensor4D;

/** With gradients. */
const differentiable: readonly Case[] = [
  ['abs', (x) => tf.abs(x!), () => [random(3, 4)]],
  ['exp, log', (x) => tf.log(tf.add(tf.exp(x!), 1)), () => [random(3, 4)]],
  ['expm1, log1p', (x) => tf.add(tf.expm1(x!), tf.log1p(tf.square(x!))), () => [random(5)]],
  ['sin, cos, tanh, sigmoid', (x) => tf.add(tf.mul(tf.sin(x!), tf.cos(x!)), tf.mul(tf.tanh(x!), tf.sigmoid(x!))), () => [random(3, 4)]],
  ['sqrt, rsqrt, reciprocal', (x) => tf.add(tf.sqrt(x!), tf.mul(tf.rsqrt(x!), tf.reciprocal(x!))), () => [positive(7)]],
  ['relu, elu, softplus', (x) => tf.add(tf.relu(x!), tf.mul(tf.elu(x!), tf.softplus(x!))), () => [random(9)]],
  ['clipByValue', (x) => tf.clipByValue(x!, -0.5, 0.5), () => [random(9)]],
  ['pow', (x) => tf.pow(x!, 3), () => [positive(4)]],
  ['sub with broadcasting from the left', (a, b) => tf.sub(a!, b!), () => [random(2, 3, 4), random(3, 4)]],
  ['mul with broadcasting of both', (a, b) => tf.mul(a!, b!), () => [random(2, 1, 4), random(3, 1)]],
  ['div', (a, b) => tf.div(a!, b!), () => [random(2, 3), positive(3)]],
  ['squaredDifference', (a, b) => tf.squaredDifference(a!, b!), () => [random(2, 3), random(2, 3)]],
  ['maximum, minimum of one shape', (a, b) => tf.sub(tf.maximum(a!, b!), tf.minimum(a!, 0.1)), () => [random(2, 3), random(2, 3)]],
  ['where', (a, b) => tf.where(tf.tensor2d([[true, false, true]], [1, 3], 'bool'), tf.square(a!), b!), () => [random(1, 3), random(1, 3)]],
  ['sum over the last axis', (x) => tf.sum(x!, -1), () => [random(2, 3, 4)]],
  ['mean over two axes, kept', (x) => tf.mean(x!, [1, 2], true), () => [image()]],
  ['mean of all', (x) => tf.mean(x!), () => [random(3, 5)]],
  ['max over an axis', (x) => tf.max(x!, 1), () => [random(3, 5)]],
  ['logSumExp', (x) => tf.logSumExp(x!, 1), () => [random(3, 5)]],
  ['reshape', (x) => tf.mul(tf.reshape(x!, [4, 6]), tf.range(0, 6)), () => [random(2, 3, 4)]],
  ['expandDims, squeeze', (x) => tf.squeeze(tf.expandDims(tf.square(x!), 1)), () => [random(4, 3)]],
  ['transpose', (x) => tf.square(tf.transpose(x!, [2, 0, 1])), () => [random(2, 3, 4)]],
  ['transpose twice', (x) => tf.transpose(tf.transpose(x!, [1, 0, 2]), [2, 1, 0]), () => [random(2, 3, 4)]],
  ['concat', (a, b) => tf.concat([a!, tf.square(b!)], 1), () => [random(2, 3), random(2, 4)]],
  ['stack', (a, b) => tf.stack([a!, tf.square(b!)], 1), () => [random(2, 3), random(2, 3)]],
  ['unstack', (x) => tf.mul(tf.unstack(x!, 1)[0]!, tf.unstack(x!, 1)[2]!), () => [random(2, 3)]],
  ['split', (x) => tf.mul(tf.split(x!, [1, 3], 1)[1]!, 2), () => [random(2, 4)]],
  ['slice', (x) => tf.square(tf.slice(x!, [1, 0], [2, -1])), () => [random(4, 3)]],
  [
    'pad with a value',
    (x) =>
      tf.square(
        tf.pad(
          x!,
          [
            [1, 2],
            [0, 1],
          ],
          0.5,
        ),
      ),
    () => [random(2, 3)],
  ],
  [
    'mirrorPad',
    (x) =>
      tf.mirrorPad(
        x!,
        [
          [1, 1],
          [0, 2],
        ],
        'reflect',
      ),
    () => [random(3, 4)],
  ],
  ['reverse', (x) => tf.reverse(x!, 1), () => [random(2, 3)]],
  ['tile', (x) => tf.square(tf.tile(x!, [2, 1])), () => [random(2, 3)]],
  ['matMul', (a, b) => tf.matMul(a!, b!), () => [random(3, 4), random(4, 2)]],
  ['matMul of transposed operands', (a, b) => tf.matMul(a!, b!, true, true), () => [random(2, 4, 3), random(2, 5, 4)]],
  ['softmax', (x) => tf.softmax(x!), () => [random(3, 5)]],
  ['cumsum', (x) => tf.cumsum(x!, 1), () => [random(2, 5)]],
  ['conv2d, same', (x, w) => tf.conv2d(four(x!), four(w!), 1, 'same'), () => [image(), random(3, 3, 4, 5)]],
  ['conv2d, valid', (x, w) => tf.conv2d(four(x!), four(w!), 1, 'valid'), () => [image(), random(2, 3, 4, 5)]],
  ['conv2d, 1x1', (x, w) => tf.conv2d(four(x!), four(w!), 1, 'same'), () => [image(), random(1, 1, 4, 5)]],
  ['conv2d, same, stride 2', (x, w) => tf.conv2d(four(x!), four(w!), 2, 'same'), () => [image(), random(3, 3, 4, 5)]],
  [
    'conv2d, explicit padding, stride 2',
    (x, w) =>
      tf.conv2d(four(x!), four(w!), 2, [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ]),
    () => [image(), random(3, 3, 4, 5)],
  ],
  [
    'conv2d with a transposed filter',
    (x, w) => tf.conv2d(four(x!), tf.transpose(four(w!), [2, 3, 1, 0]), 1, 'same'),
    () => [image(), random(5, 4, 3, 3)],
  ],
  [
    'two convolutions with a bias per channel and one per sample',
    (x, w, b, s) =>
      tf.conv2d(
        tf.add(tf.tanh(tf.add(tf.conv2d(four(x!), four(w!), 1, 'same'), b!)), tf.reshape(s!, [2, 1, 1, 4])) as tf.Tensor4D,
        four(w!),
        1,
        'same',
      ),
    () => [image(), random(3, 3, 4, 4), random(4), random(2, 4)],
  ],
  [
    'images joined along channels',
    (x, w) =>
      tf.conv2d(
        tf.concat([tf.conv2d(four(x!), four(w!), 1, 'same'), four(x!)], 3) as tf.Tensor4D,
        tf.ones([1, 1, 8, 2]) as tf.Tensor4D,
        1,
        'same',
      ),
    () => [image(), random(3, 3, 4, 4)],
  ],
  [
    'images in rows',
    (x, w) => tf.mean(tf.square(tf.reshape(tf.conv2d(four(x!), four(w!), 1, 'same'), [2, -1])), 1),
    () => [image(), random(3, 3, 4, 4)],
  ],
  ['resizeNearestNeighbor', (x) => tf.image.resizeNearestNeighbor(four(x!), [12, 16]), () => [random(1, 6, 8, 4)]], // TensorFlow.js's own gradient is wrong beyond the first sample
];

/** Without. */
const others: readonly Case[] = [
  ['stridedSlice', (x) => tf.stridedSlice(x!, [0, 1], [4, 3], [2, 1]), () => [random(4, 3)]],
  ['where on a comparison', (a, b) => tf.where(tf.greater(a!, b!), tf.square(a!), b!), () => [random(2, 3), random(2, 3)]],
  ['avgPool', (x) => tf.avgPool(four(x!), [2, 3], [2, 1], 'same'), () => [image()]],
  [
    'comparisons',
    (a, b) => tf.logicalOr(tf.logicalAnd(tf.greater(a!, b!), tf.lessEqual(a!, 1)), tf.notEqual(a!, b!)),
    () => [random(2, 3), random(2, 3)],
  ],
  ['casts', (x) => tf.cast(tf.cast(tf.greater(x!, 0), 'int32'), 'float32'), () => [random(2, 3)]],
  ['floor, ceil, round, sign', (x) => tf.add(tf.mul(tf.floor(x!), tf.ceil(x!)), tf.mul(tf.round(x!), tf.sign(x!))), () => [random(8)]],
  ['a mean of whole numbers', () => tf.mean(tf.tensor1d([1, 2, 4], 'int32')), () => [random(1)]],
  ['a sum of bools', (x) => tf.sum(tf.greater(x!, 0)), () => [random(8)]],
  ['topk indices with ties', () => tf.topk(tf.tensor1d([1, 3, 3, 2, 3]), 4).indices, () => [random(1)]],
  ['topk values', (x) => tf.topk(x!, 3).values, () => [random(2, 7)]],
  ['gather by int32', (x) => tf.gather(x!, tf.tensor1d([2, 0, 2], 'int32')), () => [random(4, 3)]],
  ['oneHot', () => tf.oneHot(tf.tensor1d([2, 0], 'int32'), 3), () => [random(1)]],
  ['argMax, argMin', (x) => tf.add(tf.argMax(x!, 1), tf.argMin(x!, 1)), () => [random(3, 5)]],
  ['zerosLike, onesLike, fill', (x) => tf.add(tf.add(tf.zerosLike(x!), tf.onesLike(x!)), tf.fill([20, 5], 3)), () => [random(20, 5)]],
  ['linspace, range', () => tf.add(tf.linspace(0, 1, 5), tf.range(0, 10, 2)), () => [random(1)]],
  ['isNaN', (x) => tf.isNaN(tf.sqrt(x!)), () => [random(6)]],
];

describe('a compiled graph gives what TensorFlow.js gives', () => {
  test.each([...differentiable, ...others])('%s', async (_, fn, inputs) => {
    await expectSame(fn, inputs());
  });
});

describe('and the same gradients', () => {
  test.each(differentiable)('%s', async (_, fn, inputs) => {
    await expectSameGradients(fn, inputs());
  });
});
