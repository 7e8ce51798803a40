import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { Sample } from '@rddpm/data';
import { describe, expect, test } from 'vitest';
import { findMapFolder, mapName, pairMaps } from '../../src/maps/map-folder.ts';

function folderWith(...files: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'rddpm-map-folder-'));
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  return folder;
}

const sampleOf = (id: string): Sample => ({ id, path: `test/${id}.png`, split: 'test', kind: id.split('/')[0]! });
const SAMPLES = ['good/000', 'good/001', 'hole/000'].map(sampleOf);

async function refusal(folder: string): Promise<string> {
  const error = await pairMaps(folder, SAMPLES).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(FormatError);
  return (error as Error).message;
}

describe('findMapFolder', () => {
  test.each([
    ['the folder itself', 'good/000.npy', '.'],
    ['its maps/, as rddpm detect writes', 'maps/good/000.npy', 'maps'],
    ['its test/', 'test/good/000.tiff', 'test'],
    ["its <category>/test/, as MVTec's evaluation wants", 'bottle/test/good/000.tiff', 'bottle/test'],
    ['the folder itself where the category has no test/', 'bottle/000.tiff', '.'],
    ['the folder itself where another category has', 'carpet/test/good/000.tiff', '.'],
  ])('is %s', async (_, file, found) => {
    const folder = folderWith(file);
    expect(await findMapFolder(folder, 'bottle')).toBe(join(folder, found));
  });

  test('needs no category', async () => {
    const folder = folderWith('bottle/test/good/000.tiff');
    expect(await findMapFolder(folder)).toBe(folder);
  });

  test('of a folder that is missing or empty says what must be there', async () => {
    const folder = folderWith();
    for (const path of [folder, join(folder, 'missing')]) {
      await expect(findMapFolder(path)).rejects.toThrow(/is missing or empty; it must hold maps as <defect>\/<stem> with \.npy, .*\.png/);
      await expect(findMapFolder(path)).rejects.toThrow(FormatError);
    }
  });
});

describe('pairMaps', () => {
  test('gives the maps in the order of the images, whatever their extensions', async () => {
    const folder = folderWith('hole/000.PNG', 'good/001.tif', 'good/000.npz');
    expect(await pairMaps(folder, SAMPLES)).toEqual(['good/000.npz', 'good/001.tif', 'hole/000.PNG'].map((file) => join(folder, file)));
  });

  test('passes over files with other extensions', async () => {
    const folder = folderWith('hole/000.npy', 'good/001.npy', 'good/000.npy', 'good/000.jpg', 'readme.md', 'good/.DS_Store');
    expect(await pairMaps(folder, SAMPLES)).toHaveLength(3);
  });

  test('takes links to files', async () => {
    const folder = folderWith('hole/000.npy', 'good/001.npy', 'good/000.npy');
    rmSync(join(folder, 'good/001.npy'));
    symlinkSync('000.npy', join(folder, 'good/001.npy'));
    expect(await pairMaps(folder, SAMPLES)).toHaveLength(3);
  });

  test('a stem may hold dots', async () => {
    const folder = folderWith('good/a.b.npy');
    expect(await pairMaps(folder, [sampleOf('good/a.b')])).toEqual([join(folder, 'good/a.b.npy')]);
  });

  test('names the images without a map and the maps without an image', async () => {
    const message = await refusal(
      folderWith('good/000.npy', 'good/001.npy', 'good/999.tiff', 'hole/000_map.tiff', '000.png', 'deep/er/000.npy'),
    );
    expect(message).toContain('1 of 3 test images without a map, 4 maps without an image:');
    expect(message).toContain('test/hole/000.png has no map; hole/000.npy is missing (or .npz, .tiff, .tif, .png)');
    for (const map of ['good/999.tiff', 'hole/000_map.tiff'])
      expect(message).toContain(`${map} belongs to no image; maps are called <defect>/<stem>.tiff`);
    expect(message).toContain('\n  000.png belongs to no image');
    expect(message).toContain('\n  deep/er/000.npy belongs to no image');
  });

  test('names both maps of an image that has two', async () => {
    const message = await refusal(folderWith('good/000.npy', 'good/000.TIFF', 'good/001.npy', 'hole/000.npy'));
    expect(message).toContain('1 images with more than one map:');
    expect(message).toContain('test/good/000.png has 2 maps: good/000.TIFF, good/000.npy; leave one');
  });

  test('lists twenty problems and counts the others', async () => {
    const message = await refusal(folderWith(...Array.from({ length: 30 }, (_, i) => `good/odd${i}.npy`)));
    expect(message.split('\n')).toHaveLength(22);
    expect(message).toContain('… and 13 more');
  });

  test('says which extensions are read if there is no map at all', async () => {
    expect(await refusal(folderWith('good/000.jpg', 'good/001.JPG', 'scores'))).toMatch(
      /holds no maps, only files with \.JPG, \.jpg, no extension; maps are <defect>\/<stem> with \.npy, \.npz, \.tiff, \.tif, \.png$/,
    );
  });
});

test('a map that we write is called <defect>/<stem>.npy', () => {
  expect(mapName({ id: 'hole/003' })).toBe('hole/003.npy');
});
