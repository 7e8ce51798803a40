import { ConfigError, contentKey, createRng, imageSet, ShapeError } from '@rddpm/core';
import type { RatedRows, Scorer, Size, TrainingSet } from '@rddpm/core/contracts';
import fc from 'fast-check';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, test } from 'vitest';
import { keptFrames, ratedTiles, type Tiles, tiledScorer, tiledSet, tilesOf } from '../src/index.ts';

const random = (name: string, length: number) => {
  const rng = createRng(name);
  return Float32Array.from({ length }, () => rng.uniform());
};

/** Frames up to 24 pixels a side, and tiles that fit. */
const cut = fc
  .record({ frame: fc.record({ width: fc.integer({ min: 1, max: 24 }), height: fc.integer({ min: 1, max: 24 }) }), seed: fc.nat() })
  .map(({ frame, seed }) => {
    const rng = createRng(seed);
    const [width, height] = [1 + rng.integer(frame.width), 1 + rng.integer(frame.height)];
    return { frame, tiles: { width, height, overlap: rng.integer(Math.min(width, height)) } };
  });

describe('tilesOf', () => {
  test('tiles of an oblong, row by row, evenly spaced', () => {
    const tiles = { width: 4, height: 4, overlap: 1 };
    expect(tilesOf({ width: 9, height: 6 }, tiles).map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [3, 0],
      [5, 0],
      [0, 2],
      [3, 2],
      [5, 2],
    ]);
    expect(tilesOf({ width: 4, height: 4 }, tiles)).toEqual([{ x: 0, y: 0, width: 4, height: 4 }]);
  });

  test('they cover the frame, stay within it, overlap as asked, and one column or row fewer would not', () => {
    fc.assert(
      fc.property(cut, ({ frame, tiles }) => {
        const regions = tilesOf(frame, tiles);
        for (const [side, start] of [
          ['width', 'x'],
          ['height', 'y'],
        ] as const) {
          const starts = [...new Set(regions.map((region) => region[start]))];
          const gaps = starts.slice(1).map((at, i) => at - starts[i]!);
          expect([starts[0], starts.at(-1)! + tiles[side]]).toEqual([0, frame[side]]);
          expect(Math.max(0, ...gaps)).toBeLessThanOrEqual(tiles[side] - tiles.overlap);
          if (gaps.length > 0) expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
          expect(Math.max(0, gaps.length - 1) * (tiles[side] - tiles.overlap)).toBeLessThanOrEqual(frame[side] - tiles[side]);
          if (gaps.length > 0) expect((gaps.length - 1) * (tiles[side] - tiles.overlap)).toBeLessThan(frame[side] - tiles[side]);
        }
        expect(new Set(regions.map(({ x, y }) => `${x} ${y}`)).size).toBe(regions.length);
      }),
    );
  });

  test.each<[string, Size, Tiles, string]>([
    [
      'tiles beyond the frame',
      { width: 9, height: 3 },
      { width: 4, height: 4, overlap: 0 },
      'tilesOf: tiles are 4x4 (width x height), but the frame is 9x3; tiles must fit into it',
    ],
    [
      'tiles that are all overlap',
      { width: 9, height: 9 },
      { width: 5, height: 4, overlap: 4 },
      'tilesOf: tiles.overlap is 4; it must be a whole number from 0 to 3, as tiles are 5x4',
    ],
    [
      'half a pixel of overlap',
      { width: 9, height: 9 },
      { width: 5, height: 4, overlap: 0.5 },
      'tilesOf: tiles.overlap is 0.5; it must be a whole number from 0 to 3, as tiles are 5x4',
    ],
    [
      'tiles without a width',
      { width: 9, height: 9 },
      { width: 0, height: 4, overlap: 0 },
      'tilesOf: tiles.width is 0; it must be a whole number of at least 1',
    ],
  ])('refuses %s', (_, frame, tiles, message) => {
    expect(() => tilesOf(frame, tiles)).toThrow(new ConfigError(message));
  });
});

const [H, W] = [6, 9];
const tiles: Tiles = { width: 4, height: 4, overlap: 1 };
const frame: Size = { width: W, height: H };
const images = ndarray(random('images', 3 * H * W * 3), [3, H, W, 3]);

