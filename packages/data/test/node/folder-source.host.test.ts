import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FormatError } from '@rddpm/core';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { folderSource } from '../../src/node.ts';
import { tiffOf } from './tiff-of.ts';

const folder = await mkdtemp(join(tmpdir(), 'rddpm-'));
afterAll(() => rm(folder, { recursive: true }));
const source = folderSource(folder);
const raw = (pixels: number[], width: number, height: number, channels: 1 | 3 | 4) =>
  sharp(Uint8Array.from(pixels), { raw: { width, height, channels } });
const raw16 = (pixels: readonly number[], width: number, height: number, channels: 1 | 3) =>
  sharp(Uint16Array.from(pixels), { raw: { width, height, channels } }).toColourspace(channels === 1 ? 'grey16' : 'rgb16');
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
    await expect(missing.list()).rejects.toThrow(/botle does not exist; it must be a data set's folder/);
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
    const { data, width, height, channels } = await source.decode(bytes, {
      channels: 1,
      size: { width: size, height: size },
      kernel: 'nearest',
    });
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
    const { data } = await source.decode(await raw(stripes, 64, 64, 1).png().toBuffer(), {
      channels: 1,
      size: { width: 16, height: 16 },
      kernel: 'smooth',
    });
    const inner = Array.from({ length: 16 * 16 }, (_, p) => p).filter((p) => p % 16 > 1 && p % 16 < 14);
    for (const p of inner) expect(Math.abs(data[p]! - 100)).toBeLessThan(6); // picking pixels would give 0 or 200
  });

  test('resizes to a width and a height, whatever the proportions were', async () => {
    const halves = Array.from({ length: 8 * 4 }, (_, p) => (p % 8 < 4 ? 0 : 200)); // left and right
    const bytes = await raw(halves, 8, 4, 1).png().toBuffer();
    const { width, height, data } = await source.decode(bytes, { channels: 1, size: { width: 2, height: 3 }, kernel: 'nearest' });
    expect([width, height, [...data]]).toEqual([2, 3, [0, 200, 0, 200, 0, 200]]);
  });

  test('rejects a file that was cut short', async () => {
    const bytes = await raw(disc, 64, 64, 1).png({ compressionLevel: 0 }).toBuffer();
    await expect(source.decode(bytes.subarray(0, bytes.length / 2), { channels: 1, kernel: 'smooth' })).rejects.toThrow();
  });
});

describe('decode of 16 bits', () => {
  const pixels = [0, 1, 255, 256, 4095, 65535];

  test.each(['png', 'tiff'] as const)('keeps them all, of gray in %s', async (format) => {
    const bytes = await raw16(pixels, 3, 2, 1).toFormat(format, { compression: 'lzw' }).toBuffer();
    const one = await source.decode(bytes, { channels: 1, kernel: 'smooth' });
    expect(one).toEqual({ width: 3, height: 2, channels: 1, data: Uint16Array.from(pixels) });
    const three = await source.decode(bytes, { channels: 3, kernel: 'smooth' });
    expect(three.data).toEqual(Uint16Array.from(pixels.flatMap((value) => [value, value, value])));
  });

  test('keeps them all, of colour, and takes a mask by its first channel', async () => {
    const bytes = await raw16(pixels, 2, 1, 3).png().toBuffer();
    expect((await source.decode(bytes, { channels: 3, kernel: 'smooth' })).data).toEqual(Uint16Array.from(pixels));
    expect((await source.decode(bytes, { channels: 1, kernel: 'nearest' })).data).toEqual(Uint16Array.of(0, 256));
  });

  test('gives the gray of a colour that 8 bits give, but finer', async () => {
    const colours = [255, 0, 0, 0, 255, 0, 0, 0, 255, 20, 90, 160];
    const options = { channels: 1, kernel: 'smooth' } as const;
    const coarse = await source.decode(await raw(colours, 4, 1, 3).png().toBuffer(), options);
    const fine = await source.decode(
      await raw16(
        colours.map((value) => 257 * value),
        4,
        1,
        3,
      )
        .png()
        .toBuffer(),
      options,
    );
    for (const [i, value] of coarse.data.entries()) expect(Math.abs(fine.data[i]! / 257 - value)).toBeLessThan(1); // 8 bits are cut off
  });

  test('reduces as 8 bits are reduced: 257 times the values, to within a rounding', async () => {
    const noise = Array.from({ length: 40 * 30 }, (_, i) => (i * 7919) % 251);
    const reduced = { channels: 1, size: { width: 16, height: 9 } } as const;
    const eight = await raw(noise, 40, 30, 1).png().toBuffer();
    const sixteen = await raw16(
      noise.map((value) => 257 * value),
      40,
      30,
      1,
    )
      .png()
      .toBuffer();
    for (const [kernel, tolerance] of [
      ['smooth', 1.01], // both passes round
      ['nearest', 0],
    ] as const) {
      const coarse = await source.decode(eight, { ...reduced, kernel });
      const fine = await source.decode(sixteen, { ...reduced, kernel });
      for (const [i, value] of coarse.data.entries()) expect(Math.abs(fine.data[i]! / 257 - value)).toBeLessThanOrEqual(tolerance);
    }
  });

  test('leaves a camera of 12 bits its 4096 shades', async () => {
    const ramp = Array.from({ length: 4096 }, (_, i) => i);
    const { data } = await source.decode(await raw16(ramp, 64, 64, 1).png().toBuffer(), { channels: 1, kernel: 'smooth' });
    expect(data).toEqual(Uint16Array.from(ramp));
  });
});

