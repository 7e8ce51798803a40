import { ConfigError, createRng, FormatError } from '@rddpm/core';
import { describe, expect, test } from 'vitest';
import { gray, memorySource } from '../../data/test/memory-source.ts';
import { collectBatches, contaminate, loadMasks, MVTEC_AD, mvtecLayout, parseMvtec } from '../src/index.ts';

const PATHS = [
  'license.txt',
  'train/good/000.png',
  'train/good/001.png',
  'test/crack/000.png',
  'test/crack/001.png',
  'test/good/000.png',
  'ground_truth/crack/000_mask.png',
  'ground_truth/crack/001_mask.png',
];
const holding = (paths: readonly string[], name?: string) => memorySource(Object.fromEntries(paths.map((path) => [path, null])), name);
const masksOf = async (paths: readonly string[]) => {
  const source = holding(paths);
  const samples = await parseMvtec(paths);
  return Promise.all(
    samples.map(async (sample) => [
      sample.path,
      await mvtecLayout.truth(sample, source).then(
        (truth) => truth?.masks.map(({ path }) => path).join(),
        (error: Error) => error.message,
      ),
    ]),
  );
};

describe('recognises', () => {
  test('a data set of which every picture is in its place', () => {
    expect(mvtecLayout.recognises(PATHS)).toBe(1);
    expect(mvtecLayout.recognises(['train/good/000.png'])).toBe(1);
  });

  test('less surely one with pictures elsewhere', () => {
    const elsewhere = ['ground_truth/crack/000/000.png', 'ground_truth/crack/000.png', 'preview.png', 'train/good/thumbs/0.png'];
    expect(mvtecLayout.recognises([...PATHS.slice(0, 5), ...elsewhere])).toBe(0.5);
  });

  test.each([
    ['no files', []],
    ['images in a folder', ['images/1.png']],
    ['a data set one level down', PATHS.map((path) => `bottle/${path}`)],
    ['normal images called otherwise', ['train/ok/000.png', 'test/ko/000.png']],
    ['train/good without pictures', ['train/good/notes.txt', 'test/good/000.png']],
  ])('not %s', (_, paths) => {
    expect(mvtecLayout.recognises(paths)).toBe(0);
  });
});

describe('read', () => {
  test('gives the samples of parseMvtec, and no problem where there is none', async () => {
    expect(await mvtecLayout.read(holding(PATHS))).toEqual({ samples: await parseMvtec(PATHS), problems: [] });
  });

  test('reports masks without an image, no test images, and numbers unlike the published ones', async () => {
    const { samples, problems } = await mvtecLayout.read(holding(['train/good/0.png', 'ground_truth/crack/6_mask.png'], 'toothbrush'));
    expect(samples.map(({ path }) => path)).toEqual(['train/good/0.png']);
    expect(problems).toEqual([
      {
        severity: 'error',
        path: 'ground_truth/crack/6_mask.png',
        message: 'is a mask without an image; test/crack/6.png is missing',
      },
      { severity: 'warning', path: 'test', message: 'there are no test images' },
      { severity: 'warning', path: 'train/good', message: "1 images; MVTec AD's toothbrush has 60" },
      { severity: 'warning', path: 'test/good', message: "0 images; MVTec AD's toothbrush has 12" },
      { severity: 'warning', path: 'test/defective', message: "0 images; MVTec AD's toothbrush has 30" },
    ]);
  });

  test('refuses another layout as parseMvtec does', async () => {
    await expect(mvtecLayout.read(holding(['images/1.png']))).rejects.toThrow(FormatError);
    await expect(mvtecLayout.read(holding(['images/1.png']))).rejects.toThrow(/no train\/good image among 1 files in images/);
  });
});

