import { expect, test } from 'vitest';
import { type Sample, verifySamples } from '../src/index.ts';
import { gray, memorySource } from './memory-source.ts';

const image = gray(4, 4, 90);
const spot = gray(4, 4, [255, 255, ...new Array<number>(14).fill(0)]);
const good = (split: Sample['split'], stem: string): Sample => ({ path: `${split}/good/${stem}.png`, split, defect: 'good', stem });
const withoutMask = (stem: string): Sample => ({ path: `test/crack/${stem}.png`, split: 'test', defect: 'crack', stem });
const crack = (stem: string): Sample => ({ ...withoutMask(stem), maskPath: `ground_truth/crack/${stem}_mask.png` });
const sound = {
  'train/good/0.png': image,
  'train/good/1.png': image,
  'test/good/0.png': gray(6, 4, 3),
  'test/crack/0.png': image,
  'ground_truth/crack/0_mask.png': spot,
};

test('sound samples are counted, without problems', async () => {
  const samples = [good('train', '0'), good('train', '1'), crack('0'), good('test', '0')];
  expect(await verifySamples(memorySource(sound, 'bolts'), samples)).toEqual({
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
  const samples = [good('train', '0'), good('train', '2'), withoutMask('1'), crack('2'), crack('3'), crack('4'), crack('5'), crack('6')];
  const { problems } = await verifySamples(source, samples);
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
  expect(await verifySamples(memorySource({}, 'nothing'), [])).toEqual({
    name: 'nothing',
    train: {},
    test: {},
    masks: {},
    sizes: [],
    problems: [],
  });
});
