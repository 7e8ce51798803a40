import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/index.ts';
import { convolutions } from '../../src/translations/convolutions.ts';
import { groupedConvolutions } from '../../src/translations/grouped-convolutions.ts';
import { pooling } from '../../src/translations/pooling.ts';
import { resizing } from '../../src/translations/resizing.ts';
import {
  type Case,
  type Draw,
  everyKernelWasCompared,
  expectEqual,
  expectSameGradients,
  random,
  runtime,
  valuesAndGradientsConform,
  valuesConform,
  weights,
} from '../both-ways.ts';

const four = (x?: tf.Tensor) => x as tf.Tensor4D;
const five = (x?: tf.Tensor) => x as tf.Tensor5D;

type Padding = 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]];

const imageOf = (draw: Draw, c = draw.integer(1, 3)) => draw.tensor([draw.integer(1, 2), draw.integer(4, 7), draw.integer(4, 7), c]);
const volumeOf = (draw: Draw, c = draw.integer(1, 2)) => draw.tensor([draw.integer(1, 2), ...draw.integers([3], 3, 5).dataSync(), c]);

/** Windows that all touch the image. */
function windowsOf(draw: Draw) {
  const [height, width] = [draw.integer(1, 3), draw.integer(1, 3)];
  const pad = draw.oneOf<'same' | 'valid' | 'by a number' | 'by numbers'>('same', 'valid', 'by a number', 'by numbers');
  // padded by one number, TensorFlow.js takes the height's window and stride for both axes
  const square = { size: [height, height] as [number, number], strides: 2 as const, pad: height - 1 };
  if (pad === 'by a number') return square;
  const explicit: Padding = [
    [0, 0],
    [height - 1, 0],
    [0, width - 1],
    [0, 0],
  ];
  const strides: [number, number] = [draw.integer(1, 3), draw.integer(1, 3)];
  return { size: [height, width] as [number, number], strides, pad: pad === 'by numbers' ? explicit : pad };
}

describe('convolutions', () => {
  const conv2d: Case = (draw) => {
    const { size, strides, pad } = windowsOf(draw);
    const x = imageOf(draw);
    return [(x, w) => tf.conv2d(four(x), four(w), strides, pad), x, draw.tensor([...size, x.shape[3]!, draw.integer(1, 4)])];
  };

  const depthwise: Case = (draw) => {
    const { size, strides, pad } = windowsOf(draw);
    const x = imageOf(draw);
    return [(x, w) => tf.depthwiseConv2d(four(x), four(w), strides, pad), x, draw.tensor([...size, x.shape[3]!, draw.integer(1, 3)])];
  };

  const conv3d: Case = (draw) => {
    const [x, pad] = [volumeOf(draw), draw.oneOf<'same' | 'valid'>('same', 'valid')];
    const strides = [draw.integer(1, 2), draw.integer(1, 2), draw.integer(1, 2)] as [number, number, number];
    return [
      (x, w) => tf.conv3d(five(x), five(w), strides, pad),
      x,
      draw.tensor([2, draw.integer(1, 3), 3, x.shape[4]!, draw.integer(1, 3)]),
    ];
  };

  const conv2dTranspose: Case = (draw) => {
    const [size, strides] = [0, 1].map(() => [draw.integer(1, 3), draw.integer(1, 3)] as [number, number]) as [
      [number, number],
      [number, number],
    ];
    const [pad, c] = [draw.oneOf<'same' | 'valid'>('same', 'valid'), draw.integer(1, 3)];
    const y = imageOf(draw);
    const [n, h, w] = y.shape as [number, number, number, number];
    const grown = (length: number, axis: 0 | 1) => (pad === 'same' ? length * strides[axis] : (length - 1) * strides[axis] + size[axis]);
    const outputShape: [number, number, number, number] = [n, grown(h, 0), grown(w, 1), c];
    return [(y, w) => tf.conv2dTranspose(four(y), four(w), outputShape, strides, pad), y, draw.tensor([...size, c, y.shape[3]!])];
  };

  valuesAndGradientsConform({
    conv1d: (draw) => [
      (x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 2, 'same'),
      draw.tensor([2, 7, 3]),
      draw.tensor([draw.integer(1, 4), 3, 2]),
    ],
    conv2d,
    'conv2d again': (draw) => conv2d(draw),
    conv2dTranspose,
    conv3d,
    depthwiseConv2d: depthwise,
    separableConv2d: (draw) => [
      (x, depthwise, pointwise) => tf.separableConv2d(four(x), four(depthwise), four(pointwise), 1, 'same'),
      imageOf(draw, 3),
      draw.tensor([3, 3, 3, 2]),
      draw.tensor([1, 1, 6, 4]),
    ],
    'a filter that was transposed': (draw) => [
      (x, w) => tf.conv2d(four(x), tf.transpose(four(w), [2, 3, 1, 0]), 1, 'same'),
      imageOf(draw, 4),
      draw.tensor([5, 4, 3, 3]),
    ],
    'two convolutions with a bias per channel and one per sample': (draw) => [
      (x, w, b, s) => {
        const once = tf.tanh(tf.add(tf.conv2d(four(x), four(w), 1, 'same'), b!));
        return tf.conv2d(tf.add(once, tf.reshape(s!, [2, 1, 1, 4])) as tf.Tensor4D, four(w), 1, 'same');
      },
      draw.tensor([2, 5, 4, 4]),
      draw.tensor([3, 3, 4, 4]),
      draw.tensor([4]),
      draw.tensor([2, 4]),
    ],
    'images joined along channels': (draw) => [
      (x, w) => tf.square(tf.concat([tf.conv2d(four(x), four(w), 1, 'same'), four(x)], 3)),
      imageOf(draw, 4),
      draw.tensor([3, 3, 4, 4]),
    ],
    'images in rows': (draw) => [
      (x, w) => tf.mean(tf.square(tf.reshape(tf.conv2d(four(x), four(w), 1, 'same'), [x!.shape[0], -1])), 1),
      imageOf(draw, 2),
      draw.tensor([3, 3, 2, 3]),
    ],
  });

  valuesConform({
    'conv2d, dilated': (draw) => [
      (x, w) => tf.conv2d(four(x), four(w), 1, 'same', 'NHWC', [2, 1]),
      imageOf(draw, 2),
      draw.tensor([2, 3, 2, 2]),
    ],
    'conv2d, rounding up': (draw) => [
      (x, w) => tf.conv2d(four(x), four(w), 2, 1, 'NHWC', 1, 'ceil'),
      imageOf(draw, 2),
      draw.tensor([2, 3, 2, 2]),
    ],
    'depthwiseConv2d, dilated': (draw) => [
      (x, w) => tf.depthwiseConv2d(four(x), four(w), 1, 'valid', 'NHWC', 2),
      imageOf(draw, 2),
      draw.tensor([2, 2, 2, 2]),
    ],
  });

  test('channels first are refused, with what to do', async () => {
    const [x, filter] = [random(1, 2, 5, 5), random(3, 3, 2, 2)];
    const run = (args: readonly tf.Tensor[]) => tf.depthwiseConv2d(four(args[0]), four(args[1]), 1, 'same', 'NCHW');
    await expect(compile(run, { runtime })([x, filter])).rejects.toThrow(
      "DepthwiseConv2dNative with dataFormat 'NCHW'; only the default is translated, so transpose the image to put channels last",
    );
  });
});

