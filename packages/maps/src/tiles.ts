/** Pictures larger than what a method is shown: cut into tiles that overlap, and what is found on the tiles put together again. */
import { assertPositiveInteger, ConfigError, ShapeError } from '@rddpm/core';
import type { Batch, RatedRows, Region, Scored, Scorer, Size, TrainingSet } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { inRows } from './row-major.ts';
import { assertPictures } from './score-set.ts';

/** The size of tiles, and by how many pixels neighbours overlap at least. */
export type Tiles = Size & { readonly overlap: number };

/** The tiles of the images of a set: those of image 0 are its first rows, in the order of `regions`, then come those of image 1. */
export type TiledSet = TrainingSet & {
  /** Of each image. */
  readonly regions: readonly Region[];
  /** Of which row of the set that was tiled, and of which of its pixels, a row shows. @throws {ConfigError} for a row that isn't there. */
  place(row: number): { readonly image: number; readonly region: Region };
};

/**
 * Tiles that cover a frame, row by row: as few as overlap by `tiles.overlap` pixels or more, evenly spaced, none beyond the frame.
 *
 * @throws {ConfigError} unless sides are whole numbers of at least 1, tiles fit into the frame, and the overlap is below their sides.
 */
export function tilesOf(frame: Size, tiles: Tiles): Region[] {
  for (const [name, size] of Object.entries({ frame, tiles })) {
    assertPositiveInteger(`tilesOf: ${name}.width`, size.width);
    assertPositiveInteger(`tilesOf: ${name}.height`, size.height);
  }
  const { width, height, overlap } = tiles;
  if (width > frame.width || height > frame.height) {
    throw new ConfigError(
      `tilesOf: tiles are ${width}x${height} (width x height), but the frame is ${frame.width}x${frame.height}; tiles must fit into it`,
    );
  }
  if (!(Number.isSafeInteger(overlap) && overlap >= 0 && overlap < Math.min(width, height))) {
    throw new ConfigError(
      `tilesOf: tiles.overlap is ${overlap}; it must be a whole number from 0 to ${Math.min(width, height) - 1}, as tiles are ${width}x${height}`,
    );
  }
  const columns = startsOf(frame.width, width, overlap);
  return startsOf(frame.height, height, overlap).flatMap((y) => columns.map((x) => ({ x, y, width, height })));
}

/**
 * A set whose rows are the tiles of another's. Its images are read when a tile of theirs is asked for, each once however many of its tiles are.
 *
 * @throws {ConfigError} as `tilesOf`; reading rejects with {ConfigError} for a row that isn't there.
 */
export function tiledSet(set: TrainingSet, tiles: Tiles): TiledSet {
  const [height, width, channels] = set.shape;
  const regions = tilesOf({ width, height }, tiles);
  const count = set.count * regions.length;
  const place = (row: number) => {
    if (!(Number.isSafeInteger(row) && row >= 0 && row < count)) {
      throw new ConfigError(`tiledSet has no row ${row}; rows are from 0 to ${count - 1}`);
    }
    return { image: Math.floor(row / regions.length), region: regions[row % regions.length]! };
  };
  return {
    count,
    shape: [tiles.height, tiles.width, channels],
    range: set.range,
    regions,
    place,
    async read(rows) {
      const places = Array.from(rows, place);
      const images = [...new Set(places.map(({ image }) => image))];
      const at = new Map(images.map((image, i) => [image, i]));
      const pieces = places.map(({ image, region }) => ({ item: at.get(image)!, region }));
      return cut(inOrder(await set.read(Int32Array.from(images))), pieces, tiles);
    },
  };
}

/** Tiles that a scorer is shown at once: they, not frames, are what its memory has to hold. */
const AT_ONCE = 8;

/**
 * A scorer of frames, by one of tiles. Where tiles overlap, maps and pictures are their weighted means: a tile's weight falls linearly from its middle
 * to its edges, so that no seam is seen. A training row of frames is all its tiles' rows of the `tiledSet`. Disposing of it disposes of the scorer of tiles.
 *
 * Pictures of another size than the tiles' have no place in a frame, and are left out.
 *
 * @throws {ConfigError} as `tilesOf`; scoring rejects with {ShapeError} for items of another size than the frame, maps of another than the tiles', and pictures that aren't [n, h, w, 1 or 3].
 */
