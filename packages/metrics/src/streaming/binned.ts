import type { RegionGains } from '../counting/positives.ts';
import type { Tally } from '../counting/tally.ts';
import { metricsOf, type PixelMetrics } from '../pixel-metrics.ts';
import { pixelGains } from '../regions/pixel-gains.ts';
import { checkImage, type ScoredImage } from '../scored-image.ts';
import { curvesOf, type PixelCurves } from './streamed.ts';

export type BinsOptions = {
  /** The lowest score that is looked for, and the highest. */
  low: number;
  high: number;
  /** Into how many bins of one width the scores between go. @defaultValue 65536 */
  bins?: number;
};

/** What a pass over images leaves, by bin from `low` up. Plain typed arrays, ready to be posted to a worker. */
export type Bins = {
  readonly low: number;
  readonly high: number;
  readonly images: number;
  /** How many pixels scored below `low` or above `high`. They are in the first bin and in the last. */
  readonly outside: number;
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
  /** How many regions the masks have, and what each bin's pixels add to the sum of their overlaps. */
  readonly regions: RegionGains;
};

export type BinsCounter = {
  /**
   * @throws {RangeError} for a map or mask that isn't `width * height`, masks other than 0 and 1, scores that aren't finite; {TypeError}
   * for what isn't an array of numbers.
   */
  add(image: ScoredImage): void;
  /** A copy of all that was added so far; more may follow. */
  finish(): Bins;
};

/** Says of a result that it isn't exact. */
export type Binned = {
  /** How many bins there were. */
  readonly binned: number;
  /** How many pixels were out of the bins' range and counted in the first bin or the last: 0 unless the range was too small. */
  readonly outside: number;
};

/**
 * Counts pixels by score in bins: for numbers and curves to be shown while maps are still being made. One pass, 32 bytes a bin, however
 * many images; {@link mergeBins} joins what workers counted. See {@link binnedMetrics} for what the numbers are worth; exact ones
 * need the two passes of `collectPositives`.
 *
 * Bin k holds the scores from `low + (high − low) k / bins` up to where the next begins; the last one holds `high`, too.
 *
 * @throws {RangeError} unless low and high are finite and far enough apart for bins that differ, and bins is a whole number above 0.
 */
export function countBins({ low, high, bins = 65_536 }: BinsOptions): BinsCounter {
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    throw new RangeError(`countBins: low is ${low} and high ${high}; both must be finite, and low below high`);
  }
  if (!(Number.isSafeInteger(bins) && bins > 0)) throw new RangeError(`countBins: bins is ${bins}; it must be a whole number above 0`);
  const edges = edgesOf(low, high, bins);
  const scale = bins / (high - low);
  if (!Number.isFinite(scale) || edges.some((edge, k) => k > 0 && !(edge > edges[k - 1]!))) {
    throw new RangeError(`countBins: no ${bins} bins fit between low ${low} and high ${high} in float64; take fewer or another range`);
  }
  const [positives, negatives, overlaps] = [new Float64Array(bins), new Float64Array(bins), new Float64Array(bins)];
  let [images, regions, outside] = [0, 0, 0];

  const binOf = (score: number) => {
    let bin = Math.max(0, Math.min(bins - 1, Math.floor((score - low) * scale)));
    while (bin > 0 && score < edges[bin]!) bin--; // rounded by a bin at most; so that an edge is the lowest score of its bin
    while (bin < bins - 1 && score >= edges[bin + 1]!) bin++;
    return bin;
  };

  return {
    add(image) {
      const pixels = checkImage(`countBins: image ${images}`, image);
      const { labels, scores } = pixels;
      const { count, gains } = pixelGains(pixels);
      for (let i = 0, gain = 0; i < scores.length; i++) {
        const score = scores[i]!;
        const bin = binOf(score);
        if (score < low || score > high) outside++;
        if (labels[i] === 1) {
          positives[bin]!++;
          overlaps[bin]! += gains[gain++]!;
        } else negatives[bin]!++;
      }
      images++;
      regions += count;
    },
    finish: () => ({
      low,
      high,
      images,
      outside,
      positives: positives.slice(),
      negatives: negatives.slice(),
      regions: { count: regions, overlaps: overlaps.slice() },
    }),
  };
}