/** Remembers what was read. The first image's left half is valid, and nothing of the others. */
function spiedSet(read: number[][], values = images): TrainingSet {
  const set = imageSet(ndarray(new Float32Array(3 * H * W), [3, H, W, 1]));
  return {
    ...set,
    shape: [H, W, 3],
    async read(rows) {
      read.push([...rows]);
      const pixels = [...rows].flatMap((row) => pixelsOf(values, row, { x: 0, y: 0, width: W, height: H }));
      const valid = Uint8Array.from({ length: rows.length * H * W }, (_, at) =>
        rows[Math.floor(at / (H * W))] === 0 && at % W < 5 ? 1 : 0,
      );
      return {
        values: ndarray(Float32Array.from(pixels), [rows.length, H, W, 3]),
        range: 'pixels',
        valid: ndarray(valid, [rows.length, H, W]),
      };
    },
  };
}

function pixelsOf(values: NdArray<Float32Array>, row: number, region: { x: number; y: number; width: number; height: number }): number[] {
  const pixels: number[] = [];
  for (let y = 0; y < region.height; y++)
    for (let x = 0; x < region.width; x++) for (let c = 0; c < 3; c++) pixels.push(values.get(row, region.y + y, region.x + x, c));
  return pixels;
}

describe('tiledSet', () => {
  test('its rows are the tiles of each image in turn; an image is read once, whatever is asked of it', async () => {
    const read: number[][] = [];
    const set = tiledSet(spiedSet(read), tiles);
    const regions = tilesOf(frame, tiles);
    expect([set.count, set.shape, set.range, set.regions]).toEqual([18, [4, 4, 3], 'pixels', regions]);
    const { values, valid } = await set.read(Int32Array.of(13, 1, 17, 4, 1));
    expect(read).toEqual([[2, 0]]);
    expect([values.shape, valid!.shape]).toEqual([
      [5, 4, 4, 3],
      [5, 4, 4],
    ]);
    const asked = [13, 1, 17, 4, 1].map(set.place);
    expect(asked.map(({ image }) => image)).toEqual([2, 0, 2, 0, 0]);
    expect(asked.map(({ region }) => set.regions.indexOf(region))).toEqual([1, 1, 5, 4, 1]);
    expect([...values.data]).toEqual(asked.flatMap(({ image, region }) => pixelsOf(images, image, region)));
    // tiles 1 and 4 begin at x 3, and x 0 to 4 are valid of image 0
    const [none, half] = [Array(16).fill(0), Array(4).fill([1, 1, 0, 0]).flat()];
    expect([...valid!.data]).toEqual([none, half, none, half, half].flat());
  });

  test('views are read as what they show, and what has no validity gets none', async () => {
    const turned = ndarray(images.data, [3, W, H, 3]).transpose(0, 2, 1, 3);
    const { values, valid } = await tiledSet(imageSet(images), tiles).read(Int32Array.of(8));
    expect([...values.data, valid]).toEqual([...pixelsOf(images, 1, tilesOf(frame, tiles)[2]!), undefined]);
    const view: TrainingSet = { ...imageSet(images), read: async () => ({ values: turned, range: 'pixels' }) };
    const row = await tiledSet(view, tiles).read(Int32Array.of(2));
    expect([...row.values.data]).toEqual(pixelsOf(turned, 0, tilesOf(frame, tiles)[2]!));
  });

  test.each([-1, 18, 0.5])('has no row %s', (row) => {
    expect(() => tiledSet(imageSet(images), tiles).place(row)).toThrow(
      new ConfigError(`tiledSet has no row ${row}; rows are from 0 to 17`),
    );
  });
});

type Asked = { readonly keys: string[]; readonly rows: Int32Array | undefined };

/** A map is the mean of the channels, 'same' what it was shown; 'small' has no place in a frame. */
function meanScorer(asked: Asked[] = []): Scorer & { disposed: number } {
  return {
    disposed: 0,
    async score({ values, valid }, options) {
      const [n, h, w, c] = values.shape as [number, number, number, number];
      const size = h * w * c;
      const keys = Array.from({ length: n }, (_, i) => contentKey(values.data.slice(i * size, (i + 1) * size)) + (valid ? ' valid' : ''));
      asked.push({ keys, rows: options?.trainingRows });
      const mean = (at: number) => values.data.subarray(at * c, (at + 1) * c).reduce((sum, value) => sum + value, 0) / c;
      return {
        maps: ndarray(
          Float32Array.from({ length: n * h * w }, (_, at) => mean(at)),
          [n, h, w],
        ),
        pictures: { same: ndarray(values.data.slice(), [n, h, w, c]), small: ndarray(new Float32Array(n), [n, 1, 1, 1]) },
      };
    },
    dispose() {
      this.disposed++;
    },
  };
}

