import { expect, test } from 'vitest';
import { decodeBmp, inspectBmp } from '../src/bmp.ts';
import { bmpOf } from './bmp-of.ts';

const decode = (bytes: Uint8Array) => decodeBmp(bytes, 1000);
const BLACK_WHITE = [0, 0xffffff];
const COLOURS = [0, 0xff0000, 0x102030];

test.each([
  [1, [0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1]],
  [2, [0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1]],
  [4, [0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1]],
  [8, [0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1]],
] as const)('a palette of grays is gray: %i bit, from the bottom up and from the top down, with odd sides', (bits, pixels) => {
  for (const topDown of [false, true]) {
    const bytes = bmpOf({ width: 9, height: 2, bits, pixels, palette: BLACK_WHITE, topDown });
    expect(decode(bytes)).toEqual({ width: 9, height: 2, channels: 1, data: Uint8Array.from(pixels, (index) => 255 * index) });
    expect(inspectBmp(bytes)).toMatchObject({ width: 9, height: 2, format: 'bmp', type: 'uint8', channels: 1, hasAlpha: false });
  }
});

test.each([4, 8] as const)('a palette with a colour is RGB: %i bit', (bits) => {
  const { channels, data } = decode(bmpOf({ width: 3, height: 1, bits, pixels: [2, 0, 1], palette: COLOURS }));
  expect([channels, ...data]).toEqual([3, 0x10, 0x20, 0x30, 0, 0, 0, 255, 0, 0]);
});

test('24 bits are RGB, wherever the header says that they begin', () => {
  for (const topDown of [false, true]) {
    const bytes = bmpOf({ width: 1, height: 2, bits: 24, pixels: [0x010203, 0xfffefd], topDown, gap: 6 });
    expect(decode(bytes)).toEqual({ width: 1, height: 2, channels: 3, data: Uint8Array.of(1, 2, 3, 255, 254, 253) });
  }
});

test('the fourth byte of 32 bits is alpha where the header says so', () => {
  const pixels = [0x80010203, 0x00fffefd];
  const plain = decode(bmpOf({ width: 2, height: 1, bits: 32, pixels }));
  expect([plain.channels, ...plain.data]).toEqual([3, 1, 2, 3, 255, 254, 253]);
  const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
  const alpha = bmpOf({ width: 2, height: 1, bits: 32, pixels, masks });
  expect([...decode(alpha).data]).toEqual([1, 2, 3, 0x80, 255, 254, 253, 0]);
  expect(inspectBmp(alpha)).toMatchObject({ channels: 4, hasAlpha: true });
  expect(decode(bmpOf({ width: 2, height: 1, bits: 32, pixels, masks: [...masks.slice(0, 3), 0] }))).toEqual(plain);
});

test('five and six bits are spread over 0 to 255', () => {
  const of555 = decode(bmpOf({ width: 2, height: 1, bits: 16, pixels: [0b0_11111_00001_00000, 0b0_00000_10000_11111] }));
  expect([...of555.data]).toEqual([255, 8, 0, 0, 132, 255]); // 255 / 31 = 8.2, 16 * 255 / 31 = 131.6
  const masks = [0xf800, 0x07e0, 0x001f];
  const of565 = decode(bmpOf({ width: 1, height: 1, bits: 16, pixels: [0b11111_000001_00000], masks }));
  expect([...of565.data]).toEqual([255, 4, 0]); // 255 / 63 = 4.05
});

test('what is wrong is said', () => {
  const bytes = bmpOf({ width: 2, height: 2, bits: 8, pixels: [0, 1, 1, 0], palette: BLACK_WHITE });
  expect(() => decode(bytes.subarray(0, bytes.length - 3))).toThrow('the picture is cut short: it has 67 of 68 bytes'); // two bytes fill the last row up
  expect(decode(bytes.subarray(0, bytes.length - 2)).data).toHaveLength(4);
  expect(() => decode(bytes.subarray(0, 20))).toThrow('its header alone takes 54 bytes, and it has 20');
  expect(() => decodeBmp(bytes, 3)).toThrow('the picture has 2x2 = 4 pixels; at most 3 are decoded');
  expect(() => decode(bmpOf({ width: 1, height: 1, bits: 8, pixels: [2], palette: BLACK_WHITE }))).toThrow(
    'a pixel has colour 2, but the palette only 2',
  );
  expect(() => decode(bmpOf({ width: 1, height: 1, bits: 8, pixels: [0], palette: BLACK_WHITE, compression: 1 }))).toThrow(
    'it is a BMP of 8 bits with compression 1',
  );
  expect(() => decode(bmpOf({ width: 1, height: 1, bits: 32, pixels: [0], masks: [0x3ff00000, 0xffc00, 0x3ff] }))).toThrow(
    'a colour takes the bits 3ff00000',
  );
  const bomb = Buffer.from(bytes);
  bomb.writeInt32LE(1e6, 18);
  expect(() => decode(bomb)).toThrow('the picture has 1000000x2 = 2000000 pixels');
});
