import { describe, expect, test } from 'vitest';
import { folderSource } from '../src/node.ts';
import { type BmpOptions, bmpOf } from './bmp-of.ts';

const source = folderSource('.', { maxPixels: 1000 });
const BLACK_WHITE = [0, 0xffffff];
const COLOURS = [0, 0xff0000, 0x102030];

test.each([1, 4, 8] as const)(
  'a palette of grays is gray: %i bit, from the bottom up and from the top down, with odd sides',
  async (bits) => {
    const pixels = [0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1];
    for (const topDown of [false, true]) {
      const bytes = bmpOf({ width: 9, height: 2, bits, pixels, palette: BLACK_WHITE, topDown });
      expect(await source.decode(bytes)).toEqual({
        width: 9,
        height: 2,
        channels: 1,
        data: Uint8Array.from(pixels, (index) => 255 * index),
      });
      expect(await source.inspect(bytes)).toMatchObject({ width: 9, height: 2, format: 'bmp', type: 'uint8', hasAlpha: false });
    }
  },
);

test.each([4, 8] as const)('a palette with a colour is RGB: %i bit', async (bits) => {
  const { channels, data } = await source.decode(bmpOf({ width: 3, height: 1, bits, pixels: [2, 0, 1], palette: COLOURS }));
  expect([channels, ...data]).toEqual([3, 0x10, 0x20, 0x30, 0, 0, 0, 255, 0, 0]);
});

test('24 bits are RGB, wherever the header says that they begin', async () => {
  for (const topDown of [false, true]) {
    const bytes = bmpOf({ width: 1, height: 2, bits: 24, pixels: [0x010203, 0xfffefd], topDown, gap: 6 });
    expect(await source.decode(bytes)).toEqual({ width: 1, height: 2, channels: 3, data: Uint8Array.of(1, 2, 3, 255, 254, 253) });
  }
});

describe('the fourth byte of 32 bits', () => {
  const FIELDS = [0xff0000, 0xff00, 0xff];
  const bmp = (pixels: readonly number[], options: Partial<BmpOptions> = {}) =>
    bmpOf({ width: 2, height: 1, bits: 32, pixels, ...options });

  test.each([
    ['in plain pictures', {}],
    ['where the header names the three others', { masks: FIELDS }],
    ['where the header says that alpha has no bits', { masks: [...FIELDS, 0], headerSize: 56 }],
  ] as const)('says nothing %s', async (_, options) => {
    for (const pixels of [
      [0x00010203, 0x00fffefd],
      [0x80010203, 0x00fffefd],
    ]) {
      expect(await source.decode(bmp(pixels, options))).toMatchObject({ channels: 3, data: Uint8Array.of(1, 2, 3, 255, 254, 253) });
      expect(await source.inspect(bmp(pixels, options))).toMatchObject({ channels: 3, hasAlpha: false });
    }
  });

  test('is alpha where the header says so', async () => {
    const options = { masks: [...FIELDS, 0xff000000], headerSize: 56 } as const;
    const clear = bmp([0x80010203, 0x00fffefd], options);
    expect(await source.decode(clear)).toMatchObject({ channels: 4, data: Uint8Array.of(1, 2, 3, 0x80, 255, 254, 253, 0) });
    expect(await source.inspect(clear)).toMatchObject({ channels: 4, hasAlpha: true });
    expect(await source.decode(bmp([0xff010203, 0xfffffefd], options))).toMatchObject({ channels: 3 });
  });
});

test('five and six bits are the upper ones of eight', async () => {
  const of555 = await source.decode(bmpOf({ width: 2, height: 1, bits: 16, pixels: [0b0_11111_00001_00000, 0b0_00000_10000_11111] }));
  expect([...of555.data]).toEqual([248, 8, 0, 0, 128, 248]);
  const masks = [0xf800, 0x07e0, 0x001f];
  const of565 = await source.decode(bmpOf({ width: 1, height: 1, bits: 16, pixels: [0b11111_000001_00000], masks }));
  expect([...of565.data]).toEqual([248, 4, 0]);
});

test('what is wrong is said', async () => {
  const refuses = (bytes: Uint8Array, message: string) => expect(source.decode(bytes)).rejects.toThrow(message);
  const bytes = bmpOf({ width: 2, height: 2, bits: 8, pixels: [0, 1, 1, 0], palette: BLACK_WHITE });
  await refuses(bytes.subarray(0, bytes.length - 3), 'the picture is cut short: it has 67 of 68 bytes'); // two bytes fill the last row up
  expect((await source.decode(bytes.subarray(0, bytes.length - 2))).data).toHaveLength(4);
  await refuses(bytes.subarray(0, 20), 'its header alone takes 54 bytes, and it has 20');
  await expect(folderSource('.', { maxPixels: 3 }).decode(bytes)).rejects.toThrow('the picture has 2x2 = 4 pixels; at most 3 are decoded');
  const dot = { width: 1, height: 1, pixels: [0], palette: BLACK_WHITE };
  await refuses(bmpOf({ ...dot, bits: 8, pixels: [2] }), 'a pixel has a colour that its palette lacks');
  await refuses(bmpOf({ ...dot, bits: 8, compression: 1 }), 'it is a BMP of 8 bits with compression 1');
  await refuses(bmpOf({ ...dot, bits: 2 }), "a BMP of a kind that can't be read");
  const bomb = Buffer.from(bytes);
  bomb.writeInt32LE(1e6, 18);
  await refuses(bomb, 'the picture has 1000000x2 = 2000000 pixels');
});
