import type { Rng } from '@rddpm/core';

/** Red, green and blue, each 0…1. */
export type Rgb = readonly [number, number, number];

/** Hue in turns (any number), saturation and value 0…1. */
export function hsv(hue: number, saturation: number, value: number): Rgb {
  const channel = (offset: number) => {
    const k = (((offset + hue * 6) % 6) + 6) % 6;
    return value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

/** `a` at 0, `b` at 1. */
export function mix(a: Rgb, b: Rgb, amount: number): Rgb {
  return [a[0] + (b[0] - a[0]) * amount, a[1] + (b[1] - a[1]) * amount, a[2] + (b[2] - a[2]) * amount];
}

export function scale(colour: Rgb, gain: number): Rgb {
  return [colour[0] * gain, colour[1] * gain, colour[2] * gain];
}

/** Root mean square difference over the channels. */
function distance(a: Rgb, b: Rgb): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) / Math.sqrt(3);
}

/** One of the palette's colours that stands out from `ground`, or the one that stands out most. */
export function contrasting(rng: Rng, palette: readonly Rgb[], ground: Rgb, atLeast = 0.25): Rgb {
  const strong = palette.filter((colour) => distance(colour, ground) >= atLeast);
  if (strong.length > 0) return strong[rng.integer(strong.length)]!;
  return palette.reduce((best, colour) => (distance(colour, ground) > distance(best, ground) ? colour : best));
}
