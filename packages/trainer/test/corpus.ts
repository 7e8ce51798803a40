import { type CorpusCase, corpusCase, normal, values } from '@rddpm/conformance/corpus';
import { mul, type Scalar, sum, type Tensor1D } from '@tensorflow/tfjs-core';
import { adamW } from '../src/adamw.ts';
import { joinWeights, layoutOf, splitWeights } from '../src/flat-weights.ts';
import { clipping } from '../src/gradient-clipping.ts';

const squares = (length: number, seed: number) => {
  const { shape, data } = normal([length], seed);
  return { shape, data: data.map((value) => value * value) };
};

const scalar = (value: number) => values([value], []);

/** One step from moments that are not 0; vectors of one and of many parameters. */
const walk = corpusCase({
  name: 'adamW, clipped: two vectors',
  fn: ({ weights, moment1, moment2, gradient, last, learningRate, biasCorrection1, biasCorrection2 }) => {
    const vectors = (own: unknown) => [own, last] as Tensor1D[];
    const state = { weights: vectors(weights), moments: { moment1: vectors(moment1), moment2: vectors(moment2) } };
    const { scale: gradientScale, norm } = clipping(vectors(gradient), 1);
    const numbers = { biasCorrection1, biasCorrection2 } as Record<string, Scalar>;
    const rates = { learningRate: learningRate as Scalar, gradientScale, weightDecay: 0.01, numbers };
    return { ...adamW().update(state, vectors(gradient), rates), norm };
  },
  args: {
    weights: normal([1000], 1),
    moment1: normal([1000], 2),
    moment2: squares(1000, 3),
    gradient: normal([1000], 4),
    last: values([0.5]),
    learningRate: scalar(1e-3),
    biasCorrection1: scalar(0.19),
    biasCorrection2: scalar(0.002),
  },
  tolerance: 1e-5,
});

const shapes = { a: { shape: [2, 2], data: new Float32Array(4) }, b: { shape: [1], data: new Float32Array(1) } };
const layout = layoutOf({ ...shapes, c: { shape: [3], data: new Float32Array(3) } }, 5); // [a, b], [c]
const flat = corpusCase({
  name: 'weights split and joined',
  fn: ({ first, second }) => {
    const { a, b, c } = splitWeights([first, second] as Tensor1D[], layout);
    return { joined: joinWeights({ a: mul(a!, 2), b: b!, c: mul(c!, sum(a!)) }, layout, 'corpus') };
  },
  args: { first: normal([5], 1), second: normal([3], 2) },
  gradientOf: ['first', 'second'],
});

export const corpus: readonly CorpusCase[] = [walk, flat];
