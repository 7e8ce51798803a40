import type { PixelGains } from '../counting/positives.ts';
import type { DefectPixels, Pixels } from '../scored-image.ts';

/**
 * What each anomalous pixel adds to the sum of min(flagged / saturation area, 1) over an image's defects as the threshold sinks: the
 * highest of a defect bring 1 / its saturation area each until they are 1 together, the others nothing.
 */
export function saturatedGains({ labels, scores, positives }: Pixels, defects: readonly DefectPixels[]): PixelGains {
  const all = new Float64Array(positives > 0 ? labels.length : 0);
  for (const { mask, area, saturationArea } of defects) {
    const sorted = new Float64Array(area);
    for (let i = 0, end = 0; end < area; i++) if (mask[i] === 1) sorted[end++] = scores[i]!;
    sorted.sort();
    const enough = sorted[area - Math.ceil(saturationArea)]!; // at this threshold the defect is saturated
    let above = 0;
    let tied = -1;
    for (let i = 0; i < all.length; i++) {
      if (mask[i] !== 1) continue;
      if (scores[i]! > enough) {
        all[i]! += 1 / saturationArea;
        above++;
      } else if (scores[i] === enough) tied = i;
    }
    all[tied]! += 1 - above / saturationArea; // Tied pixels come in together, so it doesn't matter which of them brings the rest.
  }
  return { count: defects.length, gains: all.filter((_, i) => labels[i] === 1) };
}
