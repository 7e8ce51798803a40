import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FormatError } from '@rddpm/core';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { folderSource } from '../../src/node.ts';

const folder = await mkdtemp(join(tmpdir(), 'rddpm-'));
afterAll(() => rm(folder, { recursive: true }));
const source = folderSource(folder);
const raw = (pixels: number[], width: number, height: number, channels: 1 | 3 | 4) =>
  sharp(Uint8Array.from(pixels), { raw: { width, height, channels } });
/** A disc of 255 on 0. */
const disc = Array.from({ length: 64 * 64 }, (_, p) => (Math.hypot((p % 64) - 30, Math.floor(p / 64) - 34) < 20 ? 255 : 0));

describe('list', () => {
  test('gives every file, nested ones too, with slashes', async () => {
    await mkdir(join(folder, 'train', 'good'), { recursive: true });
    await writeFile(join(folder, 'train', 'good', '000.png'), '');
    await writeFile(join(folder, 'license.txt'), '');
    expect(await source.list()).toEqual(['license.txt', 'train/good/000.png']);
  });

  test('says which folder is missing', async () => {
    const missing = folderSource(join(folder, 'botle'));
    await expect(missing.list()).rejects.toThrow(FormatError);
    await expect(missing.list()).rejects.toThrow(/botle does not exist; it must be a folder in MVTec AD layout/);
  });

  test('says when it is a file', async () => {
    await expect(folderSource(join(folder, 'license.txt')).list()).rejects.toThrow(/license\.txt is a file/);
  });
});

describe('decode', () => {
  test('gives a gray picture one channel or three, as asked', async () => {
    const bytes = await raw([0, 50, 100, 255], 2, 2, 1).toColourspace('b-w').png().toBuffer();
    expect([...(await source.decode(bytes, { channels: 1, kernel: 'smooth' })).data]).toEqual([0, 50, 100, 255]);
    expect([...(await source.decode(bytes, { channels: 3, kernel: 'smooth' })).data]).toEqual([
      0, 0, 0, 50, 50, 50, 100, 100, 100, 255, 255, 255,
    ]);
  });

  test('leaves out transparency', async () => {
    const bytes = await raw([10, 20, 30, 0, 40, 50, 60, 255], 2, 1, 4).png().toBuffer();
    expect([...(await source.decode(bytes, { channels: 3, kernel: 'smooth' })).data]).toEqual([10, 20, 30, 40, 50, 60]);
  });

  test.each([63, 48, 32, 17])('reduces a mask to %i pixels without a value in between', async (size) => {
    const bytes = await raw(disc, 64, 64, 1).png().toBuffer();
    const { data, width, height, channels } = await source.decode(bytes, { channels: 1, size, kernel: 'nearest' });
    expect([width, height, channels, data.length]).toEqual([size, size, 1, size * size]);
    expect(new Set(data)).toEqual(new Set([0, 255]));
  });

  test('reads a mask that was saved in colour by its first channel', async () => {
    const bytes = await raw(
      disc.flatMap((value) => [value, 0, 0]),
      64,
      64,
      3,
    )
      .png()
      .toBuffer();
    const { data } = await source.decode(bytes, { channels: 1, kernel: 'nearest' });
    expect([...data]).toEqual(disc);
  });

  test('averages an image when it is reduced: fine stripes become gray', async () => {
    const stripes = Array.from({ length: 64 * 64 }, (_, p) => (p % 2) * 200);
    const { data } = await source.decode(await raw(stripes, 64, 64, 1).png().toBuffer(), { channels: 1, size: 16, kernel: 'smooth' });
    const inner = Array.from({ length: 16 * 16 }, (_, p) => p).filter((p) => p % 16 > 1 && p % 16 < 14);
    for (const p of inner) expect(Math.abs(data[p]! - 100)).toBeLessThan(6); // picking pixels would give 0 or 200
  });

  test('rejects a file that was cut short', async () => {
    const bytes = await raw(disc, 64, 64, 1).png({ compressionLevel: 0 }).toBuffer();
    await expect(source.decode(bytes.subarray(0, bytes.length / 2), { channels: 1, kernel: 'smooth' })).rejects.toThrow();
  });
});

test('measure follows the orientation of a camera, as decode does', async () => {
  const bytes = await raw(new Array<number>(6).fill(9), 2, 1, 3).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  expect(await source.measure(bytes)).toMatchObject({ width: 1, height: 2 });
  expect(await source.decode(bytes, { channels: 3, kernel: 'smooth' })).toMatchObject({ width: 1, height: 2 });
});
