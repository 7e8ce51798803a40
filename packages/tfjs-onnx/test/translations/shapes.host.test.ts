import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { rearrangements } from '../../src/translations/rearrangements.ts';
import { shapes } from '../../src/translations/shapes.ts';
import { type Case, type Draw, everyKernelWasCompared, expectSame, valuesAndGradientsConform, valuesConform } from '../both-ways.ts';

type Kind = 'tensor' | 'integers' | 'bools';

const permutation = (draw: Draw, rank: number): number[] => {
  const left = Array.from({ length: rank }, (_, axis) => axis);
  return Array.from({ length: rank }, () => left.splice(draw.integer(0, left.length - 1), 1)[0]!);
};

const paddingsOf = (draw: Draw, shape: readonly number[], most: (length: number) => number) =>
  shape.map((length) => [draw.integer(0, most(length)), draw.integer(0, most(length))] as [number, number]);

const pad =
  (value: number, kind: Kind = 'tensor'): Case =>
  (draw) => {
    const shape = draw.shape();
    const paddings = paddingsOf(draw, shape, () => 2);
    return [(x) => tf.pad(x!, paddings, value), draw[kind](shape, -3, 3)];
  };

const mirrorPad =
  (mode: 'reflect' | 'symmetric', kind: Kind = 'tensor'): Case =>
  (draw) => {
    const shape = draw.shape().map((length) => length + 1);
    const paddings = paddingsOf(draw, shape, (length) => length - 1);
    return [(x) => tf.mirrorPad(x!, paddings, mode), draw[kind](shape, -3, 3)];
  };

const slice =
  (kind: Kind = 'tensor'): Case =>
  (draw) => {
    const shape = draw.shape();
    const begin = shape.map((length) => draw.integer(0, length - 1));
    const size = shape.map((length, axis) => draw.oneOf(-1, draw.integer(1, length - begin[axis]!)));
    return [(x) => tf.slice(x!, begin, size), draw[kind](shape, -3, 3)];
  };

const transpose =
  (kind: Kind = 'tensor'): Case =>
  (draw) => {
    const shape = draw.shape();
    const perm = permutation(draw, shape.length);
    return [(x) => tf.transpose(x!, perm), draw[kind](shape, -3, 3)];
  };

const joined =
  (fn: (tensors: tf.Tensor[], axis: number) => tf.Tensor, isSameShape: boolean, kind: Kind = 'tensor'): Case =>
  (draw) => {
    const shape = draw.shape();
    const axis = draw.integer(0, shape.length - 1);
    const tensors = [1, 2, 3].map((length) => draw[kind](isSameShape ? shape : shape.with(axis, length), -3, 3));
    return [(...xs) => fn(xs, axis), ...tensors];
  };

valuesAndGradientsConform({
  // ends with a product, so that a gradient depends on where the values went
  batchToSpaceND: (draw) => {
    const blocks = [draw.integer(1, 2), draw.integer(1, 3)];
    const crops = blocks.map(() => [draw.integer(0, 1), draw.integer(0, 1)]);
    return [(x) => tf.square(tf.batchToSpaceND(x!, blocks, crops)), draw.tensor([2 * blocks[0]! * blocks[1]!, 3, 4, 2])];
  },
  broadcastTo: (draw) => {
    const shape = draw.shape();
    return [(x) => tf.broadcastTo(x!, [2, ...shape.slice(1)]), draw.tensor([1, ...shape.slice(1)])];
  },
  'a dimension more, counted from the end': (draw) => [(x) => tf.mul(tf.expandDims(x!, -2), 2), draw.tensor([3, 4])],
  'cast between shapes of one network': (draw) => [(x) => tf.square(tf.squeeze(tf.expandDims(x!, 1))), draw.tensor([3, 4])],
  concat: joined(tf.concat, false),
  identity: (draw) => [(x) => tf.clone(x!), draw.tensor(draw.shape())],
  mirrorPad: mirrorPad('reflect'),
  'mirrorPad, symmetric': mirrorPad('symmetric'),
  pad: pad(0),
  'pad with a value': pad(0.5),
  reshape: (draw) => {
    const shape = draw.shape();
    return [(x) => tf.square(tf.reshape(x!, [-1, shape.at(-1)!])), draw.tensor(shape)];
  },
  reverse: (draw) => {
    const shape = draw.shape();
    const axes = draw.axes(shape);
    return [(x) => tf.reverse(x!, axes), draw.tensor(shape)];
  },
  slice: slice(),
  spaceToBatchND: (draw) => {
    const blocks = [draw.integer(1, 2), draw.integer(1, 3)];
    const paddings = blocks.map((block) => [draw.integer(0, block - 1), 0]);
    const lengths = blocks.map((block, axis) => block * 3 - paddings[axis]![0]!);
    return [(x) => tf.spaceToBatchND(x!, blocks, paddings), draw.tensor([2, ...lengths, 3])];
  },
  split: (draw) => {
    const shape = [draw.integer(1, 3), 6, draw.integer(1, 3)];
    const sizes = draw.oneOf<number | number[]>(3, [1, 3, 2]);
    return [(x) => tf.split(x!, sizes, 1), draw.tensor(shape)];
  },
  stack: joined(tf.stack, true),
  tile: (draw) => {
    const shape = draw.shape();
    const reps = shape.map(() => draw.integer(1, 3));
    return [(x) => tf.tile(x!, reps), draw.tensor(shape)];
  },
  transpose: transpose(),
  'transpose, twice': (draw) => {
    const [first, second] = [permutation(draw, 3), permutation(draw, 3)];
    return [(x) => tf.transpose(tf.transpose(x!, first), second), draw.tensor(draw.shape(3))];
  },
  unstack: (draw) => {
    const shape = draw.shape().map((length) => length + 1);
    const axis = draw.axis(shape);
    return [(x) => tf.unstack(x!, axis), draw.tensor(shape)];
  },
  zerosLike: (draw) => [(x) => tf.mul(x!, tf.add(tf.zerosLike(x!), tf.onesLike(x!))), draw.tensor(draw.shape())],
  'bandPart of matrices': (draw) => {
    const [lower, upper] = [draw.integer(-1, 2), draw.integer(-1, 2)];
    return [(x) => tf.linalg.bandPart(x!, lower, upper), draw.tensor([2, 3, 4])];
  },
});

