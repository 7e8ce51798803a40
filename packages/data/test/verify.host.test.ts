import { FormatError } from '@rddpm/core';
import { expect, test } from 'vitest';
import { type DatasetLayout, type Sample, verifyDataset, verifySamples } from '../src/index.ts';
import { gray, memorySource } from './memory-source.ts';

const image = gray(4, 4, 90);
const spot = gray(4, 4, [255, 255, ...new Array<number>(14).fill(0)]);
const sample = (split: 'train' | 'test', kind: string, stem: string): Sample => {
  const id = `${kind}/${stem}`;
  return { id, path: `${split}/${id}.png`, split, anomalous: kind !== 'good', kind };
};
const good = (split: 'train' | 'test', stem: string) => sample(split, 'good', stem);
const crack = (stem: string) => sample('test', 'crack', stem);
const truth: DatasetLayout['truth'] = async ({ id, path, anomalous }) => {
  if (!anomalous) return undefined;
  const mask = `ground_truth/${id}_mask.png`;
  if (id === 'crack/1') throw new FormatError(`${path} has no mask; ${mask} is missing`);
  return { masks: [{ path: mask }] };
};
const sound = {
  'train/good/0.png': image,
  'train/good/1.png': image,
  'test/good/0.png': gray(6, 4, 3),
  'test/crack/0.png': image,
  'ground_truth/crack/0_mask.png': spot,
};

test('sound samples are counted, without problems', async () => {
  const samples = [good('train', '0'), good('train', '1'), crack('0'), good('test', '0')];
  expect(await verifySamples(memorySource(sound, 'bolts'), samples, { truth })).toEqual({
    name: 'bolts',
    train: { good: 2 },
    test: { crack: 1, good: 1 },
    masks: { crack: 1 },
    sizes: [
      { width: 4, height: 4, images: 3 },
      { width: 6, height: 4, images: 1 },
    ],
    problems: [],
  });
});

test('everything wrong is found in one go, and named', async () => {
  const source = memorySource({
    ...sound,
    'train/good/2.png': null,
    'test/crack/1.png': image,
    'test/crack/2.png': image,
    'ground_truth/crack/2_mask.png': gray(2, 2, [0, 255, 0, 0]),
    'test/crack/3.png': image,
    'ground_truth/crack/3_mask.png': gray(4, 4, 0),
    'test/crack/4.png': image,
    'ground_truth/crack/4_mask.png': gray(4, 4, [0, 128, 255, ...new Array<number>(13).fill(0)]),
    'test/crack/5.png': image,
    'ground_truth/crack/5_mask.png': null,
  });
  const samples = [good('train', '0'), good('train', '2'), crack('1'), crack('2'), crack('3'), crack('4'), crack('5'), crack('6')];
  const { problems } = await verifySamples(source, samples, { truth });
  expect(problems.map(({ severity, path, message }) => `${severity} ${path} ${message}`)).toEqual([
    "error train/good/2.png can't be decoded: unexpected end of file",
    'error test/crack/1.png has no mask; ground_truth/crack/1_mask.png is missing',
    'error ground_truth/crack/2_mask.png is 2x2, but its image test/crack/2.png is 4x4',
    'error ground_truth/crack/3_mask.png marks nothing, but test/crack/3.png should show a defect',
    'warning ground_truth/crack/4_mask.png has 3 values instead of two; all above 0 count as defect',
    "error ground_truth/crack/5_mask.png can't be decoded: unexpected end of file",
    "error test/crack/6.png can't be decoded: no such file",
    "error ground_truth/crack/6_mask.png can't be decoded: no such file",
  ]);
});

test('no samples are an empty report', async () => {
  expect(await verifySamples(memorySource({}, 'nothing'), [], { truth })).toEqual({
    name: 'nothing',
    train: {},
    test: {},
    masks: {},
    sizes: [],
    problems: [],
  });
});

test('each of several masks is looked at; a defect without any is an error', async () => {
  const source = memorySource({ ...sound, a: spot, b: gray(4, 4, 0) });
  const verify = (truth: DatasetLayout['truth']) => verifySamples(source, [crack('0')], { truth });
  const several = await verify(async () => ({ masks: [{ path: 'a' }, { path: 'b' }] }));
  expect(several.masks).toEqual({ crack: 1 });
  expect(several.problems).toEqual([{ severity: 'error', path: 'b', message: 'marks nothing, but test/crack/0.png should show a defect' }]);
  const none = await verify(async () => undefined);
  expect(none.masks).toEqual({});
  expect(none.problems).toEqual([{ severity: 'error', path: 'test/crack/0.png', message: 'has no mask' }]);
});

test('images of 16 bits that leave the upper ones unused are warned of once', async () => {
  const verify = async (...peaks: number[]) => {
    const samples = peaks.map((_, i) => good('train', `${i}`));
    const files = Object.fromEntries(samples.map(({ path }, i) => [path, gray(2, 1, Uint16Array.of(0, peaks[i]!))]));
    return (await verifySamples(memorySource(files), samples, { truth })).problems;
  };
  const warning = (message: string) => [{ severity: 'warning', path: 'train/good/0.png', message }];
  expect(await verify(4000, 2100)).toEqual(
    warning(
      'uses the lowest 12 of its 16 bits only, as all 2 images of 16 bits do: nothing is brighter than 4000 of 65535; multiply by 16',
    ),
  );
  expect(await verify(1023)).toEqual(
    warning('uses the lowest 10 of its 16 bits only: nothing is brighter than 1023 of 65535; multiply by 64'),
  );
  expect(await verify(1024)).toMatchObject([{ message: expect.stringContaining('the lowest 11 of') }]);
  expect(await verify(16383)).toHaveLength(1);
  for (const peaks of [[16384], [4000, 60000], [0]]) expect(await verify(...peaks)).toEqual([]);
});

test('floats that are no share of white are an error in images, not in masks', async () => {
  const files = {
    ...sound,
    'train/good/0.png': gray(2, 1, Float32Array.of(0, 255)),
    'ground_truth/crack/0_mask.png': gray(4, 4, Float32Array.from(spot.data)),
  };
  const { problems } = await verifySamples(memorySource(files), [good('train', '0'), crack('0')], { truth });
  expect(problems).toEqual([
    { severity: 'error', path: 'train/good/0.png', message: 'is 255 at x = 1, y = 0; floats must lie between 0 (black) and 1 (white)' },
  ]);
});

test('a failure of the layout itself is thrown, not reported', async () => {
  const truth = async () => {
    throw new RangeError('a slip');
  };
  await expect(verifySamples(memorySource(sound), [crack('0')], { truth })).rejects.toThrow(RangeError);
});

test("a data set's own problems come after those of its files", async () => {
  const stray = { severity: 'error', path: 'stray.png', message: 'belongs nowhere' } as const;
  const layout: DatasetLayout = {
    name: 'toy',
    recognises: () => 1,
    read: async () => ({ samples: [crack('0'), crack('1')], problems: [stray] }),
    truth,
  };
  const { test, problems } = await verifyDataset(memorySource({ ...sound, 'test/crack/1.png': image }), { layouts: [layout] });
  expect(test).toEqual({ crack: 2 });
  expect(problems).toEqual([
    { severity: 'error', path: 'test/crack/1.png', message: 'has no mask; ground_truth/crack/1_mask.png is missing' },
    stray,
  ]);
});
