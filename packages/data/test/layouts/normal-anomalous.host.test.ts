import { FormatError } from '@rddpm/core';
import { describe, expect, test } from 'vitest';
import { folderLabel, normalAnomalousLayout } from '../../src/index.ts';
import { memorySource } from '../memory-source.ts';

const holding = (paths: readonly string[]) => memorySource(Object.fromEntries(paths.map((path) => [path, null])), 'parts');
/** What each image is, and its mask, or why there is none. */
async function read(...paths: string[]) {
  const source = holding(paths);
  const { samples, problems, leftOut = [] } = await normalAnomalousLayout.read(source);
  const masks = samples.map(async (sample) => {
    const truth = await normalAnomalousLayout.truth(sample, source).catch((error: Error) => error.message);
    return [sample.path, typeof truth === 'object' ? truth.masks.map(({ path }) => path).join() : truth] as const;
  });
  return {
    samples,
    problems: problems.map(({ path, message }) => `${path} ${message}`),
    leftOut: leftOut.map(({ reason, paths }) => [reason, ...paths]),
    masks: Object.fromEntries(await Promise.all(masks)),
  };
}

describe('images', () => {
  test('are normal or anomalous by their folder; folders within are kinds of defects; there is no split', async () => {
    const { samples, problems, leftOut } = await read(
      'OK/cam/1.png',
      'OK/1.png',
      'ng/hole/a/2.png',
      'ng/3.tif',
      'other/4.png',
      '5.png',
      'a.txt',
    );
    expect(samples).toEqual([
      { id: 'anomalous/3', path: 'ng/3.tif', anomalous: true, kind: 'anomalous' },
      { id: 'good/1', path: 'OK/1.png', anomalous: false, kind: 'good' },
      { id: 'good/cam/1', path: 'OK/cam/1.png', anomalous: false, kind: 'good' },
      { id: 'hole/a/2', path: 'ng/hole/a/2.png', anomalous: true, kind: 'hole' },
    ]);
    expect(problems).toEqual([]);
    expect(leftOut).toEqual([
      ['no pictures by their endings (.txt 1)', 'a.txt'],
      ['not in a folder of normal images, of anomalous ones, or of masks', 'other/4.png', '5.png'],
    ]);
  });

  test('below train and test have that split', async () => {
    const { samples } = await read('train/ok/1.png', 'test/ok/1.png', 'test/ko/2.png');
    expect(samples).toEqual([
      { id: 'good/1', path: 'train/ok/1.png', split: 'train', anomalous: false, kind: 'good' },
      { id: 'anomalous/2', path: 'test/ko/2.png', split: 'test', anomalous: true, kind: 'anomalous' },
      { id: 'good/1', path: 'test/ok/1.png', split: 'test', anomalous: false, kind: 'good' },
    ]);
  });

  test('below words for these, and for validation, as well', async () => {
    const { samples } = await normalAnomalousLayout.read(holding(['Testing/ok/1.png', 'training/ok/1.png', 'val/ok/1.png']));
    expect(samples.map(({ path, split }) => [path, split])).toEqual([
      ['training/ok/1.png', 'train'],
      ['val/ok/1.png', 'validation'],
      ['Testing/ok/1.png', 'test'],
    ]);
  });

  test('of one name in two folders are an error', async () => {
    const { problems } = await read('good/1.png', 'bad/1.png', 'ng/1.png');
    expect(problems).toEqual(['bad/1.png and ng/1.png are both called anomalous/1; each needs a name of its own']);
  });
});

