/** Feature maps of ONNX files that ONNX Runtime runs: `@rddpm/features` knows no engine, so that its own tests can't. */
import { openOnnx } from '@rddpm/backend/onnx';
import { ConfigError } from '@rddpm/core';
import * as features from '@rddpm/features';
import * as tfjsOnnx from '@rddpm/tfjs-onnx';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';
import { TENSORS, type TwoConvolutions, twoConvolutions } from '../../tfjs-onnx/test/two-convolutions.ts';

const run = {
  backend: async (): Promise<never> => {
    throw new Error('nothing is computed on a backend');
  },
};
const identity = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

const images = ndarray(
  Float32Array.from({ length: 2 * 4 * 6 * 3 }, (_, i) => i / 144),
  [2, 4, 6, 3],
);

const files: readonly [string, TwoConvolutions][] = [
  ['NCHW, of any number of images', { batch: 0, sides: [4, 6], layout: 'nchw' }],
  ['NCHW, of any size', { batch: 1, sides: [0, 0], layout: 'nchw' }],
  ['NHWC, of planes inside', { batch: 1, sides: [4, 6], layout: 'nhwc' }],
];

test.each(files)('inner tensors of a file become maps: %s', async (_, file) => {
  const open = features.onnxFeatures({
    bytes: twoConvolutions(file),
    taps: ['tripled', 'doubled'],
    open: openOnnx,
    size: { width: 6, height: 4 },
    ...identity,
  });
  const opened = await open(run);
  const [doubled, tripled] = await opened.extract(images);
  opened.dispose();
  expect(doubled!.shape).toEqual([2, 4, 6, 3]);
  expect(doubled!.data).toEqual(images.data.map((value) => 2 * value));
  expect(tripled!.shape).toEqual([2, 2, 3, 2]);
  for (let i = 0; i < 2; i++)
    for (let y = 0; y < 2; y++)
      for (let x = 0; x < 3; x++) {
        expect(tripled!.get(i, y, x, 0)).toBeCloseTo(6 * images.get(i, 2 * y, 2 * x, 0), 5);
        expect(tripled!.get(i, y, x, 1)).toBeCloseTo(6 * images.get(i, 2 * y, 2 * x, 2), 5);
      }
});

test('a file of a fixed size is shown images of that size', async () => {
  const bytes = twoConvolutions({ batch: 1, sides: [8, 12], layout: 'nchw' });
  const opened = await features.onnxFeatures({ bytes, taps: ['doubled'], open: openOnnx })(run);
  expect((await opened.extract(images))[0]!.shape).toEqual([2, 8, 12, 3]);
  opened.dispose();
});

test('of a tap that does not exist it says which do', async () => {
  const bytes = twoConvolutions({ batch: 1, sides: [8, 12], layout: 'nchw' });
  const opening = features.onnxFeatures({ bytes, taps: ['layer1'], open: openOnnx })(run);
  await expect(opening).rejects.toThrow(ConfigError);
  await expect(opening).rejects.toThrow(`'layer1'; the model has ${TENSORS.join(', ')}`);
});

test("the README's example prints what it says", async () => {
  const { printed, promised } = await runReadmeExample(new URL('../../features/README.md', import.meta.url), {
    '@rddpm/backend/onnx': { openOnnx },
    '@rddpm/features': features,
    '@rddpm/tfjs-onnx': tfjsOnnx,
    '@tensorflow/tfjs-core': tf,
    ndarray,
  });
  expect(printed).toBe(promised);
});
