import { metricsOf, type PixelMetrics } from '../pixel-metrics.ts';
import type { Pixels } from '../scored-image.ts';
import { startCounting } from '../streaming/negatives.ts';
import { overlapGains, type Positives, startCollection } from '../streaming/positives.ts';
import { toTally } from '../tally.ts';

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

/** Of one image: how many normal and anomalous pixels each place has, and what those add to the sum of overlaps of its regions. */
type Counted = { readonly normal: Float64Array; readonly anomalous: Anomalous | undefined };

type Anomalous = { readonly hits: Float64Array; readonly overlaps: Float64Array; readonly regions: number };

/**
 * Places are the levels, from the highest down, each with what lies between it and the level before: place 2k + 1 is level k, place
 * 2k is above it. If all distinct scores of anomalous pixels are levels, that is all the metrics need; else those of a place are tied.
 */
export function levelPixels(images: readonly Pixels[], most: number): LevelledPixels {
  const collection = startCollection({ perImage: true });
  for (const image of images) collection.add(image);
  const positives = collection.finish();
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
  const exact = startCounting([positives]);
  const counted = images.map((image, i): Counted => {
    exact.add(image);
    const counting = startCounting([levels], image.labels.length - image.positives);
    counting.add(image);
    const { ties, gaps } = counting.finish()[0]!;
    const normal = new Float64Array(places);
    for (let level = 0; level < gaps.length; level++) normal[2 * level] = gaps[level]!;
    for (let level = 0; level < ties.length; level++) normal[2 * level + 1] = ties[level]!;
    if (image.positives === 0) return { normal, anomalous: undefined };
    const { gains, count } = overlapGains(image);
    const anomalous = { hits: new Float64Array(places), overlaps: new Float64Array(places), regions: count };
    for (let pixel = 0; pixel < gains.length; pixel++) {
      const place = placeOf[at[starts[i]! + pixel]!]!;
      anomalous.hits[place]!++;
      anomalous.overlaps[place]! += gains[pixel]!;
    }
    return { normal, anomalous };
  });

  return {
    estimate: metricsOf(toTally(positives, exact.finish()[0]!), positives.regions),
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
      negatives += weight * (image.labels.length - image.positives);
      addTo(ties, normal, weight);
      if (!anomalous) return;
      positives += weight * image.positives;
      regions += weight * anomalous.regions;
      addTo(hits, anomalous.hits, weight);
      addTo(overlaps, anomalous.overlaps, weight);
    });
    return metricsOf({ positives, negatives, thresholds, hits, ties, gaps, gapFloors: gaps }, { count: regions, overlaps });
  };
}

function addTo(sums: Float64Array, values: Float64Array, weight: number): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += weight * values[i]!;
}
