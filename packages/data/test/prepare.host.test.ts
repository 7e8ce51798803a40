import { ConfigError, FormatError } from '@rddpm/core';
import type { Preparation, Raster, Size, Variation } from '@rddpm/core/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  mapLayout,
  pictureMap,
  placementOf,
  preparationOf,
  prepared,
  preparedMask,
  rangesOf,
  writePixels,
  writeValidity,
} from '../src/prepare.ts';

const raster = (width: number, height: number, data: Raster['data'], channels: Raster['channels'] = 1): Raster => ({
  width,
  height,
  channels,
  data,
});
const square = (fit: 'pad' | 'crop' | 'stretch', size: number | Size = 8, rest = {}) =>
  preparationOf('test', { size, fit, channels: 1, ...rest });

/** 1 where the picture is. */
function validity(picture: Size, preparation: Preparation): Uint8Array {
  const { width, height } = preparation.size;
  const into = new Uint8Array(1 + width * height).fill(7);
  writeValidity(preparation, placementOf(picture, preparation).target, into, 1);
  expect(into[0]).toBe(7);
  return into.subarray(1);
}

/** In [0, 1]. */
function pixels(picture: Raster, preparation = square('pad'), ranges = {}): number[] {
  const { size, channels } = preparation;
  const into = new Float32Array(size.width * size.height * channels);
  writePixels(prepared(picture, preparation), ranges, into, 0);
  return [...into];
}

describe('proportions', () => {
  const wide = { width: 40, height: 20 };

  test('are kept by padding', () => {
    expect(placementOf(wide, square('pad'))).toEqual({ source: { x: 0, y: 0, ...wide }, target: { x: 0, y: 2, width: 8, height: 4 } });
  });

  test('are kept by cutting', () => {
    expect(placementOf(wide, square('crop'))).toEqual({
      source: { x: 10, y: 0, width: 20, height: 20 },
      target: { x: 0, y: 0, width: 8, height: 8 },
    });
  });

  test('are those of the frame where stretching is asked for', () => {
    expect(placementOf(wide, square('stretch')).source).toEqual({ x: 0, y: 0, ...wide });
    expect(placementOf(wide, square('stretch')).target).toEqual({ x: 0, y: 0, width: 8, height: 8 });
  });

  test('a disc stays one: as many of its pixels across as down', () => {
    const data = Uint8Array.from({ length: 800 }, (_, at) => (((at % 40) - 19.5) ** 2 + (Math.floor(at / 40) - 9.5) ** 2 < 64 ? 255 : 0));
    const frame = pixels(raster(40, 20, data), square('pad', 32));
    const marked = frame.flatMap((value, at) => (value > 0.5 ? [[at % 32, Math.floor(at / 32)] as const] : []));
    const extent = (axis: 0 | 1) => Math.max(...marked.map((at) => at[axis])) - Math.min(...marked.map((at) => at[axis]));
    expect(extent(0)).toBe(extent(1));
    expect(extent(0)).toBeGreaterThan(8);
  });

  test('padding is the nearest pixel of the edge, and not valid', () => {
    const frame = pixels(raster(4, 2, Uint8Array.of(0, 51, 102, 153, 255, 204, 153, 102)), square('pad', 4));
    expect(frame.slice(0, 4)).toEqual(frame.slice(4, 8));
    expect(frame[15]).toBeCloseTo(102 / 255, 5);
    expect([...validity({ width: 4, height: 2 }, square('pad', 4))]).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]);
  });

  test('of what is cut out', () => {
    const preparation = square('pad', 8, { crop: { x: 5, y: 1, width: 10, height: 10 } });
    expect(placementOf(wide, preparation).source).toEqual({ x: 5, y: 1, width: 10, height: 10 });
    expect(() => placementOf({ width: 12, height: 12 }, preparation)).toThrow(FormatError);
    expect(() => placementOf({ width: 12, height: 12 }, preparation)).toThrow(
      'is 12x12 pixels, so there are no 10x10 to be cut out at x = 5, y = 1',
    );
  });
});

