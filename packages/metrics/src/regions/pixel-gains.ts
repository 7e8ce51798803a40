import type { PixelGains } from '../counting/positives.ts';
import type { Pixels } from '../scored-image.ts';
import { findRuns } from './find-runs.ts';
import { saturatedGains } from './saturated-gains.ts';

/** Regions are the annotated defects, up to their saturation, where they are known; else what is numbered; else the connected parts of the mask. */
export function pixelGains(pixels: Pixels): PixelGains {
  if (pixels.defects) return saturatedGains(pixels, pixels.defects);
  return pixels.regions ? numberedGains(pixels, pixels.regions) : overlapGains(pixels);
}

/** Of each anomalous pixel 1 / the area of its region. */
function numberedGains({ labels }: Pixels, regions: ArrayLike<number>): PixelGains {
  const numbers = Array.from(regions).filter((_, i) => labels[i] === 1);
  const areas = new Map<number, number>();
  for (const number of numbers) areas.set(number, (areas.get(number) ?? 0) + 1);
  return { count: areas.size, gains: Float64Array.from(numbers, (number) => 1 / areas.get(number)!) };
}

/** Of each anomalous pixel 1 / the area of its region. */
function overlapGains({ labels, positives, width, height }: Pixels): PixelGains {
  const gains = new Float64Array(positives);
  if (positives === 0) return { count: 0, gains };
  const { starts, ends, regions, count } = findRuns(labels, width, height);
  const areas = new Float64Array(count + 1);
  for (let run = 0; run < starts.length; run++) areas[regions[run]!]! += ends[run]! - starts[run]!;
  let from = 0;
  for (let run = 0; run < starts.length; run++) {
    const to = from + ends[run]! - starts[run]!;
    gains.fill(1 / areas[regions[run]!]!, from, to);
    from = to;
  }
  return { count, gains };
}
