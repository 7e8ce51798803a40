/** What a picture marks as defective, whatever kind of mask it is. */
import type { Raster } from '@rddpm/core/contracts';

/**
 * 1 where there is a defect, 0 elsewhere; row-major, one number per pixel.
 *
 * A pixel is marked if it isn't black in any of its colour channels, at full depth (class ids of 1 or 300 mark, and so do NaNs), and isn't wholly
 * transparent. Where alpha is the same everywhere it says nothing. Where it varies and the colour is the same wherever it can be seen, the marks are in
 * alpha, and whatever isn't wholly transparent is marked.
 */
export function maskOf(raster: Raster): Uint8Array {
  return readMask(raster).marked;
}

export type MaskReading = {
  /** The mask, as `maskOf` returns it. */
  readonly marked: Uint8Array;
  /** How many pixels are marked. */
  readonly count: number;
  /** How many different colours there are, or alphas where alpha bears the marks. Counting stops at `MOST_VALUES` + 1. */
  readonly countValues: () => number;
  /** Whether the marks are in alpha rather than in the colours. */
  readonly inAlpha: boolean;
};

/** Different values are counted up to here: beyond, the exact number doesn't matter, and counting millions would take long. */
export const MOST_VALUES = 256;

export function readMask(raster: Raster): MaskReading {
  const { width, height, channels, data } = raster;
  const colours = channels > 2 ? 3 : 1;
  const alphaAt = channels === 2 || channels === 4 ? colours : undefined;
  const pixels = width * height;
  const isSeen = (pixel: number) => alphaAt === undefined || data[pixel * channels + alphaAt] !== 0;
  const alphaVaries = alphaAt !== undefined && !allSame(pixels, (pixel) => data[pixel * channels + alphaAt]!);
  const inAlpha = alphaVaries && isOneColour(raster, colours, isSeen);

  const marked = new Uint8Array(pixels);
  let count = 0;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const isMarked = (!alphaVaries || isSeen(pixel)) && (inAlpha || !isBlack(data, pixel * channels, colours));
    if (!isMarked) continue;
    marked[pixel] = 1;
    count++;
  }
  const valueAt = inAlpha
    ? (pixel: number) => data[pixel * channels + alphaAt!]!
    : (pixel: number) => (alphaVaries && !isSeen(pixel) ? 0 : colourAt(data, pixel * channels, colours));
  return { marked, count, countValues: () => countDistinct(pixels, valueAt), inAlpha };
}

function isBlack(data: Raster['data'], at: number, colours: number): boolean {
  for (let k = 0; k < colours; k++) if (data[at + k] !== 0) return false;
  return true;
}

/** A key that is equal for equal colours: a number, or a text where a number can't hold the colour. Black is 0. */
function colourAt(data: Raster['data'], at: number, colours: number): number | string {
  if (colours === 1) return data[at]!;
  const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!];
  return data instanceof Float32Array ? (r === 0 && g === 0 && b === 0 ? 0 : `${r} ${g} ${b}`) : (r * 65536 + g) * 65536 + b;
}

function allSame(pixels: number, valueAt: (pixel: number) => number): boolean {
  for (let pixel = 1; pixel < pixels; pixel++) if (valueAt(pixel) !== valueAt(0)) return false;
  return true;
}

/** Of the pixels that can be seen. */
function isOneColour({ width, height, channels, data }: Raster, colours: number, isSeen: (pixel: number) => boolean): boolean {
  let first: number | string | undefined;
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (!isSeen(pixel)) continue;
    const colour = colourAt(data, pixel * channels, colours);
    first ??= colour;
    if (colour !== first) return false;
  }
  return true;
}

function countDistinct(pixels: number, valueAt: (pixel: number) => number | string): number {
  const values = new Set<number | string>();
  for (let pixel = 0; pixel < pixels && values.size <= MOST_VALUES; pixel++) values.add(valueAt(pixel));
  return values.size;
}