export function tiledScorer(scorer: Scorer, frame: Size, tiles: Tiles): Scorer {
  const regions = tilesOf(frame, tiles);
  const columns = sharesOf(frame.width, tiles.width, tiles.overlap);
  const rows = sharesOf(frame.height, tiles.height, tiles.overlap);
  return {
    async score(batch, { trainingRows } = {}) {
      const [n, h, w] = batch.values.shape as [number, number, number];
      if (h !== frame.height || w !== frame.width) {
        throw new ShapeError(
          `tiledScorer: items are ${w}x${h} (width x height); they must be ${frame.width}x${frame.height}, as the frame`,
        );
      }
      const whole = inOrder(batch);
      const maps = new Float64Array(n * h * w);
      const pictures: Record<string, { readonly sums: Float64Array; readonly channels: number }> = {};
      const total = n * regions.length;
      for (let first = 0; first < total; first += AT_ONCE) {
        const pieces = Array.from({ length: Math.min(AT_ONCE, total - first) }, (_, i) => {
          const tile = (first + i) % regions.length;
          return { item: Math.floor((first + i) / regions.length), tile, region: regions[tile]! };
        });
        const tileRows = trainingRows && Int32Array.from(pieces, ({ item, tile }) => trainingRows[item]! * regions.length + tile);
        const scored = await scorer.score(cut(whole, pieces, tiles), tileRows ? { trainingRows: tileRows } : {});
        assertMaps(scored, [pieces.length, tiles.height, tiles.width]);
        add(scored.maps, pieces, maps, 1);
        assertPictures('tiledScorer', scored.pictures ?? {}, pieces.length);
        for (const [name, picture] of Object.entries(scored.pictures ?? {})) {
          const [, height, width, channels] = picture.shape as [number, number, number, number];
          if (height !== tiles.height || width !== tiles.width) continue;
          pictures[name] ??= { sums: new Float64Array(n * h * w * channels), channels };
          add(picture, pieces, pictures[name].sums, channels);
        }
      }
      return {
        maps: ndarray(Float32Array.from(maps), [n, h, w]),
        pictures: Object.fromEntries(
          Object.entries(pictures).map(([name, { sums, channels }]) => [name, ndarray(Float32Array.from(sums), [n, h, w, channels])]),
        ),
      };
    },
    dispose: () => scorer.dispose(),
  };

  /** Adds tiles, weighed, to the frames that they are of. */
  function add(tiles: NdArray<Float32Array>, pieces: readonly Piece[], sums: Float64Array, channels: number): void {
    const values = inRows(tiles);
    let from = 0;
    for (const { item, region } of pieces) {
      const [across, down] = [columns.get(region.x)!, rows.get(region.y)!];
      for (let y = 0; y < region.height; y++) {
        let to = ((item * frame.height + region.y + y) * frame.width + region.x) * channels;
        for (let x = 0; x < region.width; x++) {
          const share = down[y]! * across[x]!;
          for (let channel = 0; channel < channels; channel++) sums[to++]! += share * values[from++]!;
        }
      }
    }
  }
}

/**
 * Turns a rating of tiles into one of the images that they are cut from. An image scores as its worst tile does; its worst place is that of this tile, in
 * pixels of the frame; and it is suspected as soon as one of its tiles is.
 *
 * @param rated Of the rows of a `tiledSet`.
 * @throws {ConfigError} as `tilesOf`; {ShapeError} unless there are as many tiles as some images have.
 */
export function ratedTiles(rated: RatedRows, frame: Size, tiles: Tiles): RatedRows {
  const { scores, cutoff, rule, places } = rated;
  const regions = tilesOf(frame, tiles);
  const kept = keptFrames(rated.kept, frame, tiles);
  if (scores.length !== rated.kept.length) {
    throw new ShapeError(
      `ratedTiles: there are ${scores.length} scores, but kept is of ${rated.kept.length} rows; there must be one for each row`,
    );
  }
  const worst = Array.from(kept, (_, image) => {
    let row = image * regions.length;
    for (let other = row; other < (image + 1) * regions.length; other++) if (scores[other]! > scores[row]!) row = other;
    return { row, region: regions[row % regions.length]! };
  });
  return {
    scores: Float64Array.from(worst, ({ row }) => scores[row]!),
    kept,
    cutoff,
    rule,
    places: places && {
      x: Int32Array.from(worst, ({ row, region }) => region.x + places.x[row]!),
      y: Int32Array.from(worst, ({ row, region }) => region.y + places.y[row]!),
    },
  };
}