describe('pooling', () => {
  const pool =
    (fn: typeof tf.maxPool, isPadded: boolean): Case =>
    (draw) => {
      const { size, strides, pad } = windowsOf(draw);
      return [(x) => fn(four(x), size, strides, isPadded ? pad : 'valid'), imageOf(draw)];
    };
  const pool3d =
    (fn: typeof tf.maxPool3d, pad?: 'valid'): Case =>
    (draw) => {
      const padding = pad ?? draw.oneOf<'same' | 'valid'>('same', 'valid');
      const [depth, side, strides] = [draw.integer(1, 3), draw.integer(1, 3), draw.integer(1, 2)];
      return [(x) => fn(five(x), [depth, side, side], strides, padding), volumeOf(draw)];
    };

  valuesAndGradientsConform({
    avgPool: pool(tf.avgPool, false),
    avgPool3d: pool3d(tf.avgPool3d, 'valid'),
    maxPool: pool(tf.maxPool, true),
    maxPool3d: pool3d(tf.maxPool3d),
    'pool with dilations': (draw) => [(x) => tf.pool(four(x), [2, 2], 'max', 'valid', [2, 2]), imageOf(draw)],
  });

  valuesConform({
    'avgPool, padded': pool(tf.avgPool, true),
    'avgPool3d, padded': pool3d(tf.avgPool3d),
    'avgPool, rounding up': (draw) => [(x) => tf.avgPool(four(x), 2, 2, 0, 'ceil'), imageOf(draw)],
    'maxPool, rounding up': (draw) => [(x) => tf.maxPool(four(x), 3, 2, 1, 'ceil'), imageOf(draw)],
    'maxPool of int32': (draw) => [(x) => tf.maxPool(four(x), 2, 1, 'same'), draw.integers([2, 5, 4, 3], -9, 9)],
  });

  test('of equal values in a window the first has the gradient', () =>
    expectSameGradients((x) => tf.maxPool(four(x), 3, 2, 'same'), [tf.ones([1, 5, 6, 2])]));
});