describe('tiledScorer', () => {
  test('what a pixel alone decides is what it is without tiles, whatever the frame, the tiles and the overlap', async () => {
    await fc.assert(
      fc.asyncProperty(cut, fc.integer({ min: 1, max: 3 }), async ({ frame, tiles }, n) => {
        const { width, height } = frame;
        const values = ndarray(random(`${width} ${height}`, n * height * width * 3), [n, height, width, 3]);
        const batch = { values, range: 'pixels' } as const;
        const [whole, tiled] = [await meanScorer().score(batch), await tiledScorer(meanScorer(), frame, tiles).score(batch)];
        expect(tiled.maps.shape).toEqual([n, height, width]);
        expect(tiled.pictures!.same!.shape).toEqual([n, height, width, 3]);
        for (const [at, value] of whole.maps.data.entries()) expect(Math.abs(tiled.maps.data[at]! - value)).toBeLessThan(1e-6);
        for (const [at, value] of values.data.entries()) expect(Math.abs(tiled.pictures!.same!.data[at]! - value)).toBeLessThan(1e-6);
      }),
    );
  });

  test('frames, maps and pictures that are views are read as what they show', async () => {
    const flat: Scorer = {
      async score(batch) {
        const { maps, pictures } = await meanScorer().score(batch);
        const [n] = maps.shape as [number];
        const turned = ndarray(new Float32Array(n * 16), [4, n, 4]).transpose(1, 0, 2); // n last but one
        for (let i = 0; i < n; i++) for (let y = 0; y < 4; y++) for (let x = 0; x < 4; x++) turned.set(i, y, x, maps.get(i, y, x));
        return { maps: turned, pictures: { same: pictures!.same!.step(1, 1, 1, -1) } };
      },
      dispose() {},
    };
    const values = images.step(1, 1, -1); // mirrored
    const { maps, pictures } = await tiledScorer(flat, frame, { ...tiles, overlap: 0 }).score({ values, range: 'pixels' });
    for (let i = 0; i < 3; i++)
      for (let y = 0; y < H; y++)
        for (let x = 0; x < W; x++) {
          const shown = [0, 1, 2].map((c) => images.get(i, y, W - 1 - x, c)) as [number, number, number];
          expect(maps.get(i, y, x)).toBeCloseTo((shown[0] + shown[1] + shown[2]) / 3, 6);
          for (const c of [0, 1, 2]) expect(pictures!.same!.get(i, y, x, c)).toBeCloseTo(shown[2 - c]!, 6);
        }
  });

  test('a constant stays what it is, to the last bit', async () => {
    const ones = ndarray(new Float32Array(2 * H * W).fill(1), [2, H, W, 1]);
    const { maps, pictures } = await tiledScorer(meanScorer(), frame, { ...tiles, overlap: 3 }).score({ values: ones, range: 'pixels' });
    expect([...new Set([...maps.data, ...pictures!.same!.data])]).toEqual([1]);
  });

  test('between two tiles it goes over linearly from one to the other', async () => {
    // two tiles of one row: x 0 to 3, and 2 to 5; a tile's map is its number
    const scorer: Scorer = {
      score: async ({ values: { shape } }) => {
        const [n, h, w] = shape as [number, number, number];
        return {
          maps: ndarray(
            Float32Array.from({ length: n * h * w }, (_, at) => Math.floor(at / (h * w))),
            [n, h, w],
          ),
        };
      },
      dispose() {},
    };
    const values = ndarray(new Float32Array(6), [1, 1, 6, 1]);
    const size = { width: 4, height: 1, overlap: 0 };
    const { maps } = await tiledScorer(scorer, { width: 6, height: 1 }, size).score({ values, range: 'pixels' });
    expect([...maps.data]).toEqual([0, 0, 0.25, 0.75, 1, 1]); // weights are 1.5 and 0.5, then 0.5 and 1.5
  });

  test('few tiles are shown at once, each what the tiled set has in its row, with what is valid', async () => {
    const asked: Asked[] = [];
    const set = spiedSet([]);
    const scorer = tiledScorer(meanScorer(asked), frame, tiles);
    const { pictures } = await scorer.score(await set.read(Int32Array.of(2, 0)), { trainingRows: Int32Array.of(2, 0) });
    expect(Object.keys(pictures!)).toEqual(['same']);
    expect(asked.map(({ keys }) => keys.length)).toEqual([8, 4]);
    const rows = asked.flatMap(({ rows }) => [...rows!]);
    expect(rows).toEqual([12, 13, 14, 15, 16, 17, 0, 1, 2, 3, 4, 5]);
    const { values } = await tiledSet(set, tiles).read(Int32Array.from(rows));
    const keys = rows.map((_, i) => `${contentKey(values.data.slice(i * 48, (i + 1) * 48))} valid`);
    expect(asked.flatMap(({ keys }) => keys)).toEqual(keys);
    await scorer.score({ values: images, range: 'pixels' });
    expect(asked.at(-1)!.rows).toBeUndefined();
  });

  test('disposing passes on; items that are no frames and maps that are no tiles are refused', async () => {
    const scorer = meanScorer();
    tiledScorer(scorer, frame, tiles).dispose();
    expect(scorer.disposed).toBe(1);
    const turned = { values: ndarray(images.data, [3, W, H, 3]), range: 'pixels' } as const;
    await expect(tiledScorer(scorer, frame, tiles).score(turned)).rejects.toThrow(
      new ShapeError('tiledScorer: items are 6x9 (width x height); they must be 9x6, as the frame'),
    );
    const half: Scorer = { score: async () => ({ maps: ndarray(new Float32Array(32), [8, 2, 2]) }), dispose() {} };
    await expect(tiledScorer(half, frame, tiles).score({ values: images, range: 'pixels' })).rejects.toThrow(
      new ShapeError("tiledScorer: the tiles' maps are [8,2,2]; they must be [8,4,4], the size of what was shown"),
    );
    const flat: Scorer = {
      score: async (batch) => ({ ...(await meanScorer().score(batch)), pictures: { flat: ndarray(new Float32Array(128), [8, 4, 4]) } }),
      dispose() {},
    };
    await expect(tiledScorer(flat, frame, tiles).score({ values: images, range: 'pixels' })).rejects.toThrow(
      new ShapeError("tiledScorer: its pictures 'flat' are [8,4,4]; they must be [8, h, w, 1 or 3]"),
    );
  });
});

