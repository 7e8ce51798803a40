import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { elementwise } from '../../src/translations/elementwise.ts';
import { type Case, everyKernelWasCompared, expectSame, valuesAndGradientsConform, valuesConform } from '../both-ways.ts';

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Numbers between `low` and `high`, in any shape. */
const unary =
  (fn: Unary, low = -3, high = 3): Case =>
  (draw) => [fn as never, draw.tensor(draw.shape(), low, high)];

/** Operands that broadcast with one another; the second lies between `low` and `high`. */
const binary =
  (fn: Binary, low = -3, high = 3): Case =>
  (draw) => {
    const shape = draw.shape();
    return [fn as never, draw.tensor(shape, low === 0.5 ? 0.5 : -3, 3), draw.tensor(draw.alongside(shape), low, high)];
  };

const alike =
  (fn: Binary): Case =>
  (draw) => {
    const shape = draw.shape();
    return [fn as never, draw.tensor(shape), draw.tensor(shape)];
  };

const whole =
  (fn: Binary): Case =>
  (draw) => {
    const shape = draw.shape();
    return [fn as never, draw.integers(shape, -9, 9), draw.integers(draw.alongside(shape), -3, 3)];
  };

const bools =
  (fn: Binary): Case =>
  (draw) => {
    const shape = draw.shape();
    return [fn as never, draw.bools(shape), draw.bools(draw.alongside(shape))];
  };

const wholeUnary =
  (fn: Unary): Case =>
  (draw) => [fn as never, draw.integers(draw.shape(), -4, 4)];

describe('real functions of one operand', () => {
  valuesAndGradientsConform({
    abs: unary(tf.abs),
    acos: unary(tf.acos, -0.9, 0.9),
    acosh: unary(tf.acosh, 1.2, 5),
    asin: unary(tf.asin, -0.9, 0.9),
    asinh: unary(tf.asinh),
    atan: unary(tf.atan),
    atanh: unary(tf.atanh, -0.9, 0.9),
    ceil: unary(tf.ceil),
    clipByValue: unary((x) => tf.clipByValue(x, -1, 0.5)),
    cos: unary(tf.cos),
    cosh: unary(tf.cosh),
    elu: unary(tf.elu),
    erf: unary(tf.erf),
    exp: unary(tf.exp),
    expm1: unary(tf.expm1),
    floor: unary(tf.floor),
    isFinite: unary(tf.isFinite),
    isInf: unary(tf.isInf),
    isNaN: unary((x) => tf.isNaN(tf.sqrt(x)), 0.1),
    leakyRelu: unary((x) => tf.leakyRelu(x, 0.3)),
    log: unary(tf.log, 0.1, 5),
    log1p: unary(tf.log1p, -0.8, 5),
    logSigmoid: unary(tf.logSigmoid),
    neg: unary(tf.neg),
    reciprocal: unary(tf.reciprocal, 0.2),
    relu: unary(tf.relu),
    relu6: unary(tf.relu6, -2, 9),
    round: unary(tf.round),
    rsqrt: unary(tf.rsqrt, 0.2),
    selu: unary(tf.selu),
    sigmoid: unary(tf.sigmoid),
    sign: unary(tf.sign),
    sin: unary(tf.sin),
    sinh: unary(tf.sinh),
    softplus: unary(tf.softplus, -20, 20),
    sqrt: unary(tf.sqrt, 0.2),
    square: unary(tf.square),
    step: unary((x) => tf.step(x, 0.5)),
    tan: unary(tf.tan, -1.2, 1.2),
    tanh: unary(tf.tanh),
  });
});

describe('functions of two operands and more', () => {
  valuesAndGradientsConform({
    add: binary(tf.add),
    addN: (draw) => {
      const shape = draw.shape();
      return [(...tensors) => tf.addN(tensors), draw.tensor(shape), draw.tensor(shape), draw.tensor(shape)];
    },
    atan2: binary(tf.atan2),
    div: binary(tf.div, 0.5),
    floorDiv: binary(tf.floorDiv, 0.5),
    greaterEqual: alike(tf.greaterEqual),
    maximum: alike(tf.maximum),
    minimum: alike(tf.minimum),
    mod: binary(tf.mod, 0.5),
    mul: binary(tf.mul),
    pow: binary(tf.pow, 0.5),
    prelu: (draw) => {
      const shape = draw.shape(4);
      return [(x, alpha) => tf.prelu(x!, alpha!), draw.tensor(shape), draw.tensor(shape.slice(-draw.integer(1, 3)))];
    },
    squaredDifference: alike(tf.squaredDifference),
    sub: binary(tf.sub),
    where: (draw) => {
      const shape = draw.shape();
      const condition = draw.bools(shape);
      return [(a, b) => tf.where(condition, a!, b!), draw.tensor(shape), draw.tensor(shape)];
    },
    'cast to int32 and back': unary((x) => tf.mul(tf.cast(tf.cast(x, 'int32'), 'float32'), x)),
  });

  valuesConform({
    divNoNan: (draw) => [(a, b) => tf.divNoNan(a!, tf.round(b!)), draw.tensor([9]), draw.tensor([9], -1, 1)],
    'squaredDifference, broadcast': binary(tf.squaredDifference),
    'mod of both signs': binary(tf.mod),
    'mod on a grid of both signs': () => {
      const [a, b] = [
        [-2.6, -0.4, 0.4, 2.6],
        [-1.7, -0.3, 0.3, 1.7],
      ];
      return [tf.mod as never, tf.tensor2d(a!, [4, 1]), tf.tensor2d(b!, [1, 4])];
    },
    'maximum, broadcast': binary(tf.maximum),
    'minimum, broadcast': binary(tf.minimum),
    'where, broadcast, of two types': (draw) => [
      (c, a, b) => tf.where(tf.cast(c!, 'bool'), a!, b!),
      draw.integers([3, 1], 0, 1),
      draw.tensor([3, 4]),
      draw.integers([4], 0, 5),
    ],
    'where of bools': (draw) => [(c, a, b) => tf.where(c!, a!, b!), draw.bools([2, 3]), draw.bools([2, 3]), draw.bools([2, 3])],
    'cast to bool': wholeUnary((x) => tf.cast(x, 'bool')),
  });
});