describe('decode of floats', () => {
  const smooth = { kernel: 'smooth' } as const;

  test('leaves gray as it is, in one channel or three', async () => {
    const values = Float32Array.of(0, 1e-6, 0.25, 1, 2, Number.NaN);
    const bytes = tiffOf({ width: 3, height: 2, channels: 1, values });
    expect(await source.decode(bytes, { channels: 1, ...smooth })).toEqual({ width: 3, height: 2, channels: 1, data: values });
    const { data } = await source.decode(bytes, { channels: 3, ...smooth });
    expect(data).toEqual(Float32Array.from([...values].flatMap((value) => [value, value, value])));
    expect((await source.decode(bytes, { channels: 1, kernel: 'nearest' })).data).toEqual(values);
  });

  test('leaves colour as it is; its gray weighs the numbers themselves, and a mask has the first', async () => {
    const values = Float32Array.of(1, 0, 0, 0.1, 0.2, 0.3);
    const bytes = tiffOf({ width: 2, height: 1, channels: 3, values });
    expect((await source.decode(bytes, { channels: 3, ...smooth })).data).toEqual(values);
    const { data } = await source.decode(bytes, { channels: 1, ...smooth });
    expect(data[0]).toBeCloseTo(0.2126, 6);
    expect(data[1]).toBeCloseTo(0.2126 * 0.1 + 0.7152 * 0.2 + 0.0722 * 0.3, 6);
    expect((await source.decode(bytes, { channels: 1, kernel: 'nearest' })).data).toEqual(Float32Array.of(1, Math.fround(0.1)));
  });

  test('never leaves [0, 1] by reducing', async () => {
    const values = Float32Array.from({ length: 61 * 47 }, (_, i) => (i % 61 < 30 ? 1 : 0));
    const bytes = tiffOf({ width: 61, height: 47, channels: 1, values });
    for (const side of [7, 16, 31, 40]) {
      const { data } = await source.decode(bytes, { channels: 1, size: { width: side, height: side }, ...smooth });
      expect(Math.max(...data)).toBe(1);
      expect(Math.min(...data)).toBe(0);
    }
  });
});

test('decode refuses images of other numbers, and reads masks of them', async () => {
  const bytes = tiffOf({ width: 2, height: 1, channels: 1, values: Int32Array.of(0, 70000) });
  const decoding = source.decode(bytes, { channels: 1, kernel: 'smooth' });
  await expect(decoding).rejects.toThrow(FormatError);
  await expect(decoding).rejects.toThrow('its numbers are of type int; images have 8 or 16 bits without a sign, or floats');
  expect([...(await source.decode(bytes, { channels: 1, kernel: 'nearest' })).data]).toEqual([0, 70000]);
});

test('measure follows the orientation of a camera, as decode does', async () => {
  const bytes = await raw(new Array<number>(6).fill(9), 2, 1, 3).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  expect(await source.measure(bytes)).toMatchObject({ width: 1, height: 2 });
  expect(await source.decode(bytes, { channels: 3, kernel: 'smooth' })).toMatchObject({ width: 1, height: 2 });
});