describe('the mask of an anomalous image', () => {
  test.each([
    ['masks/1.png'],
    ['mask/1_mask.bmp'],
    ['labels/1_label.png'],
    ['Ground_Truth/1-GT.tif'],
    ['masks/bad/1.png'],
    ['masks/bad/1_mask.webp'],
  ])('may be %s', async (mask) => {
    const { masks, problems } = await read('good/1.png', 'bad/1.jpg', mask);
    expect(masks).toEqual({ 'good/1.png': undefined, 'bad/1.jpg': mask });
    expect(problems).toEqual([]);
  });

  test.each([['ground_truth/ko/hole/1.png'], ['ground_truth/test/ko/hole/1.png'], ['ground_truth/hole/1_mask.png']])(
    'may be %s of one in test/ko/hole',
    async (mask) => {
      const { masks } = await read('train/ok/1.png', 'test/ko/hole/1.bmp', mask);
      expect(masks['test/ko/hole/1.bmp']).toBe(mask);
    },
  );

  test('is found though its folder is written in another form of Unicode', async () => {
    const { masks } = await read('good/1.png', 'bad/fu\u0308hler/1.png', 'masks/f\u00fchler/1.png');
    expect(masks['bad/fu\u0308hler/1.png']).toBe('masks/f\u00fchler/1.png');
  });

  test('is needed where another has one, but not of images to train on', async () => {
    const { masks } = await read('test/good/0.png', 'test/ok/1.png', 'test/ko/2.png', 'test/ko/3.png', 'train/ko/4.png', 'masks/2.png');
    expect(masks).toMatchObject({
      'test/ko/2.png': 'masks/2.png',
      'test/ko/3.png': 'test/ko/3.png has no mask; none of the masks has its name',
      'train/ko/4.png': undefined,
    });
    expect((await read('good/1.png', 'bad/2.png')).masks).toEqual({ 'good/1.png': undefined, 'bad/2.png': undefined });
  });

  test('may be one only, and of one image; masks of normal images are left out', async () => {
    const { problems, masks, leftOut } = await read(
      ...['good/1.png', 'bad/2.png', 'bad/3.png', 'ng/3.png', 'masks/9.png', 'masks/good/1.png'],
      ...['masks/2.png', 'masks/2_mask.png', 'masks/3.png'],
    );
    expect(problems.slice(0, 3)).toEqual([
      'masks/9.png is a mask without an image',
      'masks/2_mask.png and masks/2.png are both masks of bad/2.png; there may be one',
      'masks/3.png may be the mask of bad/3.png or of ng/3.png; put it in folders called as theirs',
    ]);
    expect(masks['bad/2.png']).toMatch(/^bad\/2\.png has two masks: masks\/2\.png and masks\/2_mask\.png/);
    expect(leftOut).toEqual([['masks of normal images', 'masks/good/1.png']]);
  });
});

describe('recognises', () => {
  test.each([
    [0.99, ['good/1.png', 'bad/1.png', 'masks/1.png', 'notes.txt']],
    [0.66, ['normal/1.png', 'anomalous/1.png', 'preview.png']],
    [0.99, ['train/ok/1.png', 'test/ok/1.png', 'test/ko/1.png', 'ground_truth/ko/1.png']],
    [0.99, ['train/ok/1.png']],
    [0, ['good/1.png', 'scratch/1.png']],
    [0, ['bad/1.png']],
    [0, ['train/good/1.png', 'test/ok/1.png']],
    [0, ['test/good/1.png', 'test/ok/1.png']],
    [0, []],
  ])('%d of %j', (score, paths) => {
    expect(normalAnomalousLayout.recognises(paths)).toBeCloseTo(score, 10);
  });
});

test('refuses a data set without such folders', async () => {
  await expect(read('a/1.png')).rejects.toThrow(FormatError);
  await expect(read('a/1.png')).rejects.toThrow('normal-anomalous: no folder of normal or of anomalous images among 1 files of parts');
});

test('folderLabel takes words in any case, with any dash', () => {
  expect(['Defect_Free', 'defect free', 'OK', ' good'].map(folderLabel)).toEqual(Array(4).fill('normal'));
  expect(['NG', 'Defects', 'not_ok', 'abnormal'].map(folderLabel)).toEqual(Array(4).fill('anomalous'));
  expect(['goods', 'scratch', ''].map(folderLabel)).toEqual([undefined, undefined, undefined]);
});
