import { interpolateInferno } from 'd3-scale-chromatic';

/** Maps a value of an anomaly map to a colour: linear from `from` to `to`, clamped outside. */
export type ColorScale = {
  readonly from: number;
  readonly to: number;
  rgb(value: number): readonly [number, number, number];
};

const SHADES = 256;

/** Inferno: perceptually uniform, told apart by every kind of colour vision, and monotone in lightness when printed in grey. */
export function infernoScale(from: number, to: number): ColorScale {
  const shades = Array.from({ length: SHADES }, (_, index) => parseHex(interpolateInferno(index / (SHADES - 1))));
  return {
    from,
    to,
    rgb(value) {
      const share = (value - from) / (to - from);
      return shades[Math.round((SHADES - 1) * Math.min(1, Math.max(0, share)))]!;
    },
  };
}

/** The scale as a CSS gradient, for its legend. */
export function gradient(scale: ColorScale): string {
  const stops = Array.from({ length: 17 }, (_, index) => scale.rgb(scale.from + (index / 16) * (scale.to - scale.from)));
  return `linear-gradient(to right, ${stops.map((rgb) => `rgb(${rgb.join(' ')})`).join(', ')})`;
}

/**
 * The value below which a share of `share` of all finite values lies, over several arrays. Of more than a million values, evenly
 * spaced ones stand for all.
 */
export function pooledQuantile(arrays: readonly ArrayLike<number>[], share: number): number {
  const total = arrays.reduce((count, { length }) => count + length, 0);
  const stride = Math.max(1, Math.ceil(total / 1_000_000));
  const pool = new Float64Array(arrays.reduce((count, { length }) => count + Math.ceil(length / stride), 0));
  let count = 0;
  for (const array of arrays) {
    for (let i = 0; i < array.length; i += stride) if (Number.isFinite(array[i])) pool[count++] = array[i]!;
  }
  const sorted = pool.subarray(0, count).sort();
  return sorted[Math.min(count - 1, Math.floor(share * count))] ?? Number.NaN;
}

/** d3's schemes are text: `#rrggbb`. */
function parseHex(color: string): readonly [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
