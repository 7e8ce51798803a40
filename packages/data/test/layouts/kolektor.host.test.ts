import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError } from '@rddpm/core';
import { describe, expect, test } from 'vitest';
import { kolektorLayout } from '../../src/index.ts';
import { folderSource } from '../../src/node.ts';
import { gray, memorySource } from '../memory-source.ts';

const FILES = {
  'kos02/Part0.jpg': gray(2, 1, 90),
  'kos02/Part0_label.bmp': gray(2, 1, [0, 1]),
  'kos01/Part1.jpg': gray(2, 1, 90),
  'kos01/Part1_label.bmp': gray(2, 1, 0),
};
const errorsOf = async (files: Parameters<typeof memorySource>[0]) =>
  (await kolektorLayout.read(memorySource(files))).problems.map(({ severity, path, message }) => `${severity}: ${path} ${message}`);

describe('a part', () => {
  test('is defective where its label is not all black; there is no split, and the item is the group', async () => {
    const source = memorySource({ ...FILES, 'readme.txt': null, 'extra/a.png': gray(1, 1, 0) });
    const { samples, problems, leftOut } = await kolektorLayout.read(source);
    expect(samples).toEqual([
      { id: 'kos01/Part1', path: 'kos01/Part1.jpg', group: 'kos01', anomalous: false, kind: 'good' },
      { id: 'kos02/Part0', path: 'kos02/Part0.jpg', group: 'kos02', anomalous: true, kind: 'defect' },
    ]);
    expect(problems).toEqual([]);
    expect(leftOut?.map(({ paths }) => paths)).toEqual([['readme.txt'], ['extra/a.png']]);
    expect(source.reads.sort()).toEqual(['kos01/Part1_label.bmp', 'kos02/Part0_label.bmp']);
    expect(await kolektorLayout.truth(samples[0]!, source)).toBeUndefined();
    expect(await kolektorLayout.truth(samples[1]!, source)).toEqual({ masks: [{ path: 'kos02/Part0_label.bmp' }] });
  });

  test('without its label, with two, or with a broken one is an error, and of unknown state', async () => {
    const { 'kos01/Part1_label.bmp': _, ...without } = FILES;
    expect(await errorsOf(without)).toEqual(['error: kos01/Part1.jpg has no label; kos01/Part1_label.bmp is missing']);
    const source = memorySource(without);
    const [unknown] = (await kolektorLayout.read(source)).samples;
    expect(unknown).toEqual({ id: 'kos01/Part1', path: 'kos01/Part1.jpg', group: 'kos01', kind: 'kos01' });
    await expect(kolektorLayout.truth(unknown!, source)).rejects.toThrow(FormatError);
    await expect(kolektorLayout.truth(unknown!, source)).rejects.toThrow(
      /^kos01\/Part1\.jpg has no mask; kos01\/Part1_label\.bmp is missing/,
    );
    expect(await errorsOf({ ...FILES, 'kos01/Part1_label.png': gray(2, 1, 1) })).toEqual([
      'error: kos01/Part1_label.bmp and kos01/Part1_label.png are both labels of kos01/Part1; there may be one',
    ]);
    expect(await errorsOf({ ...FILES, 'kos01/Part1_label.bmp': null })).toEqual([
      "error: kos01/Part1_label.bmp can't be decoded: unexpected end of file",
    ]);
  });

  test('may not be called as another, nor miss beside its label', async () => {
    expect(await errorsOf({ ...FILES, 'kos02/Part0.png': gray(2, 1, 9), 'kos03/Part4_label.bmp': gray(2, 1, 0) })).toEqual([
      'error: kos03/Part4_label.bmp is a label without an image; kos03/Part4.jpg is missing',
      'error: kos02/Part0.jpg and kos02/Part0.png are both called kos02/Part0; names must differ in more than their ending',
    ]);
  });
});

test('large labels are decoded one at a time', async () => {
  const source = memorySource(FILES);
  let [open, most] = [0, 0];
  const { samples } = await kolektorLayout.read({
    ...source,
    inspect: async (bytes) => ({ ...(await source.inspect(bytes)), width: 8000, height: 7500 }),
    async decode(bytes) {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 1));
      open--;
      return source.decode(bytes);
    },
  });
  expect([samples.length, most]).toEqual([2, 1]);
});

test('recognises the share of such pictures, and nothing without labels', () => {
  const paths = Object.keys(FILES);
  expect(kolektorLayout.recognises([...paths, 'notes.txt'])).toBe(0.99);
  expect(kolektorLayout.recognises([...paths, 'a.png', 'kos01/b.png', 'x/kos01/Part1.jpg', 'kos/Part1.jpg'])).toBe(0.495);
  expect(kolektorLayout.recognises(paths.filter((path) => !path.includes('label')))).toBe(0);
});

test('refuses a data set without parts', async () => {
  await expect(kolektorLayout.read(memorySource({ 'a.png': null }))).rejects.toThrow(
    'ksdd: no kos01/Part0.jpg or the like among 1 files of test',
  );
});

test('of the 16 parts at hand, 16 of 128 images are defective', async (context) => {
  const places = [process.env.RDDPM_DATA, join(import.meta.dirname, '../../../../../shared/data')];
  const folder = places.map((place) => place && join(place, 'ksdd')).find((place) => place && existsSync(place));
  if (!folder) return context.skip('KolektorSDD is not here: set RDDPM_DATA to the folder that holds ksdd');
  const { samples, problems, leftOut } = await kolektorLayout.read(folderSource(folder));
  expect(problems).toEqual([]);
  const elsewhere = leftOut?.flatMap(({ paths }) => paths) ?? [];
  expect(elsewhere.filter((path) => !path.startsWith('kos13/kos08/'))).toEqual([]); // a second copy of a part within another
  expect(samples).toHaveLength(128);
  expect(samples.filter(({ anomalous }) => anomalous)).toHaveLength(16);
  expect(new Set(samples.map(({ group }) => group)).size).toBe(16);
});
