import { expect, test } from 'vitest';
import { fileListSource } from '../src/browser.ts';

const pathsOf = async (...paths: string[]) => {
  const source = fileListSource(paths.map((path) => ({ path, file: new Blob() })));
  return { name: source.name, paths: await source.list() };
};

test('the folder around the layout is left out, and its name is the source’s', async () => {
  expect(await pathsOf('bottle/train/good/0.png', 'bottle/test/dent/0.png', 'bottle/license.txt')).toEqual({
    name: 'bottle',
    paths: ['license.txt', 'test/dent/0.png', 'train/good/0.png'],
  });
  expect(await pathsOf('mvtec/bottle/train/good/0.png', 'mvtec/bottle/test/dent/0.png')).toMatchObject({ name: 'bottle' });
  expect(await pathsOf('test/bottle/train/good/0.png', 'test/bottle/test/dent/0.png')).toEqual({
    name: 'bottle',
    paths: ['test/dent/0.png', 'train/good/0.png'],
  });
  expect(await pathsOf('bottle/test/dent/0.png', 'bottle/test/dent/1.png')).toMatchObject({
    name: 'bottle',
    paths: ['test/dent/0.png', 'test/dent/1.png'],
  });
});

test('folders of the layout stay, even if all files share them', async () => {
  const expected = ['train/good/0.png', 'train/good/1.png'];
  expect(await pathsOf('bottle/train/good/1.png', 'bottle/train/good/0.png')).toEqual({ name: 'bottle', paths: expected });
  expect(await pathsOf('train/good/1.png', 'train/good/0.png')).toEqual({ name: 'files', paths: expected });
});

test('files without the layout lose what folders they share', async () => {
  expect(await pathsOf('a/b/0.png', 'a/b/c/1.png')).toEqual({ name: 'b', paths: ['0.png', 'c/1.png'] });
  expect(await pathsOf('a/0.png', 'b/1.png')).toEqual({ name: 'files', paths: ['a/0.png', 'b/1.png'] });
  expect(await pathsOf()).toEqual({ name: 'files', paths: [] });
});
