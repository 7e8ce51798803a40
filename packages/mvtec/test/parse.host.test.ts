import { FormatError } from '@rddpm/core';
import { folderSource } from '@rddpm/data/node';
import { describe, expect, test } from 'vitest';
import { mvtecLayout, parseMvtec } from '../src/index.ts';
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
  test('is training images first, then tests by defect and name', async () => {
    expect(await parseMvtec(PATHS)).toEqual([
      { id: 'good/000', path: 'train/good/000.png', split: 'train', anomalous: false, kind: 'good' },
      { id: 'good/001', path: 'train/good/001.png', split: 'train', anomalous: false, kind: 'good' },
      { id: 'crack/000', path: 'test/crack/000.png', split: 'test', anomalous: true, kind: 'crack' },
      { id: 'crack/001', path: 'test/crack/001.png', split: 'test', anomalous: true, kind: 'crack' },
      { id: 'good/000', path: 'test/good/000.png', split: 'test', anomalous: false, kind: 'good' },
    ]);
  });

  test('is the same in any order of its files, and from the promise of them', async () => {
    expect(await parseMvtec(Promise.resolve([...PATHS].reverse()))).toEqual(await parseMvtec(PATHS));
  });

  test('may hold pictures of other formats, upper case endings, hidden files, and folders within those of the kinds', async () => {
    const paths = [
      'train/good/a.JPG',
      'train/good/b.tif',
      'train/good/c.webp',
      'train/good/._b.tif',
      'train/good/.DS_Store',
      'train/.ipynb_checkpoints/000-checkpoint.png',
      'test/.ipynb_checkpoints/000-checkpoint.png',
      'train/good/cam1/b.png',
      'train/good/notes.md',
      'test/dent/a.BMP',
      'ground_truth/dent/a_mask.PNG',
    ];
    expect((await parseMvtec(paths)).map(({ id, path }) => [id, path])).toEqual([
      ['good/a', 'train/good/a.JPG'],
      ['good/b', 'train/good/b.tif'],
      ['good/c', 'train/good/c.webp'],
      ['good/cam1/b', 'train/good/cam1/b.png'],
      ['dent/a', 'test/dent/a.BMP'],
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
    'when it has no train/good image, though the layout does without',
    refuses(['test/crack/0.png'], /no train\/good image among 1 files/),
  );
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
    refuses([...PATHS, 'test/crack/000.jpg'], /test\/crack\/000\.\w+ and test\/crack\/000\.\w+ are both called test\/crack\/000/),
  );
  test('when an image has two masks', refuses([...PATHS, 'ground_truth/crack/000_mask.bmp'], /are both masks of test\/crack\/000/));
});

test('MVTec AD bottle has 209 normal, 20 good and 63 defective images, each of these with its own mask', async (context) => {
  const source = folderSource(realCategory('bottle', context));
  const samples = await parseMvtec(source.list());
  const count = (split: string, good: boolean) => samples.filter((sample) => sample.split === split && !sample.anomalous === good).length;
  expect([count('train', true), count('train', false), count('test', true), count('test', false)]).toEqual([209, 0, 20, 63]);
  for (const sample of samples) {
    const mask = { masks: [{ path: `ground_truth/${sample.id}_mask.png` }] };
    expect(await mvtecLayout.truth(sample, source)).toEqual(sample.kind === 'good' ? undefined : mask);
  }
});
