import { expectClose, expectNoLeak } from '@rddpm/conformance';
import { assertImages, ConfigError, fromNetwork, ShapeError, toHost, toNetwork, toTensors } from '@rddpm/core';
import { dispose, tensor4d } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';

test('maps pixels from [0, 1] to [-1, 1], whatever their order in memory', async () => {
  const images = ndarray(Float32Array.of(0, 0.5, 1, 0.25, 0.75, 0.125), [1, 2, 3, 1]);
  const plain = toNetwork(images);
  expectClose(await plain.data(), [-1, 0, 1, -0.5, 0.5, -0.75]);
  const turned = toNetwork(images.transpose(0, 2, 1, 3));
  expect(turned.shape).toEqual([1, 3, 2, 1]);
  expectClose(await turned.data(), [-1, -0.5, 0, 0.5, 1, -0.75]);
  dispose([plain, turned]);
});

test('maps back, clipping to where pixels live', async () => {
  const x = tensor4d([-1, 0, 1, -3, 3, 0.5], [1, 2, 3, 1]);
  const images = await fromNetwork(x);
  expect(images.shape).toEqual([1, 2, 3, 1]);
  expectClose(images.data, [0, 0.5, 1, 0, 1, 0.75]);
  x.dispose();
});

test('refuses images that are not [n, h, w, c]', () => {
  expect(() => toNetwork(ndarray(new Float32Array(6), [2, 3]))).toThrow(ShapeError);
});

test('weights go to tensors and back, and leave nothing behind', async () => {
  const weights = {
    'conv_in.weight': { shape: [2, 1], data: Float32Array.of(1, 2) },
    'conv_in.bias': { shape: [], data: Float32Array.of(3) },
  };
  await expectNoLeak(async () => {
    const tensors = toTensors(weights);
    expect(await toHost(tensors)).toEqual(weights);
    dispose(tensors as never);
  });
});

test('assertImages names the first pixel outside [0, 1]', () => {
  const images = ndarray(new Float32Array(2 * 3 * 4).fill(0.5), [2, 3, 4, 1]);
  assertImages('train: images', images);
  images.set(1, 2, 3, 0, Number.NaN);
  expect(() => assertImages('train: images', images)).toThrow(
    new ConfigError('train: images: image 1 has a pixel of NaN at row 2, column 3; pixels must be in [0, 1]'),
  );
  expect(() => assertImages('train: images', ndarray(new Float32Array(0), [0, 3, 4, 1]))).toThrow(ShapeError);
});