describe('a map of a frame as one of its picture', () => {
  const size = fc.record({ width: fc.integer({ min: 1, max: 70 }), height: fc.integer({ min: 1, max: 70 }) });

  test('has the values of what is seen, and 0 elsewhere; its proportions are the picture’s', () => {
    fc.assert(
      fc.property(size, size, fc.constantFrom('pad', 'crop', 'stretch'), (picture, frame, fit) => {
        const preparation = square(fit, frame);
        const map = validity(picture, preparation);
        const { data, width, height } = pictureMap(Float32Array.from(map), picture, preparation);
        const { whole, seen } = mapLayout(picture, preparation);
        expect({ width, height }).toEqual(whole);
        expect(data.reduce((a, b) => a + b, 0)).toBe(seen.width * seen.height);
        expect(data.length).toBe(width * height);
        if (fit !== 'crop') expect(seen).toEqual({ x: 0, y: 0, ...whole });
      }),
    );
  });

  test('keeps its place', () => {
    const preparation = square('pad', 4, { crop: { x: 10, y: 0, width: 20, height: 20 } });
    const { whole, seen } = mapLayout({ width: 40, height: 20 }, preparation);
    expect([whole, seen]).toEqual([
      { width: 8, height: 4 },
      { x: 2, y: 0, width: 4, height: 4 },
    ]);
  });
});

describe('a part that the frame enlarges', () => {
  test('makes no map larger than the picture: it has the picture’s own size, and the part lies where it was cut', () => {
    const picture = { width: 4000, height: 3000 };
    const crop = { x: 10, y: 20, width: 64, height: 32 };
    const preparation = square('pad', 256, { crop });
    expect(mapLayout(picture, preparation)).toEqual({ whole: picture, seen: crop });
    const { target } = placementOf(picture, preparation);
    const map = Float32Array.from({ length: 256 * 256 }, (_, at) => (at % 256 < 128 ? 1 : 3));
    const { data, width, height } = pictureMap(map, picture, preparation);
    expect([width, height, target.height]).toEqual([4000, 3000, 128]);
    const row = data.subarray(20 * 4000, 21 * 4000);
    expect([row[9], row[10], row[40], row[43], row[73], row[74], data[19 * 4000 + 10]]).toEqual([0, 1, 1, 3, 3, 0, 0]);
    expect(data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(2 * 64 * 32, 2);
  });

  test('and what is cut to fit, likewise; a whole picture keeps the frame’s resolution', () => {
    expect(mapLayout({ width: 40, height: 20 }, square('crop', 64))).toEqual({
      whole: { width: 40, height: 20 },
      seen: { x: 10, y: 0, width: 20, height: 20 },
    });
    expect(mapLayout({ width: 40, height: 20 }, square('pad', 64)).whole).toEqual({ width: 64, height: 32 });
  });

  test('is never a larger map, whatever part and frame', () => {
    const side = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(side, side, side, side, fc.constantFrom('pad', 'crop', 'stretch'), (w, h, width, height, fit) => {
        const picture = { width: w + 7, height: h + 5 };
        const preparation = square(fit, { width, height }, { crop: { x: 3, y: 2, width: w, height: h } });
        const { whole, seen } = mapLayout(picture, preparation);
        expect(whole.width <= picture.width && whole.height <= picture.height).toBe(true);
        expect(seen.x + seen.width <= whole.width && seen.y + seen.height <= whole.height).toBe(true);
      }),
    );
  });
});

describe('a variation', () => {
  const variation = { rotate: 0, shift: [0, 0.5] as const };
  const frameOf = (picture: Raster, variation?: Variation) =>
    [...prepared(picture, square('pad', 4), variation).values].map((v) => v / 257);

  test('moves the picture by shares of its own sides, not of the frame’s, and none of its padding', () => {
    const picture = raster(4, 2, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    expect(frameOf(picture)).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 5, 6, 7, 8]);
    expect(frameOf(picture, variation)).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
    expect(frameOf(picture, { rotate: 180, shift: [0, 0] })).toEqual([8, 7, 6, 5, 8, 7, 6, 5, 4, 3, 2, 1, 4, 3, 2, 1]);
  });
});

