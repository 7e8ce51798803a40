/** Anomaly maps as pictures. One colour scale serves a whole set: a dark map is a calm one. */
import type { Size } from '@rddpm/core/contracts';
import { interpolateInferno } from 'd3-scale-chromatic';
import sharp, { type OverlayOptions } from 'sharp';
import { type Pixels, sharpOf, toBytes } from './png.ts';

/** Linear from 0 to `to`. */
export type HeatScale = { readonly to: number; readonly threshold: number };

const SIDE = 256; // pixels that the shorter side has, at least
const GAP = 8;
const BAR = 24;
const MARK = 2; // half the height of the threshold's mark

const COLORS = infernoShades();

/** Up to the 99.5 % quantile of all maps, so that one outlier doesn't darken the rest; the threshold is well inside. */
export function heatScale(maps: Float32Array, threshold: number): HeatScale {
  const sorted = Float32Array.from(maps).sort();
  const high = sorted[Math.floor(0.995 * (sorted.length - 1))] ?? 0;
  return { to: Math.max(high, 1.5 * threshold, Number.MIN_VALUE), threshold };
}

/**
 * The image, its map, and the scale with a white mark at the threshold; enlarged until the shorter side has 256 pixels or more.
 *
 * @param image Of `size`, pixels in [0, 1], one channel or three.
 */
export async function heatmapPng(image: Float32Array, map: Float32Array, size: Size, scale: HeatScale): Promise<Uint8Array> {
  const { to, threshold } = scale;
  const factor = Math.max(1, Math.ceil(SIDE / Math.min(size.width, size.height)));
  const large = { width: factor * size.width, height: factor * size.height };
  const channels = image.length === size.width * size.height ? 1 : 3;
  const picture = { ...size, channels, data: toBytes(image) } as const;
  const shades = coloured(
    map.map((value) => value / to),
    size,
  );
  const column = { width: 1, height: large.height };
  const bar = coloured(
    Array.from({ length: column.height }, (_, y) => 1 - y / (column.height - 1)),
    column,
  );
  const mark = { width: 1, height: 2 * MARK + 1, channels: 1, data: new Uint8Array(2 * MARK + 1).fill(255) } as const;
  const markRow = Math.round((1 - threshold / to) * (large.height - 1));
  const besideMap = 2 * (large.width + GAP);
  const sheet = { width: besideMap + BAR, height: large.height };
  return sharp({ create: { ...sheet, channels: 3, background: 'white' } })
    .composite([
      { left: 0, top: 0, ...(await enlarged(picture, large)) },
      { left: large.width + GAP, top: 0, ...(await enlarged(shades, large)) },
      { left: besideMap, top: 0, ...(await enlarged(bar, { width: BAR, height: column.height })) },
      { left: besideMap, top: markRow - MARK, ...(await enlarged(mark, { width: BAR, height: mark.height })) },
    ])
    .removeAlpha()
    .png()
    .toBuffer();
}

/** Each pixel as a block of its colour. */
async function enlarged(pixels: Pixels, { width, height }: Size): Promise<Pick<OverlayOptions, 'input' | 'raw'>> {
  const resized = sharpOf(pixels).resize({ width, height, fit: 'fill', kernel: 'nearest' }).toColourspace('srgb').raw();
  const { data, info } = await resized.toBuffer({ resolveWithObject: true });
  return { input: data, raw: info };
}

/** @param shares Of the scale, one for each pixel; what lies beyond 0 and 1 has the colours of its ends. */
function coloured(shares: ArrayLike<number>, size: Size): Pixels {
  const data = new Uint8Array(3 * shares.length);
  for (const [at, shade] of toBytes(shares).entries()) data.set(COLORS.subarray(3 * shade, 3 * shade + 3), 3 * at);
  return { ...size, channels: 3, data };
}

/** Inferno in 256 shades. d3's colours are text, `#rrggbb`. */
function infernoShades(): Uint8Array {
  const shades = Array.from({ length: 256 }, (_, i) => Number.parseInt(interpolateInferno(i / 255).slice(1), 16));
  return Uint8Array.from(shades.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]));
}
