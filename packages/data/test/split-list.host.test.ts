import { createRng, FormatError } from '@rddpm/core';
import { describe, expect, test } from 'vitest';
import { applySplitList, contaminate, readSplitList, type Sample } from '../src/index.ts';

const images = (folder: string, count: number, rest: Partial<Sample> = {}): Sample[] =>
  Array.from({ length: count }, (_, i) => ({ id: `${folder}/${i}`, path: `${folder}/${i}.png`, kind: folder.split('/').at(-1)!, ...rest }));
const mvtec = [
  ...images('train/good', 3, { split: 'train', anomalous: false }),
  ...images('test/cut', 2, { split: 'test', anomalous: true }),
  ...images('test/good', 2, { split: 'test', anomalous: false }),
];
const apply = (text: string, samples: readonly Sample[] = mvtec, object?: string) =>
  applySplitList(samples, readSplitList(text, 'list.csv'), object === undefined ? {} : { object });
const splits = (samples: readonly Sample[]) =>
  samples.map(({ path, split, contaminant }) => `${path} ${split}${contaminant ? ' contaminant' : ''}`);

describe('a list is read', () => {
  test('whatever its columns are called, their order and their case, the ending of lines, and quotes', () => {
    const lines = [
      { line: 2, path: 'a,b.png', split: 'train', anomalous: false },
      { line: 3, path: 'c.png', split: 'test', anomalous: true },
      { line: 4, path: 'd.png', split: null },
      { line: 6, path: 'e.png', split: 'validation' },
    ];
    const text = '\uFEFFLabel;Split;Image\r\ngood;TRAIN;"a,b.png"\r\nAnomaly;Test;c.png\r\n;;d.png\r\n\r\n;val;e.png\r\n';
    expect(readSplitList(text, 'list.csv')).toEqual({ lines, isTrainingOnly: false });
    expect(readSplitList('path\na.png\nb.png', 'list.csv')).toEqual({
      lines: [
        { line: 2, path: 'a.png', split: 'train' },
        { line: 3, path: 'b.png', split: 'train' },
      ],
      isTrainingOnly: true,
    });
  });

  test('by the columns and words that a list of a data set has', () => {
    const { lines } = readSplitList('file\tanomalous\tsplit\na.png\tdefect_free\tval\nb.png\ttrue\ttesting\n', 'list.csv');
    expect(lines).toEqual([
      { line: 2, path: 'a.png', split: 'validation', anomalous: false },
      { line: 3, path: 'b.png', split: 'test', anomalous: true },
    ]);
    expect(() => readSplitList('path,split\na.png\n', 'list.csv')).toThrow(/line 2: there are 1 fields; the header has 2/);
    expect(() => readSplitList('image,filename\na.png,b.png\n', 'list.csv')).toThrow(/both are the path; there may be one/);
  });

  test('all that is wrong is said together', () => {
    expect(() => readSplitList('path,split,label\na.png,trian,good\n,train,good\nb.png,test,constructor\n', 'list.csv')).toThrow(
      /^list\.csv is not a split list:\n {2}line 2: split is "trian"; .*\n {2}line 3 has no path\n {2}line 4: label is "constructor"; it must be 0 or 1, normal or anomalous/,
    );
    expect(() => readSplitList('name,split\na,train', 'list.csv')).toThrow(
      /list\.csv has no column of paths, which is called one of path, image, filename, file; its columns are "name", "split"/,
    );
    expect(() => readSplitList('path,split\n', 'list.csv')).toThrow(FormatError);
    expect(() => readSplitList('', 'list.csv')).toThrow(FormatError);
    expect(() => readSplitList('path,split\n"a.png,train\n', 'list.csv')).toThrow(/quote/i);
  });
});

describe('published lists', () => {
  test("VisA's, of all its objects: one object's lines count", () => {
    const candle = [...images('Data/Images/Normal', 2), ...images('Data/Images/Anomaly', 1)];
    const text = [
      'object,split,label,image,mask',
      'candle,train,normal,candle/Data/Images/Normal/0.png,',
      'candle,test,normal,candle/Data/Images/Normal/1.png,',
      'candle,test,anomaly,candle/Data/Images/Anomaly/0.png,candle/Data/Masks/Anomaly/0.png',
      'capsules,train,normal,capsules/Data/Images/Normal/0.png,',
    ].join('\n');
    expect(apply(text, candle, 'candle').map(({ split, anomalous }) => ({ split, anomalous }))).toEqual([
      { split: 'train', anomalous: false },
      { split: 'test', anomalous: false },
      { split: 'test', anomalous: true },
    ]);
  });

  test("MeDS's, of training images alone: defects are in both halves, normal ones that it doesn't name are out", () => {
    const text =
      'filename,clsname\nbottle/train/good/2.png,bottle\nbottle/test/cut/1.png,bottle\nbottle/train/good/0.png,bottle\ncable/train/good/0.png,cable\n';
    const samples = apply(text, mvtec, 'bottle');
    expect(splits(samples)).toEqual([
      'train/good/0.png train',
      'train/good/1.png undefined',
      'train/good/2.png train',
      'test/cut/0.png test',
      'test/cut/1.png test',
      'test/good/0.png test',
      'test/good/1.png test',
      'test/cut/1.png train contaminant',
    ]);
    const { manifest } = contaminate(samples, { ratio: 'natural', split: { list: 'nr10.csv' }, rng: createRng(0) });
    expect(manifest).toMatchObject({
      contaminants: 1,
      normals: 2,
      protocol: { ratio: 'natural', overlap: true, split: { list: 'nr10.csv' } },
    });
    expect(manifest.samples.find(({ split }) => split === null)).toMatchObject({
      path: 'train/good/1.png',
      why: 'left out: the split list does not use it',
    });
  });
});

