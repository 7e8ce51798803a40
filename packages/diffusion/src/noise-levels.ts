/** How far images are noised, whatever their size: a defect of the same share of the picture covers more pixels of a larger one, and hides in more noise. */
import type { NoiseSchedule } from '@rddpm/core';
import type { Size } from '@rddpm/core/contracts';

/** Noise-to-signal ratios √((1 - ᾱ_t) / ᾱ_t) at which images of 64 x 64 pixels are read; those of other images grow in proportion to their side. */
export const READING_LEVELS = [0.21, 0.34, 0.51, 0.72, 1.25];
/** The ratios at which images are scored for a selection, likewise. */
export const SELECTION_LEVELS = [0.21, 0.51, 1.25];

/** The last timestep of each level, or 0 where a schedule begins above it; in rising order, none twice. */
export function timestepsAt(
  levels: readonly number[],
  { alphasCumprod }: Pick<NoiseSchedule, 'alphasCumprod'>,
  { width, height }: Size,
): number[] {
  const scale = Math.sqrt(width * height) / 64;
  const levelOf = (alphaCumprod: number) => Math.sqrt((1 - alphaCumprod) / alphaCumprod);
  const timesteps = levels.map((level) => {
    const beyond = alphasCumprod.findIndex((alphaCumprod) => levelOf(alphaCumprod) > level * scale);
    return Math.max(0, (beyond < 0 ? alphasCumprod.length : beyond) - 1);
  });
  return [...new Set(timesteps)].toSorted((a, b) => a - b);
}
