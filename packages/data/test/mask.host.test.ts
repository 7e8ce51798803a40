import type { Raster } from '@rddpm/core/contracts';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { maskOf } from '../src/index.ts';
import { MOST_VALUES, readMask } from '../src/mask.ts';
import { folderSource } from '../src/node.ts';
import { bmpOf } from './bmp-of.ts';
import { type PngOptions, pngOf } from './png-of.ts';

const raster = (channels: Raster['channels'], data: Raster['data']): Raster => ({
  width: data.length / channels,
  height: 1,
  channels,
  data,
});
const marks = (channels: Raster['channels'], ...values: number[]) => [...maskOf(raster(channels, Uint8Array.from(values)))];

describe('colours', () => {
  test('any that is not black marks, in whichever channel', () => {
    expect(marks(1, 0, 1, 254, 255)).toEqual([0, 1, 1, 1]);
    expect(marks(3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1)).toEqual([0, 1, 1, 1]);
  });

  test('small ids of 16 bits mark, and floats that are not zero', () => {
    expect([...maskOf(raster(1, Uint16Array.of(0, 1, 255, 256, 300)))]).toEqual([0, 1, 1, 1, 1]);
    expect([...maskOf(raster(1, Float32Array.of(0, -0, 1e-9, -1, Number.NaN)))]).toEqual([0, 0, 1, 1, 1]);
  });
});

describe('alpha', () => {
  test('that is the same everywhere says nothing', () => {
    for (const alpha of [0, 128, 255]) expect(marks(2, 0, alpha, 9, alpha)).toEqual([0, 1]);
    expect(marks(4, 0, 0, 0, 255, 0, 9, 0, 255)).toEqual([0, 1]);
  });

  test('bears the marks where all that can be seen is black, or of one colour', () => {
    expect(marks(4, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 3)).toEqual([0, 1, 1]);
    expect(marks(4, 9, 9, 9, 0, 0, 0, 0, 255)).toEqual([0, 1]); // what is transparent may have any colour
    expect(marks(2, 255, 0, 255, 255)).toEqual([0, 1]);
  });

  test('hides marks, and black marks nothing, where there are several colours', () => {
    expect(marks(4, 255, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 255)).toEqual([0, 0, 1]);
  });
});

test('says where the marks are, how many pixels, and of how many values', () => {
  const read = (channels: Raster['channels'], data: Raster['data']) => {
    const { countValues, ...reading } = readMask(raster(channels, data));
    return { ...reading, values: countValues() };
  };
  expect(read(1, Uint8Array.of(0, 1, 2, 2))).toMatchObject({ count: 3, values: 3, inAlpha: false });
  expect(read(2, Uint8Array.of(0, 0, 0, 255, 0, 255))).toMatchObject({ count: 2, values: 2, inAlpha: true });
  expect(read(3, Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0))).toMatchObject({ count: 2, values: 3 });
  const hidden = [0, 255, 0, 0];
  expect(read(4, Uint8Array.of(...hidden, 0, 0, 0, 255, 255, 0, 0, 255))).toMatchObject({ count: 1, values: 2 });
  expect(read(3, Float32Array.of(0, 0, 0, -0, 0, 0, 0.5, 0, 0))).toMatchObject({ count: 1, values: 2 });
});

test('values are told apart only when asked for, and only so many', () => {
  const noise = raster(
    1,
    Uint16Array.from({ length: 5000 }, (_, i) => i),
  );
  const add = vi.spyOn(Set.prototype, 'add');
  try {
    const { countValues } = readMask(noise);
    expect(add).not.toHaveBeenCalled();
    expect(countValues()).toBe(MOST_VALUES + 1);
    expect(add).toHaveBeenCalledTimes(MOST_VALUES + 1);
  } finally {
    add.mockRestore();
  }
});

test('opaque masks of any kind mark what a mask of gray marks', () => {
  const ids = fc.array(fc.nat(3), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(ids, fc.array(fc.nat(65535), { minLength: 3, maxLength: 3 }), (ids, [r = 0, g = 0, b = 0]) => {
      const colour = r + g + b === 0 ? [1, 0, 0] : [r, g, b];
      const wanted = ids.map((id) => Math.min(id, 1));
      const rgba = Uint16Array.from(ids.flatMap((id) => (id === 0 ? [0, 0, 0, 65535] : [...colour, 65535])));
      expect([...maskOf(raster(1, Uint16Array.from(ids)))]).toEqual(wanted);
      expect([...maskOf(raster(4, rgba))]).toEqual(wanted);
    }),
  );
});

describe('a square of 16x16 among 64x64, whatever the file', () => {
  const inSquare = Array.from({ length: 64 * 64 }, (_, p) => p % 64 >= 20 && p % 64 < 36 && p >= 20 * 64 && p < 36 * 64);
  const of = (...values: readonly [number[], number[]]) => inSquare.flatMap((is) => values[is ? 1 : 0]);
  const size = { width: 64, height: 64 };
  const png = (options: Omit<PngOptions, 'width' | 'height'>) => pngOf({ ...size, ...options });
  const classes = inSquare.map((is, p) => (is ? (p % 64 < 28 ? 1 : 2) : 0));

  test.each([
    ['white on black', png({ bits: 8, colour: 0, samples: of([0], [255]) })],
    ['one bit', png({ bits: 1, colour: 0, samples: of([0], [1]) })],
    ['green', png({ bits: 8, colour: 2, samples: of([0, 0, 0], [0, 255, 0]) })],
    ['two classes of a palette', png({ bits: 8, colour: 3, palette: [0, 0, 0, 128, 0, 0, 0, 128, 0], samples: classes })],
    ['a palette’s cyan', png({ bits: 8, colour: 3, palette: [0, 0, 0, 0, 255, 255], samples: of([0], [1]) })],
    ['class id 1 of 8 bits', png({ bits: 8, colour: 0, samples: of([0], [1]) })],
    ['class id 1 of 16 bits', png({ bits: 16, colour: 0, samples: of([0], [1]) })],
    ['class ids 1 and 300', png({ bits: 16, colour: 0, samples: classes.map((id) => [0, 1, 300][id]!) })],
    ['marks in alpha', png({ bits: 8, colour: 6, samples: of([0, 0, 0, 0], [0, 0, 0, 255]) })],
    ['a transparent colour', png({ bits: 8, colour: 0, samples: of([255], [0]), transparent: [255] })],
    ['a BMP with a palette', bmpOf({ ...size, bits: 8, pixels: of([0], [1]), palette: [0, 0x0000ff] })],
  ])('%s', async (_, bytes) => {
    const marked = maskOf(await folderSource('.').decode(bytes));
    expect([...marked]).toEqual(inSquare.map(Number));
  });
});
