import { backend, expectNoLeak } from '@rddpm/conformance';
import { ConfigError, ShapeError } from '@rddpm/core';
import ndarray, { type NdArray } from 'ndarray';
import { expect, test } from 'vitest';
import { lite0Features } from '../src/index.ts';
import golden from './goldens/lite0.json' with { type: 'json' };

const run = { backend: async () => backend };
const size = { width: golden.size, height: golden.size };
const image = ndarray(
  Float32Array.from({ length: golden.size ** 2 * 3 }, (_, k) => 0.5 + 0.5 * Math.sin(k * k)),
  [1, golden.size, golden.size, 3],
);

/** In deviations of the map. */
const errors = (map: NdArray<Float32Array>, values: readonly number[], deviation: number) =>
  values.map((value, i) => Math.abs(map.data[i * golden.step]! - value) / deviation);

test('computes what PyTorch does from the same weights, and from the original ones up to their rounding', async () => {
  const features = await lite0Features({ size })(run);
  const maps = await features.extract(image);
  features.dispose();
  expect(maps.map(({ shape }) => shape)).toEqual(golden.taps.map(({ shape }) => [1, ...shape]));
  golden.taps.forEach(({ block, deviation, original, written }, k) => {
    expect(Math.max(...errors(maps[k]!, written, deviation)), `block ${block}`).toBeLessThan(5e-5); // float32 sums against float64's
    const rounding = errors(maps[k]!, original, deviation);
    expect(rounding.reduce((a, b) => a + b) / rounding.length, `block ${block}`).toBeLessThan(0.004); // 2^-12 a layer, of some 30
  });
});

test('an image has the same features alone, and beside others of another size that is asked for', async () => {
  const features = await lite0Features({ size: { width: 48, height: 32 }, blocks: [10, 0] })(run);
  expect(features.id).toBe('lite0:block0,block10:48x32');
  const pair = ndarray(
    Float32Array.from({ length: 2 * 20 * 10 * 3 }, (_, i) => ((i * 37) % 101) / 100),
    [2, 20, 10, 3],
  );
  const together = await features.extract(pair);
  const alone = await features.extract(pair.lo(1, 0, 0, 0));
  features.dispose();
  expect(together.map(({ shape }) => shape)).toEqual([
    [2, 16, 24, 16],
    [2, 2, 3, 112],
  ]);
  together.forEach(({ data }, k) => {
    expect(data.subarray(data.length / 2)).toEqual(alone[k]!.data);
    expect(data.subarray(0, data.length / 2)).not.toEqual(alone[k]!.data);
  });
});

test('keeps nothing once it is disposed', async () => {
  await expectNoLeak(async () => {
    const features = await lite0Features({ size: { width: 32, height: 32 }, blocks: [1] })(run);
    await features.extract(image);
    features.dispose();
  });
});

test('options that make no sense are a ConfigError, images without three channels a ShapeError', async () => {
  for (const blocks of [[], [11], [1.5], [-1], [2, 2]]) {
    expect(() => lite0Features({ blocks })).toThrow(ConfigError);
    expect(() => lite0Features({ blocks })).toThrow(`blocks is [${blocks}]; it must name at least one of 0 to 10, each once`);
  }
  expect(() => lite0Features({ size: { width: 224, height: 0 } })).toThrow('size.height is 0; it must be a whole number');
  const features = await lite0Features({ blocks: [0] })(run);
  await expect(features.extract(ndarray(new Float32Array(16), [1, 4, 4, 1]))).rejects.toThrow(ShapeError);
  features.dispose();
});
