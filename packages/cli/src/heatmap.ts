/** Anomaly maps as pictures. One colour scale serves a whole set: a dark map is a calm one. */
import { interpolateInferno } from 'd3-scale-chromatic';
import { encodePng } from './png.ts';

/** Linear from 0 to `to`. */
export type HeatScale = { readonly to: number; readonly threshold: number };

const SIDE = 256; // pixels, at least
const GAP = 8;
const BAR = 24;
const MARK = 2; // half the height of the threshold's mark

const COLORS = Array.from({ length: 256 }, (_, i) => rgb(interpolateInferno(i / 255)));

/** Up to the 99.5 % quantile of all maps, so that one outlier doesn't darken the rest; the threshold is well inside. */
export function heatScale(maps: Float32Array, threshold: number): HeatScale {
  const sorted = Float32Array.from(maps).sort();
  const high = sorted[Math.floor(0.995 * (sorted.length - 1))] ?? 0;
  return { to: Math.max(high, 1.5 * threshold, Number.MIN_VALUE), threshold };
}

/** The image, its map, and the scale with a white mark at the threshold; enlarged to 256 pixels or more. */
export async function heatmapPng(
  image: { data: ArrayLike<number>; channels: number },
  map: ArrayLike<number>,
  size: number,
  { to, threshold }: HeatScale,
): Promise<Uint8Array> {
  const factor = Math.max(1, Math.ceil(SIDE / size));
  const side = factor * size;
  const width = 2 * side + 2 * GAP + BAR;
  const data = new Float32Array(width * side * 3).fill(1);
  const paint = (x: number, y: number, color: readonly number[]) => data.set(color, 3 * (y * width + x));
  const shade = (value: number) => COLORS[Math.round(255 * Math.min(1, Math.max(0, value / to)))]!;
  const pixel = (at: number) => [0, 1, 2].map((k) => image.data[at * image.channels + Math.min(k, image.channels - 1)]!);
  const markRow = Math.round((1 - threshold / to) * (side - 1));
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = Math.floor(y / factor) * size + Math.floor(x / factor);
      paint(x, y, pixel(at));
      paint(side + GAP + x, y, shade(map[at]!));
    }
    const color = Math.abs(y - markRow) <= MARK ? [1, 1, 1] : shade((1 - y / (side - 1)) * to);
    for (let x = 0; x < BAR; x++) paint(2 * side + 2 * GAP + x, y, color);
  }
  return encodePng({ width, height: side, channels: 3, data });
}

/** d3's colours are text, `#rrggbb`. */
function rgb(color: string): number[] {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255].map((channel) => channel / 255);
}