valuesConform({
  'concat of int32': joined(tf.concat, false, 'integers'),
  'concat of bool': joined(tf.concat, false, 'bools'),
  'concat with nothing': (draw) => [(x) => tf.concat([x!, tf.zeros([0, 3])]), draw.tensor([2, 3])],
  depthToSpace: (draw) => {
    const block = draw.integer(2, 3);
    return [(x) => tf.depthToSpace(x as tf.Tensor4D, block), draw.tensor([2, 3, 2, 2 * block ** 2])];
  },
  diag: (draw) => [(x) => tf.diag(x!), draw.tensor([draw.integer(1, 3), draw.integer(1, 3)])],
  'diag of int32': (draw) => [(x) => tf.diag(x!), draw.integers([draw.integer(1, 5)], -3, 3)],
  eye: () => [() => tf.eye(3, 4, [2])],
  fill: (draw) => {
    const shape = draw.oneOf([2, 3], [20, 5]);
    return [() => [tf.fill(shape, 3, 'int32'), tf.fill(shape, 0.5), tf.zeros(shape, 'bool')]];
  },
  flipLeftRight: (draw) => [(x) => tf.image.flipLeftRight(x as tf.Tensor4D), draw.tensor(draw.shape(4))],
  linspace: (draw) => {
    const stop = draw.integer(-3, 3);
    return [() => tf.linspace(-1, stop, 7)];
  },
  'mirrorPad of int32': mirrorPad('symmetric', 'integers'),
  'pad of bool': pad(1, 'bools'),
  'pad of int32': pad(7, 'integers'),
  range: (draw) => {
    const stop = draw.integer(1, 9);
    return [() => [tf.range(0, stop, 2), tf.range(3, -stop), tf.range(stop, 0.5, -0.5), tf.range(0, stop, 1, 'int32')]];
  },
  'slice of bool': slice('bools'),
  'slice of int32': slice('integers'),
  stridedSlice: (draw) => {
    const [begin, end] = [
      [draw.integer(0, 2), draw.integer(0, 3)],
      [draw.integer(3, 5), draw.integer(4, 6)],
    ];
    const strides = [draw.integer(1, 2), draw.integer(1, 3)];
    const masks = [draw.integer(0, 3), draw.integer(0, 3)] as const;
    return [(x) => tf.stridedSlice(x!, begin, end, strides, ...masks), draw.tensor([5, 6, 2])];
  },
  'stridedSlice with an ellipsis, a new and a lost axis': (draw) => [
    (x) => tf.stridedSlice(x!, [0, 0, 0, 1], [0, 0, 0, 2], [1, 1, 1, 1], 0, 4, 1, 2, 8),
    draw.tensor([3, 4, 5]),
  ],
  'stridedSlice backwards': (draw) => [
    (x) => [tf.stridedSlice(x!, [4, 3], [0, 0], [-2, -1], 0, 2), tf.stridedSlice(x!, [-1, 0], [1, 4], [-1, 2])],
    draw.tensor([5, 4]),
  ],
  'tile of bool': (draw) => [(x) => tf.tile(x!, [2, 3]), draw.bools([2, 2])],
});

test('fill with text is refused', async () => {
  await expect(expectSame(() => tf.fill([2], 'a'), [])).rejects.toThrow(
    'Fill with string values; an ONNX graph holds float32, int32 and bool',
  );
});

everyKernelWasCompared({ ...shapes, ...rearrangements });
