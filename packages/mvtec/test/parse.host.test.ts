import { FormatError } from '@rddpm/core';
import { folderSource } from '@rddpm/data/node';
import { describe, expect, test } from 'vitest';
import { parseMvtec } from '../src/index.ts';
import { realCategory } from './real-data.ts';

const PATHS = [
  'license.txt',
  'test/crack/001.png',
  'ground_truth/crack/000_mask.png',
  'test/good/000.png',
  'train/good/001.png',
  'test/crack/000.png',
  'train/good/000.png',
  'ground_truth/crack/001_mask.png',
];

describe('a data set in MVTec AD layout', () => {
  test('is training images first, then tests by defect and name, each defect with its mask', async () => {
    expect(await parseMvtec(PATHS)).toEqual([
      { path: 'train/good/000.png', split: 'train', defect: 'good', stem: '000' },
      { path: 'train/good/001.png', split: 'train', defect: 'good', stem: '001' },
      { path: 'test/crack/000.png', split: 'test', defect: 'crack', stem: '000', maskPath: 'ground_truth/crack/000_mask.png' },
      { path: 'test/crack/001.png', split: 'test', defect: 'crack', stem: '001', maskPath: 'ground_truth/crack/001_mask.png' },
      { path: 'test/good/000.png', split: 'test', defect: 'good', stem: '000' },
    ]);
  });

  test('is the same in any order of its files, and from the promise of them', async () => {
    expect(await parseMvtec(Promise.resolve([...PATHS].reverse()))).toEqual(await parseMvtec(PATHS));
  });

  test('pairs by name: a missing mask leaves the other pairs alone', async () => {
    const samples = await parseMvtec(PATHS.filter((path) => path !== 'ground_truth/crack/000_mask.png'));
    const masks = samples.filter(({ defect }) => defect === 'crack').map(({ maskPath }) => maskPath);
    expect(masks).toEqual([undefined, 'ground_truth/crack/001_mask.png']);
  });

  test('tells equal numbers of two defects apart', async () => {
    const samples = await parseMvtec([...PATHS, 'test/hole/000.png', 'ground_truth/hole/000_mask.png']);
    expect(samples.find(({ path }) => path === 'test/hole/000.png')?.maskPath).toBe('ground_truth/hole/000_mask.png');
  });

  test('may hold pictures of other formats, upper case endings, hidden and deeper files', async () => {
    const samples = await parseMvtec([
      'train/good/a.JPG',
      'train/good/b.tif',
      'train/good/._b.tif',
      'train/good/.DS_Store',
      'train/good/thumbs/b.png',
      'train/good/notes.md',
      'test/dent/a.BMP',
      'ground_truth/dent/a_mask.PNG',
    ]);
    expect(samples.map(({ path, maskPath }) => [path, maskPath])).toEqual([
      ['train/good/a.JPG', undefined],
      ['train/good/b.tif', undefined],
      ['test/dent/a.BMP', 'ground_truth/dent/a_mask.PNG'],
    ]);
  });
});

describe('a list that is not such a data set throws FormatError', () => {
  const refuses = (paths: string[], message: RegExp) => async () => {
    await expect(parseMvtec(paths)).rejects.toThrow(FormatError);
    await expect(parseMvtec(paths)).rejects.toThrow(message);
  };

  test(
    'saying where files were found and where they belong',
    refuses(['images/1.png', 'images/2.png'], /2 files in images; .*train\/good\/\*\.png/),
  );
  test('when it is empty', refuses([], /among 0 files/));
  test(
    'naming the data sets one level down',
    refuses(['bottle/train/good/0.png', 'hazelnut/train/good/0.png'], /data sets within: bottle, hazelnut\. Name one of them/),
  );
  test(
    'when a mask has no image',
    refuses([...PATHS, 'ground_truth/crack/007_mask.png'], /007_mask\.png is a mask without an image; test\/crack\/007\.png is missing/),
  );
  test('when a picture among the masks is not called a mask', refuses([...PATHS, 'ground_truth/crack/000.png'], /called <stem>_mask\.png/));
  test(
    'when two images differ by their ending only',
    refuses([...PATHS, 'test/crack/000.jpg'], /test\/crack\/000\.png and test\/crack\/000\.jpg are both called test\/crack\/000/),
  );
  test('when an image has two masks', refuses([...PATHS, 'ground_truth/crack/000_mask.bmp'], /are both masks of test\/crack\/000/));
});

test('MVTec AD bottle has 209 normal, 20 good and 63 defective images, each of these with its own mask', async (context) => {
  const samples = await parseMvtec(folderSource(realCategory('bottle', context)).list());
  const count = (split: string, good: boolean) =>
    samples.filter((sample) => sample.split === split && (sample.defect === 'good') === good).length;
  expect([count('train', true), count('train', false), count('test', true), count('test', false)]).toEqual([209, 0, 20, 63]);
  for (const { defect, stem, maskPath } of samples) {
    expect(maskPath).toBe(defect === 'good' ? undefined : `ground_truth/${defect}/${stem}_mask.png`);
  }
});
