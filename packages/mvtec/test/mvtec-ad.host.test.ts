/** MVTec AD itself, where this machine has it: its pictures are reduced as the loader promises. */
import { folderSource } from '@rddpm/data/node';
import { expect, test } from 'vitest';
import { collectBatches, loadImages, loadMasks, parseMvtec } from '../src/index.ts';
import { realCategory } from './real-data.ts';

test('masks of bottle stay 0 and 1 when they are reduced, and keep their share of the picture', async (context) => {
  const source = folderSource(realCategory('bottle', context));
  const samples = (await parseMvtec(source.list())).filter(({ id, anomalous }) => anomalous && Number(id.split('/')[1]) < 2);
  const full = await collectBatches(loadMasks(source, samples));
  const small = await collectBatches(loadMasks(source, samples, { size: 100 }));
  expect(full.shape).toEqual([6, 900, 900]);
  const share = (values: Uint8Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(new Set(small.data)).toEqual(new Set([0, 1]));
  // a mask's outline is some 300 of 90,000 cells long here, and each may fall to either side
  expect(Math.abs(share(small.data) - share(full.data))).toBeLessThan(0.003);
});

test('images are reduced by averaging: the mean stays', async (context) => {
  const source = folderSource(realCategory('hazelnut', context));
  const samples = (await parseMvtec(source.list())).slice(0, 2);
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const full = await collectBatches(loadImages(source, samples, { size: 256 }));
  const small = await collectBatches(loadImages(source, samples, { size: 32 }));
  expect(small.shape).toEqual([2, 32, 32, 3]);
  expect(mean(small.data)).toBeCloseTo(mean(full.data), 2);
});
