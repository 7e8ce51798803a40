import * as tf from '@tensorflow/tfjs';
import { test } from 'vitest';
import { selection } from '../../src/translations/selection.ts';
import { type Case, type Draw, everyKernelWasCompared, expectSame, valuesAndGradientsConform, valuesConform } from '../both-ways.ts';

type Kind = 'tensor' | 'integers' | 'bools';

const gather =
  (kind: Kind = 'tensor'): Case =>
  (draw) => {
    const shape = draw.shape();
    const axis = draw.integer(0, shape.length - 1);
    const indices = draw.integers(draw.shape(draw.integer(1, 2)), 0, shape[axis]! - 1);
    return [(x) => tf.gather(x!, indices, axis), draw[kind](shape, -3, 3)];
  };

const gatherInBatches: Case = (draw) => {
  const shape = draw.shape(4);
  const batchDims = draw.integer(1, 2);
  const axis = draw.integer(batchDims, 3);
  const indices = draw.integers([...shape.slice(0, batchDims), draw.integer(1, 3)], 0, shape[axis]! - 1);
  return [(x) => tf.gather(x!, indices, axis, batchDims), draw.tensor(shape)];
};

/** Places along the first `depth` axes, and a shape for what is found there. */
function places(draw: Draw) {
  const shape = draw.shape(3);
  const depth = draw.integer(1, 3);
  const count = draw.integer(1, 6);
  const columns = shape.slice(0, depth).map((length) => draw.integers([count], 0, length - 1));
  return { shape, indices: tf.stack(columns, 1), found: [count, ...shape.slice(depth)] };
}

/** All different, as an order of updates is not promised. */
const tensorScatterUpdate =
  (kind: Kind): Case =>
  (draw) => {
    const [count, width] = [draw.integer(1, 3), draw.integer(1, 3)];
    const indices = tf.tensor2d([[4], [0], [2]].slice(0, count), [count, 1], 'int32');
    return [
      (x, updates) => tf.tensorScatterUpdate(x!, indices, updates!),
      draw[kind]([5, width], -3, 3),
      draw[kind]([count, width], -3, 3),
    ];
  };

valuesAndGradientsConform({
  gather: gather(),
  'gather from samples of their own': (draw) => {
    const indices = draw.integers([3, 2], 0, 3);
    return [(x) => tf.gather(x!, indices, 1, 1), draw.tensor([3, 4])];
  },
  oneHot: (draw) => {
    const indices = draw.integers(draw.shape(), -1, 4);
    return [(x) => tf.mul(tf.oneHot(indices, 4), x!), draw.tensor([])];
  },
  unsortedSegmentSum: (draw) => {
    const shape = draw.shape();
    const ids = draw.integers([shape[0]!], -1, 2) as tf.Tensor1D;
    return [(x) => tf.unsortedSegmentSum(x!, ids, 3), draw.tensor(shape)];
  },
});

valuesConform({
  'gather of bool': gather('bools'),
  'gather of int32': gather('integers'),
  'gather in batches': gatherInBatches,
  gatherND: (draw) => {
    const { shape, indices } = places(draw);
    return [(x) => tf.gatherND(x!, indices), draw.tensor(shape)];
  },
  scatterND: (draw) => {
    const { shape, indices, found } = places(draw);
    return [(updates) => tf.scatterND(indices, updates!, shape), draw.tensor(found)];
  },
  'scatterND of int32': (draw) => {
    const { shape, indices, found } = places(draw);
    return [(updates) => tf.scatterND(indices, updates!, shape), draw.integers(found, -3, 3)];
  },
  'oneHot of other values, as int32': (draw) => {
    const indices = draw.integers([5], -1, 4);
    return [() => tf.oneHot(indices, 4, 7, 2, 'int32')];
  },
  'sparseToDense of one value for all': () => [() => tf.sparseToDense(tf.tensor1d([1, 3], 'int32'), 5, [6], 0)],
  'sparseToDense of one index': () => [() => tf.sparseToDense(tf.scalar(2, 'int32'), tf.scalar(5), [4], -1)],
  sparseToDense: (draw) => [
    (values) =>
      tf.sparseToDense(
        tf.tensor2d(
          [
            [0, 1],
            [2, 0],
          ],
          [2, 2],
          'int32',
        ),
        values!,
        [3, 2],
        0.5,
      ),
    draw.tensor([2]),
  ],
  tensorScatterUpdate: tensorScatterUpdate('tensor'),
  'tensorScatterUpdate of bool': tensorScatterUpdate('bools'),
  'tensorScatterUpdate of int32': tensorScatterUpdate('integers'),
  topk: (draw) => {
    const shape = draw.shape();
    const k = draw.integer(1, shape.at(-1)!);
    return [(x) => Object.values(tf.topk(x!, k)), draw.tensor(shape)];
  },
  'unsortedSegmentSum of ids out of range, as whole numbers': (draw) => [
    (x) => tf.unsortedSegmentSum(x!, tf.tensor1d([0, 3, -1, 2, 9], 'int32'), 3),
    draw.integers([5, 2], -3, 3),
  ],
  'the gradient of the smallest squares (least trimmed squares)': (draw) => [
    (x) => {
      const kept = tf.topk(tf.neg(tf.square(x!)), 4).indices;
      return tf.grad((x) => tf.sum(tf.gather(tf.square(x), kept)))(x!);
    },
    draw.tensor([9]),
  ],
  'topk of int32': (draw) => [(x) => Object.values(tf.topk(x!, 3)), draw.integers([2, 7], -3, 3)],
});

test('of equal values topk takes the first', () => expectSame((x) => tf.topk(x!, 4).indices, [tf.tensor1d([1, 3, 3, 2, 3])]));

everyKernelWasCompared(selection);
