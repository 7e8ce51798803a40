import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FormatError } from '@rddpm/core';
import { describe, expect, test } from 'vitest';
import { imagesAt } from '../src/image-selection.ts';
import { CHOICES } from '../src/registry.ts';
import { temporaryFolder } from './run-main.ts';

/** Names are all that is looked at. */
function folderWith(...paths: string[]): string {
  const cwd = temporaryFolder();
  for (const path of paths) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), '');
  }
  return cwd;
}
async function select(cwd: string, paths: readonly string[], layout?: string) {
  const { samples, isDataset, leftOut, source } = await imagesAt(paths, cwd, CHOICES, layout);
  return { isDataset, images: samples.map(({ id, path }) => `${id}: ${path}`), leftOut, name: source.name };
}

describe('a data set', () => {
  const mvtec = ['set/train/good/0.png', 'set/test/good/0.png', 'set/test/crack/0.png', 'set/ground_truth/crack/0_mask.png'];

  test('is all that it has, and what its layout leaves out', async () => {
    expect(await select(folderWith(...mvtec, 'set/license.txt'), ['set'])).toEqual({
      isDataset: true,
      images: ['good/0: train/good/0.png', 'crack/0: test/crack/0.png', 'good/0: test/good/0.png'],
      leftOut: [{ reason: 'no pictures by their endings (.txt 1)', paths: ['license.txt'] }],
      name: 'set',
    });
  });

  test('may be a list', async () => {
    const cwd = folderWith('set/a.png');
    writeFileSync(join(cwd, 'set/parts.csv'), 'path,label\na.png,1\n');
    expect(await select(cwd, ['set/parts.csv'])).toMatchObject({ isDataset: true, images: ['a: a.png'] });
  });

  test('may have no split', async () => {
    const { images, isDataset } = await select(folderWith('set/good/0.png', 'set/bad/1.png'), ['set']);
    expect(images).toEqual(['anomalous/1: bad/1.png', 'good/0: good/0.png']);
    expect(isDataset).toBe(true);
  });

  test('has the layout that is named, or is a folder of images if that is named', async () => {
    const cwd = folderWith(...mvtec);
    const { images } = await select(cwd, ['set'], 'images');
    expect(images).toHaveLength(4);
    expect(images[0]).toBe('ground_truth/crack/0_mask: set/ground_truth/crack/0_mask.png');
    await expect(select(folderWith('set/0.png'), ['set'], 'mvtec')).rejects.toThrow(/no train\/good image among 1 files/);
  });
});

describe('a folder of images', () => {
  test('is searched whole, whatever the registry knows; hidden files and other endings are named', async () => {
    const cwd = folderWith('in/a.PNG', 'in/cam/b.webp', 'in/.cache/c.png', 'in/notes.txt');
    const expected = {
      isDataset: false,
      images: ['in/a: in/a.PNG', 'cam/b: in/cam/b.webp'],
      leftOut: [
        { reason: 'hidden', paths: ['in/.cache/c.png'] },
        { reason: 'no pictures by their endings (.txt 1)', paths: ['in/notes.txt'] },
      ],
    };
    expect(await select(cwd, ['in'])).toMatchObject(expected);
    const { samples } = await imagesAt(['in'], cwd, { layouts: [] });
    expect(samples.map(({ id, path }) => `${id}: ${path}`)).toEqual(expected.images);
  });

  test('may be several, and files beside them', async () => {
    const cwd = folderWith('a/1.png', 'b/2.png', 'c/3.png', 'c/4.png');
    expect((await select(cwd, ['a', join(cwd, 'b'), 'c/4.png'])).images).toEqual(['a/1: a/1.png', 'b/2: b/2.png', 'c/4: c/4.png']);
  });

  test.each([
    [
      'two images of one name',
      ['a/1.png', 'b/a/1.png'],
      ['a', 'b'],
      /detect them one after the other:\n {2}a\/1\.png and b\/a\/1\.png are both called a\/1; each needs a name of its own/,
    ],
    [
      'two endings',
      ['a/1.png', 'a/1.jpg'],
      ['a'],
      /a can't be detected as it is:\n {2}1\.jpg and 1\.png are both called a\/1; names must differ in more than their ending/,
    ],
    [
      'names that differ by case',
      ['x/a/1.png', 'x/A/1.png'],
      ['x/a/1.png', 'x/A/1.png'],
      /are called a\/1 and A\/1; names must differ in more than case/,
    ],
    ['one name in a folder that is a split, and beside it', ['a/train/1.png', 'train/1.png'], ['a', 'train/1.png'], /both called train\/1/],
    ['no image', ['a/1.txt'], ['a'], /^a holds no image among 1 files/],
    ['nothing there', ['a/1.txt'], ['b'], /b does not exist/],
  ])('is refused for %s', async (_, files, paths, message) => {
    const selecting = select(folderWith(...files), paths);
    await expect(selecting).rejects.toThrow(FormatError);
    await expect(selecting).rejects.toThrow(message);
  });
});
