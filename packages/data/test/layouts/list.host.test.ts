import { FormatError } from '@rddpm/core';
import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, test } from 'vitest';
import { type FileSource, listLayout, listLayoutOf } from '../../src/index.ts';
import { memorySource } from '../memory-source.ts';

/** The list as the file says it, beside pictures. */
function listing(file: string, text: string | Uint8Array, ...paths: string[]): FileSource {
  const source = memorySource(Object.fromEntries([...paths, file].map((path) => [path, null])), 'parts');
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return { ...source, read: async (path) => (path === file ? bytes : source.read(path)) };
}
const csv = (text: string, ...paths: string[]) => listing('dataset.csv', text, ...paths);
const json = (value: unknown, ...paths: string[]) => listing('dataset.json', JSON.stringify(value), ...paths);
const samplesOf = async (source: FileSource) => {
  const { samples, problems } = await listLayout.read(source);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return samples;
};
const errorsOf = async (source: FileSource) => (await listLayout.read(source)).problems.map(({ message }) => message);

describe('a row', () => {
  test('says what its columns are called, in any order and case; what it leaves open is left open', async () => {
    const text = [
      '\uFEFFSplit,Path,LABEL,Kind,mask,group,severity,id',
      'train,./a/1.png,0,,,p1,,',
      '',
      'TEST,"a\\2, large.png",anomalous,hole,m/1.png; m/2.png,p2,2.5,two',
      ',b/3.png,,,,,,',
      'validation,b/4.png,good,ok,,,,',
      ',,,,,,,',
      'test,5.png,1.0,,m/1.png,,,',
    ].join('\r\n');
    const paths = ['a/1.png', 'a/2, large.png', 'b/3.png', 'b/4.png', '5.png', 'm/1.png', 'm/2.png'];
    const source = csv(text, ...paths);
    const samples = await samplesOf(source);
    expect(samples).toEqual([
      { id: 'a/1', path: 'a/1.png', split: 'train', anomalous: false, kind: 'good', group: 'p1' },
      { id: 'two', path: 'a/2, large.png', split: 'test', anomalous: true, kind: 'hole', group: 'p2', severity: 2.5 },
      { id: 'b/3', path: 'b/3.png', kind: 'b' },
      { id: 'b/4', path: 'b/4.png', split: 'validation', anomalous: false, kind: 'good' },
      { id: '5', path: '5.png', split: 'test', anomalous: true, kind: 'anomalous' },
    ]);
    const masks = await Promise.all(samples.map((sample) => listLayout.truth(sample, source)));
    expect(masks.map((truth) => truth?.masks.map(({ path }) => path))).toEqual([
      undefined,
      ['m/1.png', 'm/2.png'],
      undefined,
      undefined,
      ['m/1.png'],
    ]);
  });

  test('of JSON says the same', async () => {
    const rows = [
      { filename: 'a/1.png', anomalous: false, severity: 0, group: 7 },
      { filename: 'a/2.png', anomalous: true, defect: 'hole', mask: ['m/1.png', 'm/2.png'], id: null },
    ];
    const source = json(rows, 'a/1.png', 'a/2.png', 'm/1.png', 'm/2.png');
    const samples = await samplesOf(source);
    expect(samples).toEqual([
      { id: 'a/1', path: 'a/1.png', anomalous: false, kind: 'good', group: '7', severity: 0 },
      { id: 'a/2', path: 'a/2.png', anomalous: true, kind: 'hole' },
    ]);
    expect(await listLayout.truth(samples[1]!, source)).toEqual({ masks: [{ path: 'm/1.png' }, { path: 'm/2.png' }] });
  });

  test('without a label is normal or anomalous by its kind', async () => {
    const samples = await samplesOf(csv('image,class\n1.png,Good\n2.png,hole\n3.png,', '1.png', '2.png', '3.png'));
    expect(samples.map(({ anomalous, kind }) => [anomalous, kind])).toEqual([
      [false, 'good'],
      [true, 'hole'],
      [undefined, 'parts'],
    ]);
  });

  test('finds its files in either form of Unicode', async () => {
    const source = csv('path,label,mask\nfu\u0308/1.png,1,m/f\u00fc.png', 'f\u00fc/1.png', 'm/fu\u0308.png');
    const [sample] = await samplesOf(source);
    expect(sample).toMatchObject({ id: 'f\u00fc/1', path: 'f\u00fc/1.png' });
    expect(await listLayout.truth(sample!, source)).toEqual({ masks: [{ path: 'm/fu\u0308.png' }] });
  });

  test('comes back from CSV, whatever its path, group and number are', async () => {
    const part = fc.stringMatching(/^[\w ,"äß-]+$/).map((text) => `x${text.trim()}`);
    const row = fc.record({
      path: part.map((stem) => `${stem}.png`),
      group: part,
      severity: fc.double({ noNaN: true, noDefaultInfinity: true }),
    });
    const rows = fc.uniqueArray(row, { minLength: 1, selector: ({ path }) => path });
    await fc.assert(
      fc.asyncProperty(rows, async (wanted) => {
        const samples = await samplesOf(csv(Papa.unparse(wanted), ...wanted.map(({ path }) => path)));
        expect(samples.map(({ path, group, severity }) => ({ path, group, severity: severity! + 0 }))).toEqual(
          wanted.map(({ severity, ...rest }) => ({ ...rest, severity: severity + 0 })),
        );
      }),
    );
  });
});

test('fields are told apart by commas, semicolons or tabs; several masks of a quoted field stay together', async () => {
  const paths = ['1.png', 'm.png', 'n.png'];
  for (const separator of [',', ';', '\t']) {
    const text = [
      ['path', 'split', 'label', 'mask'],
      ['1.png', 'Testing', 'NG', '"m.png;n.png"'],
    ]
      .map((row) => row.join(separator))
      .join('\n');
    const source = csv(text, ...paths);
    const [sample] = await samplesOf(source);
    expect(sample).toMatchObject({ path: '1.png', split: 'test', anomalous: true });
    expect(await listLayout.truth(sample!, source)).toEqual({ masks: [{ path: 'm.png' }, { path: 'n.png' }] });
  }
});

describe('what is wrong with a row is said with its line and field', () => {
  test.each([
    ['path,label\n1.png,maybe', 'line 2: label is "maybe"; it must be 0 or 1, normal or anomalous; kinds of defects belong in kind'],
    ['path,label\n\n1.png,2', 'line 3: label is "2"; it must be 0 or 1, normal or anomalous; kinds of defects belong in kind'],
    ['path,split\n"1.png",dev', 'line 2: split is "dev"; it must be train, validation or test'],
    ['path,severity\n1.png,high', 'line 2: severity is "high"; it must be a number'],
    ['path,id\n1.png,../1', 'line 2: id is "../1"; it must be a name, or several with \'/\' between'],
    ['path,label\n9.png,0', 'line 2: path is "9.png"; there is no such file'],
    ['path,label\nA/1.PNG,0', 'line 2: path is "A/1.PNG"; there is no such file, but a/1.png'],
    ['path\n../1.png', 'line 2: path is "../1.png"; it must lie in the folder of the data set'],
    ['path\n/1.png', 'line 2: path is "/1.png"; it must be relative to the list\'s folder'],
    ['path\nC:\\1.png', 'line 2: path is "C:\\\\1.png"; it must be relative to the list\'s folder'],
    ['path,label\n,0', 'line 2: path is missing'],
    ['path,mask\n1.png,m.png;a/1.png', 'line 2: mask is "m.png"; there is no such file'],
    ['path,label,kind\n1.png,0,hole', 'line 2: kind is "hole", but the label says normal'],
    ['path,label,kind\n1.png,1,good', 'line 2: kind is "good", but the label says anomalous'],
    ['path,label\n1.png', 'line 2: there are 1 fields; the header has 2'],
    ['path,group\na/1.png,"two\nlines"\n1.png,x\n1.png,y', 'line 5: path is "1.png", as on line 4'],
    ['path,id\n1.png,a\na/1.png,a', 'line 3: id is "a", as on line 2'],
    ['path,id\n1.png,a\na/1.png,A', 'line 3: id is "A", as on line 2'],
  ])('%j', async (text, message) => {
    const [first] = await errorsOf(csv(text, '1.png', 'a/1.png'));
    expect(first).toBe(message);
  });

  test('each of them, and of JSON by the entry; the others are read', async () => {
    const rows = [{ path: '1.png', label: [] }, { path: 2 }, { label: 1 }, { path: '1.png', mask: [3, true] }, { path: '2.png' }];
    const { samples, problems } = await listLayout.read(json(rows, '1.png', '2.png'));
    expect(problems.map(({ path, message }) => `${path} ${message.split(';')[0]}`)).toEqual([
      'dataset.json entry 1: label is []',
      'dataset.json entry 2: path is "2"',
      'dataset.json entry 3: path is missing',
      'dataset.json entry 4: mask is [3,true]',
      'dataset.json entry 4: path is "1.png", as on entry 1',
    ]);
    expect(samples.map(({ path }) => path)).toEqual(['2.png']);
  });

  test('columns that say nothing here are a warning', async () => {
    const { samples, problems } = await listLayout.read(csv(',path,width\n0,1.png,7', '1.png'));
    expect(samples).toHaveLength(1);
    expect(problems).toEqual([
      {
        severity: 'warning',
        path: 'dataset.csv',
        message: 'has columns that say nothing here: "", "width"; known are path, split, label, kind, mask, group, severity, id',
      },
    ]);
  });
});

test('what the list does not name is left out, and masks of normal images', async () => {
  const source = csv('path,label,mask\n1.png,0,m.png', '1.png', 'm.png', '2.png', 'notes.txt', '.hidden');
  expect((await listLayout.read(source)).leftOut).toEqual([
    { reason: 'hidden', paths: ['.hidden'] },
    { reason: 'no pictures by their endings (.txt 1)', paths: ['notes.txt'] },
    { reason: 'masks of normal images', paths: ['m.png'] },
    { reason: 'not in dataset.csv', paths: ['2.png'] },
  ]);
});

test('where one image has a mask, each anomalous one must have, but for those to train on', async () => {
  const text = 'path,split,label,mask\n1.png,test,1,m.png\n2.png,test,1,\n3.png,train,1,\n4.png,test,0,';
  const source = csv(text, '1.png', '2.png', '3.png', '4.png', 'm.png');
  const [, unmarked, training, good] = await samplesOf(source);
  await expect(listLayout.truth(unmarked!, source)).rejects.toThrow(FormatError);
  await expect(listLayout.truth(unmarked!, source)).rejects.toThrow(/^2\.png has no mask; its row in dataset\.csv/);
  expect(await listLayout.truth(training!, source)).toBeUndefined();
  expect(await listLayout.truth(good!, source)).toBeUndefined();
  const none = csv('path,label\n1.png,1', '1.png');
  expect(await listLayout.truth((await samplesOf(none))[0]!, none)).toBeUndefined();
});

test('a list of any name is read when it is named, with paths relative to its folder', async () => {
  const layout = listLayoutOf('lists/parts.csv');
  const source = listing('lists/parts.csv', 'file\n1.png\n../images/2.png', 'lists/1.png', 'images/2.png');
  expect(layout.recognises(await source.list())).toBe(1);
  expect((await layout.read(source)).samples.map(({ id, path }) => [id, path])).toEqual([
    ['lists/1', 'lists/1.png'],
    ['images/2', 'images/2.png'],
  ]);
  expect(listLayout.recognises(await source.list())).toBe(0);
  await expect(listLayout.read(source)).rejects.toThrow('list: there is no dataset.csv or dataset.json among 3 files of parts');
});

describe('throws FormatError', () => {
  test.each<[string, FileSource, string]>([
    [
      'without a path',
      csv('name,label\n1.png,0'),
      'dataset.csv has no column of paths, which is called one of path, image, filename, file; its columns are "name", "label"',
    ],
    ['for other separators', csv('path|label\n1.png|0'), 'its columns are "path|label"'],
    [
      'for two columns of one field',
      csv('path,image\n1,2'),
      'dataset.csv has the columns path and image, which both are the path; there may be one',
    ],
    ['for two columns of one name', csv('path,x,x\n1,2,3'), 'dataset.csv has two columns x; there may be one'],
    ['for a header alone', csv('path,label'), 'dataset.csv lists no image'],
    ['for an empty list', csv('\n'), 'dataset.csv lists no image'],
    ['for a quote that does not end', csv('path\na\n"b'), 'dataset.csv is not CSV: line 3: Quoted field unterminated'],
    ['for other text', listing('dataset.csv', Uint8Array.of(112, 228)), 'dataset.csv is not text in UTF-8'],
    ['for JSON of another kind', json({ path: '1.png' }), 'dataset.json is not what it should be'],
    [
      'for two lists',
      listing('dataset.csv', 'path', 'dataset.json'),
      'list: parts has both dataset.json and dataset.csv; there may be one',
    ],
  ])('%s', async (_, source, message) => {
    await expect(listLayout.read(source)).rejects.toThrow(FormatError);
    await expect(listLayout.read(source)).rejects.toThrow(message);
  });
});