/** The lowest score of each bin. */
function edgesOf(low: number, high: number, bins: number): Float64Array {
  return Float64Array.from({ length: bins }, (_, k) => low + ((high - low) * k) / bins);
}

/**
 * What one pass over the images of all parts would have left. Sums of overlaps may differ in the last digit.
 *
 * @throws {RangeError} for no parts, or parts of other bins.
 */
export function mergeBins(parts: readonly Bins[]): Bins {
  const [first, ...rest] = parts;
  if (!first) throw new RangeError('mergeBins: there are no parts; pass some');
  return rest.reduce(mergeTwo, first);
}

function mergeTwo(a: Bins, b: Bins): Bins {
  const [one, other] = [a, b].map(({ low, high, positives }) => `${positives.length} from ${low} to ${high}`);
  if (one !== other) throw new RangeError(`mergeBins: one part has bins ${one}, another ${other}; count all with the same`);
  const sum = (x: Float64Array, y: Float64Array) => x.map((value, k) => value + y[k]!);
  return {
    low: a.low,
    high: a.high,
    images: a.images + b.images,
    outside: a.outside + b.outside,
    positives: sum(a.positives, b.positives),
    negatives: sum(a.negatives, b.negatives),
    regions: { count: a.regions.count + b.regions.count, overlaps: sum(a.regions.overlaps, b.regions.overlaps) },
  };
}

/**
 * The metrics of the pixels counted, those of a bin tied: exactly what `pixelMetrics` gives for maps whose scores are rounded down to
 * the lowest score of their bin, so not what it gives for the maps themselves. `f1MaxThreshold` is a bin's lowest score; where
 * it is `low`, pixels below the range are meant, too.
 *
 * AUPIMO is NaN: bins don't tell images apart. The AUROC is off by no more than half the chance that a positive and a negative are of one bin.
 *
 * @throws {RangeError} if no image was counted.
 */
export function binnedMetrics(bins: Bins): PixelMetrics & Binned {
  const { counts, regions } = tallyOf('binnedMetrics', bins);
  return { binned: bins.positives.length, outside: bins.outside, ...metricsOf({ counts, regions, images: undefined }) };
}

/** ROC, precision-recall and PRO curves, the pixels of a bin tied. See and throws what {@link binnedMetrics} does. */
export function binnedCurves(bins: Bins): PixelCurves & Binned {
  const { counts, regions } = tallyOf('binnedCurves', bins);
  return { binned: bins.positives.length, outside: bins.outside, ...curvesOf(counts, regions) };
}

/** A bin with positives is a threshold; one without is in a gap. */
function tallyOf(caller: string, { low, high, images, positives, negatives, regions }: Bins): { counts: Tally; regions: RegionGains } {
  if (images === 0) throw new RangeError(`${caller}: there were no images; add some`);
  const edges = edgesOf(low, high, positives.length);
  const rows = { thresholds: [] as number[], hits: [] as number[], ties: [] as number[], overlaps: [] as number[] };
  const gaps = [0];
  const gapFloors = [Infinity];
  let [allPositives, allNegatives] = [0, 0];
  for (let bin = positives.length - 1; bin >= 0; bin--) {
    allPositives += positives[bin]!;
    allNegatives += negatives[bin]!;
    if (positives[bin]! > 0) {
      rows.thresholds.push(edges[bin]!);
      rows.hits.push(positives[bin]!);
      rows.ties.push(negatives[bin]!);
      rows.overlaps.push(regions.overlaps[bin]!);
      gaps.push(0);
      gapFloors.push(Infinity);
    } else if (negatives[bin]! > 0) {
      gaps[gaps.length - 1]! += negatives[bin]!;
      gapFloors[gapFloors.length - 1] = edges[bin]!;
    }
  }
  const { overlaps, ...counted } = rows;
  return {
    counts: { positives: allPositives, negatives: allNegatives, gaps, gapFloors, ...counted },
    regions: { count: regions.count, overlaps: Float64Array.from(overlaps) },
  };
}
