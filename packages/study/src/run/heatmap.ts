/** Anomaly maps as pictures. One colour scale serves a whole set: a dark map is a calm one. */
import type { Size } from '@rddpm/core/contracts';
import { interpolateInferno } from 'd3-scale-chromatic';
import { encodePng, toBytes } from './png.ts';

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
  const [across, height] = [factor * size.width, factor * size.height];
  const width = 2 * across + 2 * GAP + BAR;
  const data = new Uint8Array(3 * width * height).fill(255);
  const picture = rgbBytes(image, size.width * size.height);
  const markRow = Math.round((1 - threshold / to) * (height - 1));
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / factor) * size.width;
    for (let x = 0; x < across; x++) {
      const from = row + Math.floor(x / factor);
      copyColor(data, y * width + x, picture, from);
      copyColor(data, y * width + across + GAP + x, COLORS, shadeOf(map[from]! / to));
    }
    if (Math.abs(y - markRow) <= MARK) continue; // stays white
    for (let x = width - BAR; x < width; x++) copyColor(data, y * width + x, COLORS, shadeOf(1 - y / (height - 1)));
  }
  return encodePng({ width, height, channels: 3, data });
}

const shadeOf = (share: number) => Math.round(255 * Math.min(1, Math.max(0, share)));

function copyColor(target: Uint8Array, to: number, source: Uint8Array, from: number): void {
  for (let k = 0; k < 3; k++) target[3 * to + k] = source[3 * from + k]!;
}

function rgbBytes(image: Float32Array, pixels: number): Uint8Array {
  const bytes = toBytes(image);
  if (bytes.length === 3 * pixels) return bytes;
  return Uint8Array.from({ length: 3 * bytes.length }, (_, i) => bytes[Math.floor(i / 3)]!);
}

/** Inferno in 256 shades. d3's colours are text, `#rrggbb`. */
function infernoShades(): Uint8Array {
  const shades = Array.from({ length: 256 }, (_, i) => Number.parseInt(interpolateInferno(i / 255).slice(1), 16));
  return Uint8Array.from(shades.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]));
}