test('a whole list decides: in either half, in both, in none; what it leaves out is not drawn', () => {
  const all = (cut: string) =>
    `path,split\ntrain/good/0.png,train\ntrain/good/1.png,test\ntrain/good/2.png,\ntest/cut/0.png,train\n${cut}test/good/0.png,validation\ntest/good/1.png,train\n`;
  const left = apply(all('test/cut/1.png,\n'));
  expect(splits(left)).toEqual([
    'train/good/0.png train',
    'train/good/1.png test',
    'train/good/2.png undefined',
    'test/cut/0.png train contaminant',
    'test/cut/1.png undefined',
    'test/good/0.png validation',
    'test/good/1.png train',
  ]);
  const repeated = contaminate(left, { ratio: 1, shortage: 'cap', split: { list: 'a' }, rng: createRng(0) });
  expect(repeated.manifest.contaminants).toBe(1);
  const both = splits(apply(all('test/cut/1.png,test\ntest/cut/1.png,train\n')));
  expect(both[4]).toBe('test/cut/1.png test');
  expect(both.at(-1)).toBe('test/cut/1.png train contaminant');
});

describe('paths', () => {
  const listed = (path: string, samples: readonly Sample[]) => splits(apply(`path,split\n${path},test`, samples));
  const [one] = images('a/b', 1);

  test.each(['x/a/b/0.png', 'b/0.png', '0.png', './a/b/0.png', 'C:\\set\\a\\b\\0.png'])('%s is a/b/0.png', (path) => {
    expect(listed(path, [one!])).toEqual(['a/b/0.png test']);
  });

  test('of several that fit the longest is meant', () => {
    expect(apply('path,split\nset/a/b/0.png,test\nset/b/0.png,train', [one!, ...images('b', 1)]).map(({ split }) => split)).toEqual([
      'test',
      'train',
    ]);
  });

  test('both Unicode forms of a name are one', () => {
    expect(listed('Käse.png'.normalize('NFD'), [{ ...one!, path: 'Käse.png'.normalize('NFC') }])).toEqual([
      `${'Käse.png'.normalize('NFC')} test`,
    ]);
  });

  test('a name alone is no match where the folders differ, and several are none', () => {
    expect(() => listed('c/0.png', [one!])).toThrow(/line 2: c\/0\.png is not in the data set/);
    expect(() => listed('0.png', [one!, ...images('c', 1)])).toThrow(
      /line 2: 0\.png may be a\/b\/0\.png or c\/0\.png; write more of its path/,
    );
  });
});

test('all lines and images that do not fit are named together', () => {
  const text = [
    'path,split,label',
    'train/good/0.png,train,anomaly',
    'train/good/9.png,train,',
    'train/good/1.png,train,',
    'train/good/1.png,test,',
    'test/cut/0.png,test,',
    'test/cut/0.png,test,',
    'test/cut/1.png,test,',
    'test/good/0.png,test,',
    'test/good/1.png,test,',
  ].join('\n');
  expect(() => apply(text)).toThrow(
    [
      'the split list and the data set do not fit each other:',
      'line 3: train/good/9.png is not in the data set',
      'train/good/0.png is defective in the list (line 2), but good in the data set',
      'train/good/1.png is for training and for tests (lines 4 and 5); only a defect may be both',
      'train/good/2.png is not in the list',
      'test/cut/0.png is listed in lines 6 and 7; one is enough',
    ].join('\n  '),
  );
});

test('images that would have one name in a split are named', () => {
  const same = [...images('a', 1), ...images('b', 1)].map((sample) => ({ ...sample, id: '0' }));
  expect(() => apply('path\na/0.png\nb/0.png', same)).toThrow(/a\/0\.png and b\/0\.png are both called train\/0/);
});