/**
 * Of which images all tiles are kept (1), and of which one or more are left out (0).
 *
 * @param kept By row of a `tiledSet`. @throws {ConfigError} as `tilesOf`; {ShapeError} unless there are as many tiles as some images have.
 */
export function keptFrames(kept: Uint8Array, frame: Size, tiles: Tiles): Uint8Array<ArrayBuffer> {
  const each = tilesOf(frame, tiles).length;
  const images = kept.length / each;
  if (!Number.isInteger(images)) {
    throw new ShapeError(`keptFrames: kept is of ${kept.length} tiles; it must be a multiple of ${each}, the tiles of one image`);
  }
  return Uint8Array.from({ length: images }, (_, image) => (kept.subarray(image * each, (image + 1) * each).includes(0) ? 0 : 1));
}

/** Where tiles begin along an axis: the first at 0, the last at the end, the others evenly between. */
function startsOf(side: number, tile: number, overlap: number): number[] {
  const gaps = Math.ceil((side - tile) / (tile - overlap));
  return Array.from({ length: gaps + 1 }, (_, i) => (i === 0 ? 0 : Math.round((i * (side - tile)) / gaps)));
}

/** By where a tile begins along an axis, its share of each of its pixels. Those of all tiles sum to 1; the two axes' are multiplied. */
function sharesOf(side: number, tile: number, overlap: number): ReadonlyMap<number, Float64Array> {
  const starts = startsOf(side, tile, overlap);
  const taper = Float64Array.from({ length: tile }, (_, at) => Math.min(at + 0.5, tile - at - 0.5)); // above 0 at the edges, too
  const sums = new Float64Array(side);
  for (const start of starts) for (const [at, weight] of taper.entries()) sums[start + at]! += weight;
  return new Map(starts.map((start) => [start, taper.map((weight, at) => weight / sums[start + at]!)]));
}

/** A region of an item of a batch. */
type Piece = { readonly item: number; readonly region: Region };

/** The batch, its arrays row-major. */
function inOrder({ values, range, valid }: Batch): Batch {
  return {
    values: ndarray(inRows(values), [...values.shape]),
    range,
    valid: valid && ndarray(inRows(valid), [...valid.shape]),
  };
}

/** @param batch Row-major. */
function cut({ values, range, valid }: Batch, pieces: readonly Piece[], { width, height }: Size): Batch {
  const shape = [pieces.length, height, width];
  const pixels = pieces.length * height * width;
  const channels = values.shape[3]!;
  return {
    values: ndarray(copied(values, pieces, new Float32Array(pixels * channels)), [...shape, channels]),
    range,
    valid: valid && ndarray(copied(valid, pieces, new Uint8Array(pixels)), shape),
  };
}

/** Pieces one after the other. @param array [n, h, w] or [n, h, w, c], row-major. */
function copied<T extends Float32Array | Uint8Array>({ data, shape }: NdArray<T>, pieces: readonly Piece[], into: T): T {
  const [, h, w, channels = 1] = shape as [number, number, number, number?];
  let to = 0;
  for (const { item, region } of pieces) {
    const length = region.width * channels;
    for (let y = region.y; y < region.y + region.height; y++) {
      const from = ((item * h + y) * w + region.x) * channels;
      into.set(data.subarray(from, from + length), to);
      to += length;
    }
  }
  return into;
}

function assertMaps({ maps }: Scored, shape: readonly [number, number, number]): void {
  if (`${maps.shape}` === `${shape}`) return;
  throw new ShapeError(`tiledScorer: the tiles' maps are [${maps.shape}]; they must be [${shape}], the size of what was shown`);
}
