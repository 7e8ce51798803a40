import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodePng, inspectPng } from '../src/browser/png.ts';
import { folderSource } from '../src/node.ts';
import { type PngOptions, pngOf } from './png-of.ts';

const source = folderSource('.');
const KINDS = [
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
] as const;

/** Any PNG of a few pixels, but interlaced ones of few bits, which are the canvas's. A transparent colour wants three pixels: fast-png refuses it in fewer. */
const anyPng = fc
  .record({
    kind: fc.constantFrom(...KINDS.flatMap(([colour, depths]) => depths.map((bits) => ({ colour, bits })))),
    width: fc.integer({ min: 3, max: 19 }),
    height: fc.integer({ min: 1, max: 11 }),
    interlaced: fc.boolean(),
    isClear: fc.boolean(),
    filters: fc.array(fc.constantFrom(0, 1, 2, 3, 4), { minLength: 1, maxLength: 5 }),
    orientation: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
    noise: fc.array(fc.nat(0xffff), { minLength: 900, maxLength: 900 }),
  })
  .map(({ kind: { colour, bits }, width, height, interlaced, isClear, filters, orientation, noise }): PngOptions => {
    const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colour];
    const samples = noise.slice(0, width * height * channels).map((value) => value & (2 ** bits - 1));
    return {
      width,
      height,
      bits,
      colour,
      samples,
      interlaced: interlaced && bits >= 8,
      filters,
      ...(orientation !== undefined && { orientation }),
      ...(colour === 3 && { palette: noise.slice(0, 3 * 2 ** bits).map((value) => value & 255) }),
      ...(isClear && colour === 3 && { transparent: noise.slice(0, 2).map((value) => value & 255) }),
      ...(isClear && (colour === 0 || colour === 2) && { transparent: samples.slice(0, channels) }),
    };
  });

test('any PNG has the raster in a browser that it has in Node', async () => {
  await fc.assert(
    fc.asyncProperty(anyPng, async (options) => {
      const bytes = pngOf(options);
      expect(await decodePng(bytes, 1000)).toEqual(await source.decode(bytes));
      expect(await inspectPng(bytes)).toEqual(await source.inspect(bytes));
    }),
    { numRuns: 300 },
  );
});

test('few bits are spread over 0 to 255, and a transparent gray becomes alpha', async () => {
  const bytes = pngOf({ width: 4, height: 1, bits: 2, colour: 0, samples: [0, 1, 2, 3], transparent: [2] });
  expect(await decodePng(bytes, 4)).toEqual({
    width: 4,
    height: 1,
    channels: 2,
    data: Uint8Array.of(0, 255, 85, 255, 170, 0, 255, 255),
  });
});

test('a file that is cut short or damaged is refused, wherever it is', async () => {
  const samples = Array.from({ length: 60 }, (_, i) => (i * 37) % 256);
  const bytes = pngOf({ width: 10, height: 6, bits: 8, colour: 0, samples });
  for (let length = 8; length < bytes.length; length++) {
    await expect(decodePng(bytes.subarray(0, length), 100)).rejects.toThrow(
      /the picture('s header can't be read| is damaged or cut short)/,
    );
  }
  for (let at = 8; at < bytes.length; at++) {
    const broken = Uint8Array.from(bytes);
    broken[at]! ^= 0x10;
    await expect(decodePng(broken, 1e6)).rejects.toMatchObject({ name: 'FormatError' });
  }
});

test('rows that are missing are refused, though checksums are right', async () => {
  const row = (count: number) => new Array<number>(10 * count).fill(7);
  const six = pngOf({ width: 10, height: 6, bits: 8, colour: 0, samples: row(6) });
  const five = pngOf({ width: 10, height: 5, bits: 8, colour: 0, samples: row(5) });
  const HEADER = 33; // signature and IHDR
  await expect(decodePng(Buffer.concat([six.subarray(0, HEADER), five.subarray(HEADER)]), 100)).rejects.toThrow('the picture is damaged');
});

test('few bits of colours that can’t have them are refused', async () => {
  const bytes = pngOf({ width: 2, height: 1, bits: 4, colour: 2, samples: [0, 1, 2, 3, 4, 5], palette: [0, 0, 0] });
  await expect(decodePng(bytes, 2)).rejects.toThrow('a number of bits that its type of colours may have');
});

test('a palette that is missing, or lacks a colour, is refused', async () => {
  const shape = { width: 3, height: 1, bits: 2, colour: 3, samples: [0, 1, 2] } as const;
  await expect(decodePng(pngOf(shape), 3)).rejects.toThrow('the picture is damaged');
  await expect(decodePng(pngOf({ ...shape, palette: [0, 0, 0, 9, 9, 9] }), 3)).rejects.toThrow('the picture is damaged');
});

test('too many pixels are refused by the header alone', async () => {
  const bytes = pngOf({ width: 5, height: 3, bits: 8, colour: 0, samples: new Array<number>(15).fill(0) });
  await expect(decodePng(bytes, 14)).rejects.toThrow(
    "the picture has 5x3 = 15 pixels; at most 14 are decoded, unless the source's maxPixels says otherwise",
  );
  expect(await decodePng(bytes, 15)).toMatchObject({ width: 5, height: 3 });
});