test('masks lie where their pictures do', () => {
  const mask = new Uint8Array(800);
  for (let y = 0; y < 20; y++) mask.fill(1, y * 40 + 20, y * 40 + 40); // the right half
  expect([...preparedMask(mask, { width: 40, height: 20 }, square('pad', 4))]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0]);
  expect([...preparedMask(mask, { width: 40, height: 20 }, square('crop', 2))]).toEqual([0, 1, 0, 1]);
});

describe('numbers', () => {
  test('of 8 bits are multiples of 1/255 where nothing is resized', () => {
    const data = Uint8Array.from({ length: 64 }, (_, i) => 4 * i);
    expect(pixels(raster(8, 8, data))).toEqual([...data].map((value) => Math.fround(value / 255)));
  });

  test('of 12 bits in 16 are scaled by the range of their set', () => {
    const data = Uint16Array.from({ length: 64 }, (_, i) => 64 * i);
    const ranges = rangesOf([prepared(raster(8, 8, data), square('pad'))]);
    expect(ranges).toEqual({ uint16: { black: 0, white: 4095 } });
    expect(pixels(raster(8, 8, data), square('pad'), ranges)[63]).toBeCloseTo((64 * 63) / 4095, 5);
    expect(pixels(raster(8, 8, data))[63]).toBeCloseTo((64 * 63) / 65535, 5); // without, as the file has it
  });

  test.each([
    [255, 255],
    [256, 1023],
    [1023, 1023],
    [4096, 16383],
    [16384, 65535],
  ])('of 16 bits up to %i have %i for white', (most, white) => {
    expect(rangesOf([{ type: 'uint16', least: 3, most }]).uint16).toEqual({ black: 0, white });
  });

  test('of floats keep [0, 1] if they lie in it, and have their own range and a quarter more if not', () => {
    const float = (least: number, most: number) => rangesOf([{ type: 'float', least, most }]).float;
    expect(float(0.2, 0.8)).toEqual({ black: 0, white: 1 });
    expect(float(0, 200)).toEqual({ black: -50, white: 250 });
    expect(float(-1, 1)).toEqual({ black: -1.5, white: 1.5 });
    expect(float(7, 7)).toEqual({ black: 6.75, white: 7.25 });
  });

  test('beyond the range are black or white', () => {
    const frame = pixels(raster(8, 8, new Float32Array(64).fill(-3).fill(9, 32)), square('pad'), { float: { black: 0, white: 4 } });
    expect([frame[0], frame[63]]).toEqual([0, 1]);
  });

  test('that are none are refused', () => {
    const data = new Float32Array(64);
    data[10] = Number.NaN;
    expect(() => prepared(raster(8, 8, data), square('pad'))).toThrow('is NaN at x = 2, y = 1; pixels must be finite numbers');
  });

  test('of colours become their luma, grey three equal channels, and alpha is dropped', () => {
    const red = raster(1, 1, Uint8Array.of(255, 0, 0, 128), 4);
    expect(pixels(red, preparationOf('test', { size: 1, channels: 1 }))[0]).toBeCloseTo(0.2126, 4);
    expect(pixels(red, preparationOf('test', { size: 1 }))).toEqual([1, 0, 0]);
    expect(pixels(raster(1, 1, Uint8Array.of(51, 7), 2), preparationOf('test', { size: 1 }))).toEqual(Array(3).fill(Math.fround(0.2)));
  });
});

test.each([
  [{ size: 0 }, 'test: size is 0'],
  [{ size: 8, channels: 2 }, 'test: channels is 2; it must be 1 or 3'],
  [{ size: 8, fit: 'squeeze' }, 'test: fit'],
  [{ size: 8, crop: { x: -1, y: 0, width: 4, height: 4 } }, 'test: crop.x is -1'],
  [{ size: 8, ranges: { uint16: { black: 5, white: 5 } } }, 'test: ranges.uint16 is from 5 to 5; black must be below white'],
])('%j is refused', (options, message) => {
  expect(() => preparationOf('test', options as never)).toThrow(ConfigError);
  expect(() => preparationOf('test', options as never)).toThrow(message);
});
