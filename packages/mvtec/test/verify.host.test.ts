import { FormatError } from '@rddpm/core';
import { folderSource } from '@rddpm/data/node';
import { expect, test } from 'vitest';
import { gray, memorySource } from '../../data/test/memory-source.ts';
import { verifyDataset } from '../src/index.ts';
import { realCategory } from './real-data.ts';

const image = gray(4, 4, 90);
const spot = gray(4, 4, [255, 255, ...new Array<number>(14).fill(0)]);
const sound = {
  'train/good/0.png': image,
  'train/good/1.png': image,
  'test/good/0.png': gray(6, 4, 3),
  'test/crack/0.png': image,
  'ground_truth/crack/0_mask.png': spot,
};

test('a sound data set is counted, without problems', async () => {
  expect(await verifyDataset(memorySource(sound))).toEqual({
    name: 'test',
    layout: 'mvtec',
    train: { good: 2 },
    validation: {},
    test: { crack: 1, good: 1 },
    unsplit: {},
    unknown: {},
    masks: { crack: 1 },
    sizes: [
      { width: 4, height: 4, images: 3 },
      { width: 6, height: 4, images: 1 },
    ],
    formats: { 'png, uint8, 1 channel': 4 },
    leftOut: [],
    problems: [],
  });
});

test('masks without an image come after what the files themselves tell', async () => {
  const { problems } = await verifyDataset(
    memorySource({ ...sound, 'train/good/2.png': null, 'test/crack/1.png': image, 'ground_truth/crack/6_mask.png': spot }),
  );
  expect(problems.map(({ severity, path, message }) => `${severity} ${path} ${message}`)).toEqual([
    "error train/good/2.png can't be decoded: unexpected end of file",
    'error test/crack/1.png has no mask; ground_truth/crack/1_mask.png is missing',
    'error ground_truth/crack/6_mask.png is a mask without an image; test/crack/6.png is missing',
  ]);
});

test('a category of MVTec AD is held against its published counts', async () => {
  const { problems } = await verifyDataset(memorySource(sound, 'hazelnut'));
  expect(problems.every(({ severity }) => severity === 'warning')).toBe(true);
  expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
    "train/good: has 2 images; MVTec AD's hazelnut has 391",
    "test/good: has 1 images; MVTec AD's hazelnut has 40",
    "test/crack: has 1 images; MVTec AD's hazelnut has 18",
    "test/cut: has 0 images; MVTec AD's hazelnut has 17",
    "test/hole: has 0 images; MVTec AD's hazelnut has 18",
    "test/print: has 0 images; MVTec AD's hazelnut has 17",
  ]);
});

test('a synthetic data set with the name of a category is not', async () => {
  expect((await verifyDataset(memorySource({ ...sound, 'synthetic.json': '{}' }, 'carpet'))).problems).toEqual([]);
});

test('another layout throws FormatError', async () => {
  await expect(verifyDataset(memorySource({ 'a.png': image }))).rejects.toThrow(FormatError);
});

test('training images alone are a data set, with a warning', async () => {
  const { problems } = await verifyDataset(memorySource({ 'train/good/0.png': image }));
  expect(problems).toEqual([{ severity: 'warning', path: 'test', message: 'holds no test image' }]);
});

test('the reduced hazelnut of MVTec AD is sound, and known to be reduced', async (context) => {
  const report = await verifyDataset(folderSource(realCategory('hazelnut', context)));
  expect(report.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(report.masks).toEqual(Object.fromEntries(Object.entries(report.test).filter(([defect]) => defect !== 'good')));
  expect(report.sizes).toHaveLength(1);
});
