import { expectClose, expectMethod, fitMethod, inMemory } from '@rddpm/conformance';
import { ConfigError, createRng, FormatError, imageSet, safetensorsParts } from '@rddpm/core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { ssd } from '../src/index.ts';
import { medianOf } from '../src/ssd.ts';

const noise = (n: number, shape: readonly [number, number, number], seed: string) => {
  const rng = createRng(seed);
  return ndarray(
    Float32Array.from({ length: n * shape[0] * shape[1] * shape[2] }, () => rng.uniform()),
    [n, ...shape],
  );
};

const RUN = { backend: () => Promise.reject(new Error('splines need no backend')), rng: createRng(0) };

test.each(['residual', 'anomaly'])('keeps what is promised of every method, with maps of the %s', async (map) => {
  const { model } = await expectMethod(ssd, {
    training: imageSet(noise(5, [10, 12, 3], 'training')),
    test: imageSet(noise(3, [10, 12, 3], 'test')),
    config: { map, spacing: 3 },
  });
  expect(model.median.shape).toEqual([10, 12, 3]);
});

test.each([5, 6])('learns the median of %i images, however few values are sorted at once', async (n) => {
  const images = noise(n, [2, 3, 1], 'median');
  const expected = Array.from({ length: 6 }, (_, at) => {
    const sorted = Array.from({ length: n }, (_, i) => images.data[i * 6 + at]!).sort((a, b) => a - b);
    return n % 2 ? sorted[(n - 1) / 2]! : (sorted[n / 2 - 1]! + sorted[n / 2]!) / 2;
  });
  for (const most of [1000, 4 * n, n]) {
    const finding = medianOf(imageSet(images), undefined, most);
    const steps: unknown[] = [];
    let found = await finding.next();
    for (; !found.done; found = await finding.next()) steps.push(found.value);
    expectClose(found.value!, expected, 1e-7);
    expect(steps.at(-1)).toMatchObject({ step: steps.length * n, steps: steps.length * n });
  }
  await expect(medianOf(imageSet(images), undefined, n - 1).next()).rejects.toThrow(
    `ssd: ${n} images are more than a median is made of; ${n - 1} at most`,
  );
});

/** A texture that is always the same, light that falls differently on each, and grain; in the last one a block. */
function surfaces(n: number, seed: string) {
  const rng = createRng(seed);
  const images = ndarray(new Float32Array(n * 32 * 32), [n, 32, 32, 1]);
  for (let i = 0; i < n; i++) {
    const [slope, bend] = [0.2 * rng.uniform() - 0.1, 0.2 * rng.uniform() - 0.1];
    for (let y = 0; y < 32; y++)
      for (let x = 0; x < 32; x++) {
        const light = (slope * x) / 32 + bend * (y / 32) ** 2;
        images.set(i, y, x, 0, 0.5 + 0.2 * ((x + y) % 2) + light + 0.01 * rng.uniform());
      }
  }
  for (let y = 10; y < 16; y++) for (let x = 12; x < 18; x++) images.set(n - 1, y, x, 0, images.get(n - 1, y, x, 0) - 0.2);
  return images;
}

test.each(['residual', 'anomaly'])('light that falls differently is background, a block is not: maps of the %s', async (map) => {
  const config = ssd.config.parse({ map });
  const { model } = await fitMethod(ssd, config, imageSet(surfaces(20, 'training')));
  const images = surfaces(3, 'test');
  const scorer = await ssd.scorer(model!, config, RUN);
  const { maps, pictures } = await scorer.score({ values: images, range: 'pixels' });
  expect(Math.max(...maps.data.subarray(0, 2 * 32 * 32))).toBeLessThan(0.03); // light alone reaches 0.2
  for (const [y, x] of [
    [11, 13],
    [13, 15],
    [14, 16],
  ] as const) {
    expect(maps.get(2, y, x)).toBeGreaterThan(0.05);
  }
  await expect(scorer.score({ values: images.lo(0, 1, 0, 0), range: 'pixels' })).rejects.toThrow(
    'score: images is [3,31,32,1]; for this model it must be [n, 32, 32, 1]',
  );
  expect(Math.abs(pictures!.reconstruction!.get(0, 20, 20, 0) - images.get(0, 20, 20, 0))).toBeLessThan(0.03);
});

test('images too small for the splines are refused before anything is read', () => {
  const { input, config } = ssd;
  expect(input(config.parse({}), { width: 64, height: 48, channels: 3 })).toEqual({ width: 64, height: 48, channels: 3 });
  const small = () => input(config.parse({}), { width: 64, height: 5, channels: 3 });
  expect(small).toThrow(ConfigError);
  expect(small).toThrow('ssd: splines: 6 splines of degree 3 over 5 pixels; there must be 4 to 5');
  expect(() => input(config.parse({ spacing: 30 }), { width: 64, height: 64, channels: 3 })).toThrow('ssd: spacing: 2 splines of degree 2');
});

test('a fit that is aborted comes to nothing, and so does a file without the median', async () => {
  const controller = new AbortController();
  const fitting = ssd.fit(imageSet(noise(150, [2, 2, 1], 'many')), ssd.config.parse({}), { ...RUN, signal: controller.signal });
  expect(await fitting.next()).toMatchObject({ value: { step: 64, steps: 150 } });
  controller.abort();
  expect(await fitting.next()).toEqual({ done: true, value: undefined });
  await expect(ssd.files.decode(inMemory([]))).rejects.toThrow(new FormatError('memory holds no SSD: model.safetensors is missing'));
  const other = inMemory([{ path: 'model.safetensors', parts: safetensorsParts({}, {}) }]);
  await expect(ssd.files.decode(other)).rejects.toThrow(new FormatError("memory holds no SSD: it must have a tensor 'median' [h, w, c]"));
});

test('everything but the median can be changed without a new fit', () => {
  const { config } = ssd;
  expect(config.parse({})).toEqual({ splines: 6, spacing: 4, degree: 2, map: 'residual', error: 'absolute', channelReduction: 'mean' });
  expect(config.affects('spacing')).toBe('score');
  expect(() => config.parse({ splines: 3, map: 'both' })).toThrow(/^ssd: .*at splines\n.*at map/s);
});
