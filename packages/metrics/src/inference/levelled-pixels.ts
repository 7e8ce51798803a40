import { bothPasses } from '../counting/both-passes.ts';
import { startCounting } from '../counting/negatives.ts';
import type { Positives } from '../counting/positives.ts';
import { toTally } from '../counting/tally.ts';
import { metricsOf, type PixelMetrics } from '../pixel-metrics.ts';
import { pixelGains } from '../regions/pixel-gains.ts';
import type { Pixels } from '../scored-image.ts';

/** A set of images, counted so that its pixel metrics with each image weighed take no look at the pixels. */
export type LevelledPixels = {
  /** Of all pixels as they are: exact. */
  readonly estimate: PixelMetrics;
  /** How many distinct scores of anomalous pixels there are, and how many of them are levels. */
  readonly distinct: number;
  readonly levels: number;
  /** With image i in the set `weights[i]` times. `f1MaxThreshold` is not to be read: it counts places. */
  readonly weighed: (weights: ArrayLike<number>) => PixelMetrics;
};

/**
 * What one image's normal and anomalous pixels add to which places. Those with none are left out: often most are, as normal pixels
 * score low and no two images have a level in common.
 */
type Counted = {
  readonly normal: { readonly at: Uint32Array; readonly ties: Float64Array };
  readonly anomalous: { readonly at: Uint32Array; readonly hits: Float64Array; readonly overlaps: Float64Array; readonly regions: number };
};

/**
 * Places are the levels, from the highest down, each with what lies between it and the level before: place 2k + 1 is level k, place
 * 2k is above it. If all distinct scores of anomalous pixels are levels, that is all the metrics need; else those of a place are tied.
 */
export function levelPixels(images: readonly Pixels[], most: number): LevelledPixels {
  const { positives, negatives } = bothPasses(images, { gainsOf: pixelGains, perImage: true });
  const { hits, thresholds } = positives;

  const chosen = chooseLevels(positives, most);
  const placeOf = new Uint32Array(hits.length);
  for (let k = 0, level = 0; k < hits.length; k++) {
    placeOf[k] = 2 * level + (k === chosen[level] ? 1 : 0);
    if (k === chosen[level]) level++;
  }
  const places = 2 * chosen.length + 1;
  const levels = { thresholds: thresholds.slice(0, chosen.length) };
  chosen.forEach((k, level) => {
    levels.thresholds[level] = thresholds[k]!;
  });

  const { starts, at } = positives.perImage!;
  const counted = images.map((image, i): Counted => {
    const counting = startCounting([levels]);
    counting.add(image);
    const { ties, gaps } = counting.finish()[0]!;
    const normal = new Float64Array(places);
    for (let level = 0; level < gaps.length; level++) normal[2 * level] = gaps[level]!;
    for (let level = 0; level < ties.length; level++) normal[2 * level + 1] = ties[level]!;
    const anomalous = { hits: new Float64Array(places), overlaps: new Float64Array(places) };
    const { gains, count } = pixelGains(image);
    for (let pixel = 0; pixel < gains.length; pixel++) {
      const place = placeOf[at[starts[i]! + pixel]!]!;
      anomalous.hits[place]!++;
      anomalous.overlaps[place]! += gains[pixel]!;
    }
    const [some, others] = [filled(normal), filled(anomalous.hits)];
    return {
      normal: { at: some, ties: Float64Array.from(some, (place) => normal[place]!) },
      anomalous: {
        at: others,
        hits: Float64Array.from(others, (place) => anomalous.hits[place]!),
        overlaps: Float64Array.from(others, (place) => anomalous.overlaps[place]!),
        regions: count,
      },
    };
  });

  return {
    estimate: metricsOf(toTally(positives, negatives), positives.regions),
    distinct: hits.length,
    levels: chosen.length,
    weighed: weigher(images, counted, places),
  };
}

/** The indices of at most `most` thresholds, as many anomalous pixels between any two of them as between the others. */
function chooseLevels({ hits, pixels }: Positives, most: number): number[] {
  const chosen: number[] = [];
  let above = 0;
  for (let k = 0; k < hits.length; k++) {
    // Level j is where half of the j-th of `most` equal parts is reached; many of one score may reach several at once.
    const before = Math.round((above * most) / pixels);
    above += hits[k]!;
    if (hits.length <= most || Math.round((above * most) / pixels) > before) chosen.push(k);
  }
  return chosen;
}

function weigher(images: readonly Pixels[], counted: readonly Counted[], places: number): LevelledPixels['weighed'] {
  const [ties, hits, overlaps] = [new Float64Array(places), new Float64Array(places), new Float64Array(places)];
  const gaps = new Float64Array(places + 1); // all are in places, and places are thresholds; some may be without a positive
  const thresholds = Float64Array.from(hits.keys());
  return (weights) => {
    for (const sums of [ties, hits, overlaps]) sums.fill(0);
    let [positives, negatives, regions] = [0, 0, 0];
    counted.forEach(({ normal, anomalous }, i) => {
      const weight = weights[i]!;
      if (weight === 0) return;
      const image = images[i]!;
      positives += weight * image.positives;
      negatives += weight * (image.labels.length - image.positives);
      regions += weight * anomalous.regions;
      for (let j = 0; j < normal.at.length; j++) ties[normal.at[j]!]! += weight * normal.ties[j]!;
      for (let j = 0; j < anomalous.at.length; j++) {
        hits[anomalous.at[j]!]! += weight * anomalous.hits[j]!;
        overlaps[anomalous.at[j]!]! += weight * anomalous.overlaps[j]!;
      }
    });
    return metricsOf({ positives, negatives, thresholds, hits, ties, gaps, gapFloors: gaps }, { count: regions, overlaps });
  };
}

/** The places that have pixels. */
function filled(counts: Float64Array): Uint32Array {
  const at = new Uint32Array(counts.length);
  let end = 0;
  for (let place = 0; place < counts.length; place++) {
    if (counts[place]! > 0) at[end++] = place;
  }
  return at.slice(0, end);
}