describe('whole numbers and bools', () => {
  const comparisons = { equal: tf.equal, greater: tf.greater, greaterEqual: tf.greaterEqual, less: tf.less, lessEqual: tf.lessEqual };
  const ofInt32 = { add: tf.add, floorDiv: tf.floorDiv, maximum: tf.maximum, minimum: tf.minimum, mod: tf.mod };
  const named = (kind: string, fns: object, asCase: (fn: never) => Case) =>
    Object.fromEntries(Object.entries(fns).map(([name, fn]) => [`${name} of ${kind}`, asCase(fn as never)]));
  valuesConform({
    ...named('int32', { ...ofInt32, ...comparisons, mul: tf.mul, notEqual: tf.notEqual, sub: tf.sub }, whole),
    ...named('int32', { squaredDifference: tf.squaredDifference, div: tf.div }, whole),
    ...named(
      'int32',
      { abs: tf.abs, neg: tf.neg, relu: tf.relu, relu6: tf.relu6, sign: tf.sign, square: tf.square, step: tf.step },
      wholeUnary,
    ),
    ...named(
      'int32',
      { round: tf.round, sinh: tf.sinh, softplus: tf.softplus, leakyRelu: tf.leakyRelu, isFinite: tf.isFinite },
      wholeUnary,
    ),
    ...named('float32', { ...comparisons, notEqual: tf.notEqual }, binary),
    ...named('bool', { ...comparisons, notEqual: tf.notEqual, logicalAnd: tf.logicalAnd, logicalOr: tf.logicalOr }, bools),
    ...named('bool', { logicalXor: tf.logicalXor, mul: tf.mul, maximum: tf.maximum, minimum: tf.minimum }, bools),
    'clipByValue of int32': wholeUnary((x) => tf.clipByValue(x, -1.5, Infinity)),
    bitwiseAnd: (draw) => [(a, b) => tf.bitwiseAnd(a!, b!), draw.integers([2, 3], -9, 9), draw.integers([2, 3], -9, 9)],
    'pow of int32': (draw) => [(a, b) => tf.pow(a!, b!), draw.integers([7], -4, 4), draw.integers([7], 0, 3)],
    logicalNot: (draw) => [(x) => tf.logicalNot(x!), draw.bools(draw.shape())],
  });
});

describe('at the edges', () => {
  const edges = tf.tensor1d([NaN, Infinity, -Infinity, 0, -0, 1, -1]);

  test.each(Object.entries({ isNaN: tf.isNaN, isInf: tf.isInf, isFinite: tf.isFinite, abs: tf.abs, exp: tf.exp, expm1: tf.expm1 }))(
    '%s of what is not a number',
    async (_, fn) => expectSame((x) => fn(x!), [edges]),
  );

  test('log1p of what is not a number', () => expectSame((x) => tf.log1p(x!), [tf.tensor1d([NaN, Infinity, 0, -1, -2])]));

  test('expm1 and log1p are precise near 0', async () => {
    const x = tf.tensor1d([1e-7, -1e-7, 3e-5, -2e-4, 1e-3, 0.03, -0.2]);
    await expectSame((x) => [tf.div(tf.expm1(x!), x!), tf.div(tf.log1p(x!), x!)], [x], 1e-6);
  });

  test('round goes to the even neighbour', () => expectSame((x) => tf.round(x!), [tf.tensor1d([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])]));

  test('atan2 in all quadrants and on the axes', () =>
    expectSame(
      (y, x) => tf.atan2(y!, x!),
      [tf.tensor1d([1, 1, -1, -1, 0, 0, 1, -1, 0]), tf.tensor1d([1, -1, 1, -1, 1, -1, 0, 0, 0])],
      1e-6,
    ));

  test('a whole number divided by 0 is 0, as in TensorFlow.js, and no end of the process', () =>
    expectSame((a, b) => [tf.floorDiv(a!, b!), tf.mod(a!, b!)], [tf.tensor1d([5, -5, 0], 'int32'), tf.tensor1d([0, 0, 0], 'int32')]));

  test('a sum of bools is refused', async () => {
    const bools = tf.tensor1d([true, false], 'bool');
    await expect(expectSame((a) => tf.add(a!, a!), [bools])).rejects.toThrow('Add of a bool tensor; cast it to int32 or float32 first');
  });
});

everyKernelWasCompared(elementwise);
