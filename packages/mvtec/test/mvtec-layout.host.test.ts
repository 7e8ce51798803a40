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
const holding = (paths: readonly string[], name?: string) =>
  memorySource(Object.fromEntries(paths.map((path) => [path, path === 'synthetic.json' ? '{}' : null])), name);
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
    expect(mvtecLayout.recognises(PATHS)).toBe(0.99);
    expect(mvtecLayout.recognises(['train/good/000.png', 'train/good/cam1/000.webp', 'train/.trash/0.png'])).toBe(0.99);
  });

  test.each([
    ['train', PATHS.filter((path) => !path.startsWith('train'))],
    ['train and good tests', ['test/crack/000.png', 'ground_truth/crack/000_mask.png']],
    ['train, defects and masks', ['test/good/000.png']],
  ])('one without %s', (_, paths) => {
    expect(mvtecLayout.recognises(paths)).toBe(0.99);
  });

  test('less surely one with pictures elsewhere', () => {
    const elsewhere = ['ground_truth/crack/000/000.png', 'ground_truth/crack/000.png', 'preview.png', 'validation/good/0.png'];
    expect(mvtecLayout.recognises([...PATHS.slice(0, 5), ...elsewhere])).toBe(0.495);
  });

  test.each([
    ['no files', []],
    ['images in a folder', ['images/1.png']],
    ['a data set one level down', PATHS.map((path) => `bottle/${path}`)],
    ['normal images called otherwise', ['train/ok/000.png', 'test/ko/000.png']],
    ['normal tests called otherwise', ['test/ok/000.png', 'test/ko/000.png']],
    ['train without good images', ['train/crack/000.png', 'test/good/000.png']],
    ['train/good without pictures', ['train/good/notes.txt', 'test/notes.txt']],
  ])('not %s', (_, paths) => {
    expect(mvtecLayout.recognises(paths)).toBe(0);
  });
});