describe('resizing', () => {
  const sizes = (draw: Draw) => [draw.integer(1, 9), draw.integer(1, 9)] as [number, number];
  const modes = [
    [false, false],
    [true, false],
    [false, true],
  ] as [boolean, boolean][];
  const resize =
    (fn: typeof tf.image.resizeBilinear): Case =>
    (draw) => {
      const [size, mode] = [sizes(draw), draw.oneOf(...modes)];
      return [(x) => fn(four(x), size, ...mode), imageOf(draw)];
    };
  const { resizeBilinear, resizeNearestNeighbor } = tf.image;

  valuesConform({
    resizeBilinear: resize(resizeBilinear),
    'resizeBilinear again': (draw) => resize(resizeBilinear)(draw),
    'resizeBilinear of int32': (draw) => [(x) => resizeBilinear(four(x), [4, 7]), draw.integers([2, 3, 4, 2], 0, 9)],
    resizeNearestNeighbor: resize(resizeNearestNeighbor),
    'resizeNearestNeighbor of int32': (draw) => [(x) => resizeNearestNeighbor(four(x), [6, 7]), draw.integers([2, 3, 4, 2], 0, 9)],
    'resizeNearestNeighbor by whole factors': (draw) => [(x) => resizeNearestNeighbor(four(x), [6, 12]), draw.tensor([2, 3, 4, 2])],
  });

  // where TensorFlow.js' gradients are right: one sample, square, no half pixels
  valuesAndGradientsConform({
    'resizeBilinear of a square': (draw) => {
      const [size, align] = [sizes(draw), draw.oneOf(true, false)];
      return [(x) => resizeBilinear(four(x), size, align), draw.tensor([2, 4, 4, 3])];
    },
    'resizeNearestNeighbor of one sample': (draw) => {
      const [size, align] = [sizes(draw), draw.oneOf(true, false)];
      return [(x) => resizeNearestNeighbor(four(x), size, align), draw.tensor([1, 3, 5, 2])];
    },
  });
});

/**
 * TensorFlow.js' own gradients are wrong for the second sample (nearest), for images that aren't square (bilinear), with
 * halfPixelCenters (both), for averages at a padded border, and for windows that aren't square in volumes. Ours are held against
 * differences of the function, which is made of straight pieces: they are exact up to rounding.
 */
describe('the gradient is the one of the function', () => {
  const { resizeBilinear, resizeNearestNeighbor } = tf.image;
  const resizes = (fn: typeof resizeBilinear) => [
    (x: tf.Tensor) => fn(four(x), [5, 7]),
    (x: tf.Tensor) => fn(four(x), [2, 3], true),
    (x: tf.Tensor) => fn(four(x), [6, 2], false, true),
    (x: tf.Tensor) => fn(four(x), [6, 8]),
  ];
  const image = [2, 3, 4, 1];
  const cases: readonly (readonly [name: string, shape: number[], fns: ((x: tf.Tensor) => tf.Tensor)[]])[] = [
    ['bilinear resizing', image, resizes(resizeBilinear)],
    ['resizing to the nearest', image, resizes(resizeNearestNeighbor)],
    ['averages at padded borders', image, [(x) => tf.avgPool(four(x), [2, 3], 1, 'same'), (x) => tf.avgPool(four(x), 3, 2, 1)]],
    ['averages in padded volumes', [1, 3, 3, 2, 1], [(x) => tf.avgPool3d(five(x), 2, 1, 'same')]],
    ['largest values in volumes', [1, 3, 4, 2, 1], [(x) => tf.maxPool3d(five(x), [2, 3, 1], 1, 'same')]],
  ];
  test.each(cases)('%s', async (_, shape, fns) => {
    const size = shape.reduce((a, b) => a * b);
    const apart = Array.from({ length: size }, (_, i) => ((i * 7) % size) / 10); // so that no step changes which one is the largest
    const x = tf.tensor(apart, shape);
    const step = 0.03;
    const steps = tf.unstack(tf.reshape(tf.mul(tf.eye(size), step), [size, ...shape]));
    for (const fn of fns) {
      const loss = (x: tf.Tensor) => tf.sum(tf.mul(fn(x), weights(fn(x)))) as tf.Scalar;
      const gradient = await compile((x: tf.Tensor) => tf.grad(loss)(x), { runtime })(x);
      const slopes = steps.map((step) => tf.sub(loss(tf.add(x, step)), loss(tf.sub(x, step))));
      expectEqual([gradient], [tf.reshape(tf.div(tf.stack(slopes), 2 * step), shape)], 1e-3, [x]);
    }
  });
});

everyKernelWasCompared({ ...convolutions, ...groupedConvolutions, ...pooling, ...resizing });
