import * as tf from '@tensorflow/tfjs';
import { test } from 'vitest';
import { reductions } from '../../src/translations/reductions.ts';
import { scans } from '../../src/translations/scans.ts';
import { type Case, everyKernelWasCompared, expectSame, valuesAndGradientsConform, valuesConform } from '../both-ways.ts';

type Reduction = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;
type Scan = (x: tf.Tensor, axis?: number, exclusive?: boolean, reverse?: boolean) => tf.Tensor;

const overAxes =
  (fn: Reduction, tensor: 'tensor' | 'integers' | 'bools' = 'tensor'): Case =>
  (draw) => {
    const shape = draw.shape();
    const [axes, keepDims] = [draw.axes(shape), draw.oneOf(true, false)];
    return [(x) => fn(x!, axes, keepDims), draw[tensor](shape, -3, 3)];
  };

const overAxis =
  (fn: (x: tf.Tensor, axis: number) => tf.Tensor, tensor: 'tensor' | 'integers' = 'tensor'): Case =>
  (draw) => {
    const shape = draw.shape();
    const axis = draw.axis(shape);
    return [(x) => fn(x!, axis), draw[tensor](shape, -3, 3)];
  };

/** @param isLast TensorFlow.js' gradient of cumsum is right along the last axis only. */
const along =
  (fn: Scan, tensor: 'tensor' | 'integers' = 'tensor', isLast = false): Case =>
  (draw) => {
    const shape = [...draw.shape(), draw.integer(1, 6)];
    const axis = isLast ? shape.length - 1 : draw.integer(0, shape.length - 1);
    const [exclusive, reverse] = [draw.oneOf(true, false), draw.oneOf(true, false)];
    return [(x) => fn(x!, axis, exclusive, reverse), draw[tensor](shape, -3, 3)];
  };

valuesAndGradientsConform({
  argMax: overAxis(tf.argMax),
  argMin: overAxis(tf.argMin),
  logSumExp: overAxes(tf.logSumExp),
  max: overAxes(tf.max),
  mean: overAxes(tf.mean),
  'mean of all': (draw) => [(x) => tf.mean(x!), draw.tensor(draw.shape())],
  min: overAxes(tf.min),
  'moments of images': (draw) => [(x) => Object.values(tf.moments(x!, [1, 2])), draw.tensor(draw.shape(4))],
  norm: overAxis((x, axis) => tf.norm(x, 'euclidean', axis)),
  'norm, largest': overAxis((x, axis) => tf.norm(x, Infinity, axis)),
  prod: overAxis((x, axis) => tf.prod(x, axis < 0 ? axis + x.rank : axis)),
  sum: overAxes(tf.sum),
  'sum of a scalar': (draw) => [(x) => tf.sum(x!), draw.tensor([])],
  cumsum: along(tf.cumsum, 'tensor', true),
});

valuesConform({
  all: overAxes(tf.all, 'bools'),
  any: overAxes(tf.any, 'bools'),
  'argMax of int32, the first of several': overAxis(tf.argMax, 'integers'),
  'argMin of int32, the first of several': overAxis(tf.argMin, 'integers'),
  cumprod: along(tf.cumprod),
  'cumprod of int32': along(tf.cumprod, 'integers'),
  'cumsum of int32': along(tf.cumsum, 'integers'),
  'max of bool': overAxes(tf.max, 'bools'),
  'max of int32': overAxes(tf.max, 'integers'),
  'mean of int32': overAxes(tf.mean, 'integers'),
  'min of int32': overAxes(tf.min, 'integers'),
  'prod of bool': overAxes(tf.prod, 'bools'),
  'prod of int32': overAxes(tf.prod, 'integers'),
  'prod over several axes': overAxes(tf.prod),
  'sum of bool': overAxes(tf.sum, 'bools'),
  'sum of int32': overAxes(tf.sum, 'integers'),
});

test('of equal values the first is the largest', () =>
  expectSame((x) => [tf.argMax(x!), tf.argMin(x!)], [tf.tensor1d([2, 7, 7, 1, 1, 7])]));

everyKernelWasCompared({ ...reductions, ...scans });
