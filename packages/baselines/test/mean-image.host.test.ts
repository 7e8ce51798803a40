import { expectClose, expectMethod, fitMethod, inMemory } from '@rddpm/conformance';
import { ConfigError, createRng, FormatError, type HostTensor, imageSet, readSafetensors, safetensorsParts } from '@rddpm/core';
import type { ModelInfo, TrainingSet } from '@rddpm/core/contracts';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { meanImage } from '../src/index.ts';

const noise = (n: number, shape: readonly [number, number, number], seed: string) => {
  const rng = createRng(seed);
  return ndarray(
    Float32Array.from({ length: n * shape[0] * shape[1] * shape[2] }, () => rng.uniform()),
    [n, ...shape],
  );
};

const many = noise(150, [2, 3, 3], 'many');

const RUN = { backend: () => Promise.reject(new Error('a mean needs no backend')), rng: createRng(0) };

test('keeps what is promised of every method', async () => {
  const { model, events } = await expectMethod(meanImage, {
    training: imageSet(noise(5, [4, 6, 3], 'training')),
    test: imageSet(noise(3, [4, 6, 3], 'test')),
    config: { error: 'absolute', channelReduction: 'max' },
  });
  expect(model.mean.shape).toEqual([4, 6, 3]);
  expect(events).toEqual([{ kind: 'progress', step: 5, steps: 5, measures: {} }]);
});

/** Two images of two pixels, and one that is asked about. */
const [a, b] = [
  [0, 0.5, 0, 1, 0.25, 0.5],
  [0.5, 0.5, 0, 0, 0.75, 0.5],
];
const MEAN = Float32Array.of(0.25, 0.5, 0, 0.5, 0.5, 0.5);
const odd = ndarray(Float32Array.of(0.75, 0.5, 1, 0.5, 0.25, 0.5), [1, 1, 2, 3]); // 0.5, 0 and 1 away; 0, 0.25 and 0

test.each([
  [{}, [1.25 / 3, 0.0625 / 3]],
  [{ channelReduction: 'max' }, [1, 0.0625]],
  [{ error: 'absolute' }, [0.5, 0.25 / 3]],
  [{ error: 'absolute', channelReduction: 'sum' }, [1.5, 0.25]],
])('two images make a mean, and a third is as odd as it is far from it: %o', async (given, expected) => {
  const config = meanImage.config.parse(given);
  const { model } = await fitMethod(meanImage, config, imageSet(ndarray(Float32Array.of(...a!, ...b!), [2, 1, 2, 3])));
  expect(model).toEqual({ mean: { shape: [1, 2, 3], data: MEAN } });
  const scorer = await meanImage.scorer(model!, config, RUN);
  const { maps, pictures } = await scorer.score({ values: odd, range: 'pixels' });
  expectClose(maps.data, expected, 1e-7);
  expect(pictures?.reconstruction?.data).toEqual(MEAN);
});

test('the order of the images does not matter, and many are read in parts', async () => {
  const config = meanImage.config.parse({});
  const asked: number[] = [];
  const set = imageSet(many);
  const remembering: TrainingSet = {
    ...set,
    read(rows) {
      asked.push(rows.length);
      return set.read(rows);
    },
  };
  const { model, events } = await fitMethod(meanImage, config, remembering);
  expect([asked, events.map((event) => 'step' in event && event.step)]).toEqual([
    [64, 64, 22],
    [64, 128, 150],
  ]);
  const size = 2 * 3 * 3;
  const means = Array.from({ length: size }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < 150; i++) sum += many.data[i * size + at]!;
    return sum / 150;
  });
  expectClose(model!.mean.data, means, 1e-7);
  const backwards = await fitMethod(meanImage, config, imageSet(many.step(-1, 1, 1, 1)));
  expectClose(backwards.model!.mean, model!.mean, 1e-7);
});

test('what a training set reads as a view is what the view shows', async () => {
  const config = meanImage.config.parse({});
  const three = noise(3, [2, 4, 1], 'views');
  const upright = imageSet(three.transpose(0, 2, 1, 3));
  const asViews: TrainingSet = { ...upright, read: async () => ({ values: three.transpose(0, 2, 1, 3), range: 'pixels' }) };
  const { model } = await fitMethod(meanImage, config, asViews);
  expect(model).toEqual((await fitMethod(meanImage, config, upright)).model);
});

test('a fit that is aborted reads no further, and comes to nothing', async () => {
  const controller = new AbortController();
  const fitting = meanImage.fit(imageSet(many), meanImage.config.parse({}), { ...RUN, signal: controller.signal });
  expect(await fitting.next()).toMatchObject({ done: false, value: { step: 64 } });
  controller.abort();
  expect(await fitting.next()).toEqual({ done: true, value: undefined });
});

const info: ModelInfo = {
  version: 2,
  method: 'mean-image',
  input: { width: 2, height: 1, channels: 3 },
  config: meanImage.config.parse({}),
  smoothing: { sigma: 2, unit: 'side/64' },
  threshold: null,
  seed: 0,
};

test('its one file carries how the model is used; without the file, or with another in its place, there is no model', async () => {
  const { encode, decode } = meanImage.files;
  const files = encode({ mean: { shape: [1, 2, 3], data: MEAN } }, info);
  const file = (await inMemory(files).open('model.safetensors'))!;
  const { metadata } = await readSafetensors(file, 'model.safetensors');
  expect(JSON.parse(metadata['rddpm.json']!)).toEqual(info);
  await expect(decode(inMemory(files, ['model.safetensors']))).rejects.toThrow(
    new FormatError('memory holds no mean image: model.safetensors is missing'),
  );
  const others: Record<string, HostTensor>[] = [{}, { mean: { shape: [6], data: MEAN } }];
  for (const tensors of others) {
    const other = inMemory([{ path: 'model.safetensors', parts: safetensorsParts(tensors, {}) }]);
    await expect(decode(other)).rejects.toThrow(new FormatError("memory holds no mean image: it must have a tensor 'mean' [h, w, c]"));
  }
});

test('only how it scores can be changed, and that needs no new fit', () => {
  const { config } = meanImage;
  expect(config.parse({})).toEqual({ error: 'squared', channelReduction: 'mean' });
  expect(config.parse({ channelReduction: 'max' }, config.parse({ error: 'absolute' }))).toEqual({
    error: 'absolute',
    channelReduction: 'max',
  });
  expect(config.parse({ channels: 'max' })).toEqual(config.parse({ channelReduction: 'max' })); // as earlier versions wrote it
  expect(() => config.parse({ channels: 'max', channelReduction: 'max' })).toThrow(/Unrecognized key: "channels"/);
  expect([config.affects('error'), config.affects('channelReduction')]).toEqual(['score', 'score']);
  expect(() => config.parse({ error: 'cubed' })).toThrow(ConfigError);
  expect(() => config.parse({ error: 'cubed', channelReduction: 1 })).toThrow(/^mean-image: .*at error\n.*at channelReduction/s);
});
