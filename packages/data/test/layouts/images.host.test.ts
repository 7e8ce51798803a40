import { FormatError } from '@rddpm/core';
import { expect, test } from 'vitest';
import { imagesLayout } from '../../src/index.ts';
import { memorySource } from '../memory-source.ts';

const holding = (...paths: string[]) => memorySource(Object.fromEntries(paths.map((path) => [path, null])), 'photos');

test('an image is of the kind that its folder is called, and nobody knows more', async () => {
  const { samples, problems, leftOut } = await imagesLayout.read(
    holding('b/c/2.webp', 'a.JPG', 'notes.txt', '.trash/1.png', 'fu\u0308/1.png'),
  );
  expect(samples).toEqual([
    { id: 'photos/a', path: 'a.JPG', kind: 'photos' },
    { id: 'b/c/2', path: 'b/c/2.webp', kind: 'b/c' },
    { id: 'f\u00fc/1', path: 'fu\u0308/1.png', kind: 'f\u00fc' },
  ]);
  expect(problems).toEqual([]);
  expect(leftOut).toEqual([
    { reason: 'hidden', paths: ['.trash/1.png'] },
    { reason: 'no pictures by their endings (.txt 1)', paths: ['notes.txt'] },
  ]);
  expect(await imagesLayout.truth(samples[0]!, holding('a.JPG'))).toBeUndefined();
});

test('folders train, validation and test at the top, in any case, are the split; nobody knows more', async () => {
  const { samples } = await imagesLayout.read(holding('Train/cam/1.png', 'TEST/2.png', 'val/3.png', 'a/test/4.png', 'train.png'));
  expect(samples).toEqual([
    { id: 'TEST/2', path: 'TEST/2.png', split: 'test', kind: 'TEST' },
    { id: 'Train/cam/1', path: 'Train/cam/1.png', split: 'train', kind: 'Train/cam' },
    { id: 'a/test/4', path: 'a/test/4.png', kind: 'a/test' },
    { id: 'photos/train', path: 'train.png', kind: 'photos' },
    { id: 'val/3', path: 'val/3.png', split: 'validation', kind: 'val' },
  ]);
});

test('two images of one name are an error that names both', async () => {
  const { problems } = await imagesLayout.read(holding('1.png', '1.jpg', 'photos/1.png'));
  expect(problems.map(({ severity, path, message }) => [severity, path, message.split(';')[0]])).toEqual([
    ['error', '1.jpg', 'and 1.png are both called photos/1'],
    ['error', '1.jpg', 'and photos/1.png are both called photos/1'],
  ]);
});

test('it recognises anything with a picture, barely, and refuses a folder without', async () => {
  expect(imagesLayout.recognises(['a/b.png'])).toBeGreaterThan(0);
  expect(imagesLayout.recognises(['a/b.png'])).toBeLessThan(0.001);
  expect(imagesLayout.recognises(['a/b.txt', '.hidden.png'])).toBe(0);
  await expect(imagesLayout.read(holding('a.txt'))).rejects.toThrow(FormatError);
  await expect(imagesLayout.read(holding('a.txt'))).rejects.toThrow('photos holds no image among 1 files; images end with .png, .jpg,');
});
