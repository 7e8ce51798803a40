import { ConfigError, FormatError, type OpenedModel, ShapeError } from '@rddpm/core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { type OnnxFeatureOptions, onnxFeatures } from '../src/index.ts';

const bytes = Uint8Array.of(1, 2, 3);
const run = {
  backend: async (): Promise<never> => {
    throw new Error('nothing is computed on a backend');
  },
};
const identity = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

/** A network whose only tap is its input. */
const echo = (inputShape: OpenedModel['inputShape']): OnnxFeatureOptions['open'] => {
  return async () => ({ inputShape, run: async (input) => [input], dispose: () => {} });
};
const features = (inputShape: OpenedModel['inputShape'], options: Partial<OnnxFeatureOptions> = {}) =>
  onnxFeatures({ bytes, taps: ['a'], open: echo(inputShape), ...identity, ...options })(run);

const images = ndarray(
  Float32Array.from({ length: 2 * 2 * 4 * 3 }, (_, i) => i / 64),
  [2, 2, 4, 3],
);

test.each([
  ['NCHW', [1, 3, 2, 4]],
  ['NHWC', [1, 2, 4, 3]],
])('a network of %s is shown the pixels where it wants them, and its maps are [n, h, w, c]', async (_, inputShape) => {
  const [map] = await (await features(inputShape)).extract(images);
  expect(map!.shape).toEqual([2, 2, 4, 3]);
  expect(map!.data).toEqual(images.data);
});

test('mean, deviation and order are of colours', async () => {
  const mean = [0.25, 0.5, 0.75] as const;
  const std = [1, 2, 4] as const;
  const [map] = await (await features([1, 3, 2, 4], { mean, std, order: 'bgr' })).extract(images);
  const blueFirst = images.data.map((_, i) => {
    const colour = 2 - (i % 3);
    return (images.data[i - (i % 3) + colour]! - mean[colour]!) / std[colour]!;
  });
  expect(map!.data).toEqual(blueFirst);
});

test('images are resized to the size that the file has, that is asked for, or 224', async () => {
  const sides = async (inputShape: OpenedModel['inputShape'], options?: Partial<OnnxFeatureOptions>) =>
    (await (await features(inputShape, options)).extract(images))[0]!.shape;
  expect(await sides([1, 3, 8, 16])).toEqual([2, 8, 16, 3]);
  expect(await sides([undefined, 3, undefined, undefined], { size: { width: 6, height: 5 } })).toEqual([2, 5, 6, 3]);
  expect(await sides([undefined, 3, undefined, undefined])).toEqual([2, 224, 224, 3]);
});

test('maps come from the finest to the coarsest, whatever the order of the taps and their layout', async () => {
  const shapes = [
    [1, 8, 2, 4],
    [1, 6, 8, 16],
    [1, 1, 2, 32],
  ];
  const open: OnnxFeatureOptions['open'] = async () => ({
    inputShape: [1, 3, 16, 32],
    run: async () => shapes.map((shape) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) })),
    dispose: () => {},
  });
  const maps = await (await onnxFeatures({ bytes, taps: ['a', 'b', 'c'], open })(run)).extract(images);
  expect(maps.map(({ shape }) => shape)).toEqual([
    [2, 8, 16, 6],
    [2, 2, 4, 8],
    [2, 1, 2, 32],
  ]);
});

test('whatever changes the features changes the id', async () => {
  const open = echo([undefined, 3, undefined, undefined]);
  const base: OnnxFeatureOptions = { bytes, taps: ['a'], open, ...identity };
  const others: Partial<OnnxFeatureOptions>[] = [
    { bytes: Uint8Array.of(1, 2, 4) },
    { taps: ['b'] },
    { size: { width: 4, height: 2 } },
    { mean: [0, 0, 1] },
    { std: [1, 1, 2] },
    { order: 'bgr' },
  ];
  const ids = await Promise.all([{}, ...others].map(async (other) => (await onnxFeatures({ ...base, ...other })(run)).id));
  expect(new Set(ids).size).toBe(ids.length);
  // `printf '\1\2\3' | sha256sum`
  expect(ids[0]).toBe('sha256:039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81:a:224x224:nchw:rgb:mean 0 0 0:std 1 1 1');
});

test('what the file does not fit is said at opening, and the file is closed again', async () => {
  const wrong: [OpenedModel['inputShape'], Partial<OnnxFeatureOptions>, new (message: string) => Error, string][] = [
    [[1, 3, 8, 8], { size: { width: 4, height: 8 } }, ConfigError, "size is 4x8, but the model's input is [1, 3, 8, 8]; it must be 8x8"],
    [[1, 3, 8, 8], { layout: 'nhwc' }, ConfigError, "it must be 'nchw'"],
    [[1, 3, 8, 3], {}, ConfigError, "set layout to 'nchw' or 'nhwc'"],
    [[1, undefined, undefined, undefined], {}, ConfigError, "the model's input is [1, ?, ?, ?], which doesn't say"],
    [[1, 1, 8, 8], {}, FormatError, 'it must have three channels'],
    [[4, 3, 8, 8], {}, FormatError, 'it must take one image, or any number'],
    [[1, 12], {}, FormatError, 'it must be an image, of four axes'],
    [[1, 3, 3, 3], { layout: 'nchw' }, ConfigError, "the tap 'a' is [1,3,3,3], which doesn't say where its channels are"],
    [[1, 3, 8, 8], { std: [1, 0, 1] }, ConfigError, 'std is 0'],
  ];
  for (const [inputShape, options, kind, message] of wrong) {
    const closed: boolean[] = [];
    const open: OnnxFeatureOptions['open'] = async () => ({
      ...(await echo(inputShape)(bytes, { taps: ['a'] })),
      dispose: () => closed.push(true),
    });
    const opening = features(inputShape, { open, ...options });
    await expect(opening, message).rejects.toThrow(kind);
    await expect(opening).rejects.toThrow(message);
    if (!options.std) expect(closed, message).toEqual([true]);
  }
});

test('a tap that is no map is a ConfigError, images of other channels a ShapeError', async () => {
  const open: OnnxFeatureOptions['open'] = async () => ({
    inputShape: [1, 3, 8, 8],
    run: async () => [{ shape: [1, 1000], data: new Float32Array(1000) }],
    dispose: () => {},
  });
  await expect(onnxFeatures({ bytes, taps: ['logits'], open })(run)).rejects.toThrow(
    /the tap 'logits' is \[1,1000\] of one image; it must be a map/,
  );
  const grey = ndarray(new Float32Array(16), [1, 4, 4, 1]);
  await expect((await features([1, 3, 8, 8])).extract(grey)).rejects.toThrow(ShapeError);
});