describe('read', () => {
  test('gives the samples of parseMvtec, and no problem where there is none', async () => {
    expect(await mvtecLayout.read(holding(PATHS))).toEqual({
      samples: await parseMvtec(PATHS),
      problems: [],
      leftOut: [{ reason: 'no pictures by their endings (.txt 1)', paths: ['license.txt'] }],
    });
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
      { severity: 'warning', path: 'test', message: 'holds no test image' },
      { severity: 'warning', path: 'train/good', message: "has 1 images; MVTec AD's toothbrush has 60" },
      { severity: 'warning', path: 'test/good', message: "has 0 images; MVTec AD's toothbrush has 12" },
      { severity: 'warning', path: 'test/defective', message: "has 0 images; MVTec AD's toothbrush has 30" },
    ]);
  });

  test('names every file that is neither an image nor a mask, with the reason', async () => {
    const elsewhere = ['validation/good/0.png', 'train/0.png', 'preview.png'];
    const hidden = ['train/.ipynb_checkpoints/000-checkpoint.png', 'test/.ipynb_checkpoints/000-checkpoint.png'];
    const { samples, problems, leftOut } = await mvtecLayout.read(holding([...PATHS.slice(1), 'synthetic.json', ...elsewhere, ...hidden]));
    expect(samples).toEqual(await parseMvtec(PATHS));
    expect(problems).toEqual([]);
    expect(leftOut).toEqual([
      { reason: 'hidden', paths: hidden },
      { reason: 'not in train/<kind>, test/<kind> or ground_truth/<kind>', paths: elsewhere },
    ]);
  });

  test('does without train, and says so', async () => {
    const { samples, problems } = await mvtecLayout.read(holding(PATHS.slice(3)));
    expect(samples.map(({ path }) => path)).toEqual(['test/crack/000.png', 'test/crack/001.png', 'test/good/000.png']);
    expect(problems).toEqual([{ severity: 'warning', path: 'train', message: 'holds no training image' }]);
  });

  test('takes defects among the training images for what they are', async () => {
    const { samples } = await mvtecLayout.read(holding([...PATHS, 'train/crack/007.png']));
    expect(samples[0]).toEqual({ id: 'crack/007', path: 'train/crack/007.png', split: 'train', anomalous: true, kind: 'crack' });
  });

  test('reports all errors together', async () => {
    const more = ['test/crack/000.jpg', 'ground_truth/crack/001_MASK.bmp', 'ground_truth/good/000_mask.png', 'ground_truth/crack/2.png'];
    const { problems, leftOut } = await mvtecLayout.read(holding([...PATHS.slice(1), ...more]));
    expect(problems.map(({ severity, path, message }) => `${severity}: ${path} ${message}`)).toEqual([
      'error: test/crack/000.png and test/crack/000.jpg are both called test/crack/000; names must differ in more than their ending',
      'error: ground_truth/crack/001_mask.png and ground_truth/crack/001_MASK.bmp are both masks of test/crack/001; there may be one',
      'error: ground_truth/crack/2.png is no mask of any image: masks are called <stem>_mask.png',
    ]);
    expect(leftOut).toEqual([{ reason: 'masks of normal images', paths: ['ground_truth/good/000_mask.png'] }]);
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

  test('of nested folders lies in the same ones, whatever the case of its suffix and the form of Unicode', async () => {
    const paths = ['train/good/0.png', 'test/fu\u0308hler/cam1/000.webp', 'ground_truth/f\u00fchler/cam1/000_Mask.png'];
    expect((await mvtecLayout.read(holding(paths))).samples[1]?.id).toBe('f\u00fchler/cam1/000');
    expect((await masksOf(paths))[1]).toEqual([paths[1], paths[2]]);
  });

  test('is unknown of every defect where there are no masks at all', async () => {
    const paths = [...PATHS.filter((path) => !path.startsWith('ground_truth')), 'ground_truth/readme.txt'];
    expect(new Set((await masksOf(paths)).map(([, mask]) => mask))).toEqual(new Set([undefined]));
  });

  test('may not be two', async () => {
    const source = holding([...PATHS, 'ground_truth/crack/000_mask.bmp']);
    const crack = { id: 'crack/000', path: 'test/crack/000.png', anomalous: true, kind: 'crack' };
    await expect(mvtecLayout.truth(crack, source)).rejects.toThrow(/^test\/crack\/000\.png has two masks/);
  });

  test('is that of the path, whatever a repeated image is called', async () => {
    const repeated = { id: 'crack/000~2', path: 'test/crack/000.png', split: 'train', anomalous: true, kind: 'crack' } as const;
    expect(await mvtecLayout.truth(repeated, holding(PATHS))).toEqual({ masks: [{ path: 'ground_truth/crack/000_mask.png' }] });
  });

  test('tells equal numbers of two defects apart, and a training image, which nobody has marked, from a test image of its name', async () => {
    const more = ['test/hole/000.png', 'ground_truth/hole/000_mask.png', 'train/hole/000.png'];
    const found = new Map((await masksOf([...PATHS, ...more])) as [string, string | undefined][]);
    expect(found.get('test/hole/000.png')).toBe('ground_truth/hole/000_mask.png');
    expect(found.has('train/hole/000.png')).toBe(true);
    expect(found.get('train/hole/000.png')).toBeUndefined();
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

test('the published counts add up to those of the paper: 3,629 training and 1,725 test images, 73 kinds of defects', () => {
  const categories = Object.values(MVTEC_AD);
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  expect(categories).toHaveLength(15);
  expect(sum(categories.map(({ train }) => train))).toBe(3629);
  expect(sum(categories.flatMap(({ good, defects }) => [good, ...Object.values(defects)]))).toBe(1725);
  expect(categories.flatMap(({ defects }) => Object.keys(defects))).toHaveLength(73);
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

describe('severity', () => {
  const drawn = { 'train/good/0.png': null, 'test/cut/0.png': null, 'test/cut/1.png': null };

  test('of a synthetic data set is what its file says', async () => {
    const source = memorySource({ ...drawn, 'synthetic.json': '{"kind":"carpet","severity":{"test/cut/0.png":12.5}}' });
    const { samples } = await mvtecLayout.read(source);
    expect(samples.map(({ path, severity }) => [path, severity])).toEqual([
      ['train/good/0.png', undefined],
      ['test/cut/0.png', 12.5],
      ['test/cut/1.png', undefined],
    ]);
  });

  test('that is no number is refused by the name of the file', async () => {
    const source = memorySource({ ...drawn, 'synthetic.json': '{"severity":{"test/cut/0.png":"bad"}}' });
    await expect(mvtecLayout.read(source)).rejects.toThrow(/synthetic\.json/);
  });
});