describe('truth', () => {
  test('is the mask of the same path for a defect, and none for good images', async () => {
    expect(await masksOf(PATHS)).toEqual([
      ['train/good/000.png', undefined],
      ['train/good/001.png', undefined],
      ['test/crack/000.png', 'ground_truth/crack/000_mask.png'],
      ['test/crack/001.png', 'ground_truth/crack/001_mask.png'],
      ['test/good/000.png', undefined],
    ]);
  });

  test('pairs by name: a missing mask is named, and leaves the other pairs alone', async () => {
    const paths = PATHS.filter((path) => path !== 'ground_truth/crack/000_mask.png');
    expect((await masksOf(paths)).slice(2, 4)).toEqual([
      ['test/crack/000.png', 'test/crack/000.png has no mask; ground_truth/crack/000_mask.png is missing'],
      ['test/crack/001.png', 'ground_truth/crack/001_mask.png'],
    ]);
    const [, , crack] = await parseMvtec(paths);
    await expect(mvtecLayout.truth(crack!, holding(paths))).rejects.toThrow(FormatError);
  });

  test('tells equal numbers of two defects apart, and a training image from a test image of its name', async () => {
    const more = ['test/hole/000.png', 'ground_truth/hole/000_mask.png', 'train/hole/000.png'];
    const found = new Map((await masksOf([...PATHS, ...more])) as [string, string | undefined][]);
    expect(found.get('test/hole/000.png')).toBe('ground_truth/hole/000_mask.png');
    expect(found.get('train/hole/000.png')).toBe('train/hole/000.png has no mask; ground_truth/hole/000_mask.png is missing');
  });

  test('may have another ending than its image', async () => {
    const paths = ['train/good/a.JPG', 'test/dent/a.BMP', 'ground_truth/dent/a_mask.PNG'];
    expect(await masksOf(paths)).toEqual([
      ['train/good/a.JPG', undefined],
      ['test/dent/a.BMP', 'ground_truth/dent/a_mask.PNG'],
    ]);
  });

  test('stays with a test image that was put among the training images', async () => {
    const { samples } = contaminate(await parseMvtec(PATHS), { ratio: 0.5, rng: createRng(0) });
    const contaminant = samples.find((sample) => sample.contaminant)!;
    expect(contaminant.split).toBe('train');
    expect(await mvtecLayout.truth(contaminant, holding(PATHS))).toEqual({ masks: [{ path: `ground_truth/${contaminant.id}_mask.png` }] });
  });

  test('lists the files of a source once, and again after a failure', async () => {
    const source = holding(PATHS);
    let listings = 0;
    const list = async () => {
      listings++;
      if (listings === 1) throw new Error('not now');
      return PATHS;
    };
    const samples = (await parseMvtec(PATHS)).filter(({ anomalous }) => anomalous);
    const counted = { ...source, list };
    await expect(mvtecLayout.truth(samples[0]!, counted)).rejects.toThrow('not now');
    for (const sample of samples) await mvtecLayout.truth(sample, counted);
    expect(listings).toBe(2);
  });
});

test('published are the categories of MVTec AD', () => {
  expect(mvtecLayout.published).toBe(MVTEC_AD);
});

describe('loadMasks', () => {
  const files = Object.fromEntries(PATHS.map((path) => [path, path.startsWith('ground_truth') ? gray(2, 1, [0, 255]) : gray(2, 1, 9)]));

  test('finds the masks where the layout has them, unless it is told another truth', async () => {
    const samples = (await parseMvtec(PATHS)).slice(1, 3);
    const source = memorySource(files);
    expect([...(await collectBatches(loadMasks(source, samples))).data]).toEqual([0, 0, 0, 1]);
    expect([...(await collectBatches(loadMasks(source, samples, { size: 1 }))).shape]).toEqual([2, 1, 1]);
    const unmarked = { truth: async () => ({ masks: [] }) };
    expect([...(await collectBatches(loadMasks(source, samples, unmarked))).data]).toEqual([0, 0, 0, 0]);
  });

  test('refuses a defective image without a mask, saying which file is missing', async () => {
    const { 'ground_truth/crack/000_mask.png': _, ...without } = files;
    const loading = collectBatches(loadMasks(memorySource(without), await parseMvtec(PATHS)));
    await expect(loading).rejects.toThrow('loadMasks: test/crack/000.png has no mask; ground_truth/crack/000_mask.png is missing');
  });

  test('checks its options at once', () => {
    expect(() => loadMasks(memorySource(files), [], { size: 0 })).toThrow(ConfigError);
  });
});