describe('ratedTiles', () => {
  const rated: RatedRows = {
    scores: Float64Array.of(1, 5, 2, 0, 0, 3, 1, 1, 1, 1, 1, 9),
    kept: Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0),
    cutoff: 6,
    rule: 'by hand',
    places: { x: Int32Array.from({ length: 12 }, (_, row) => row % 4), y: Int32Array.from({ length: 12 }, (_, row) => (row + 1) % 4) },
  };

  test('an image is its worst tile, and suspected with any of its tiles', () => {
    // tile 1 begins at (3, 0), tile 5 at (5, 2)
    expect(ratedTiles(rated, frame, tiles)).toEqual({
      scores: Float64Array.of(5, 9),
      kept: Uint8Array.of(1, 0),
      cutoff: 6,
      rule: 'by hand',
      places: { x: Int32Array.of(3 + 1, 5 + 3), y: Int32Array.of(0 + 2, 2 + 0) },
    });
    const { places, ...placeless } = rated;
    expect(ratedTiles(placeless, frame, tiles).places).toBeUndefined();
    const suspected = Uint8Array.of(1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    expect([...keptFrames(suspected, frame, tiles)]).toEqual([0, 1]); // though it isn't the worst
  });

  test('refuses part of an image', () => {
    expect(() => ratedTiles({ ...rated, kept: rated.kept.subarray(1) }, frame, tiles)).toThrow(
      new ShapeError('keptFrames: kept is of 11 tiles; it must be a multiple of 6, the tiles of one image'),
    );
    expect(() => ratedTiles({ ...rated, scores: rated.scores.subarray(6) }, frame, tiles)).toThrow(
      new ShapeError('ratedTiles: there are 6 scores, but kept is of 12 rows; there must be one for each row'),
    );
  });
});
