import { type ByPixelMetric, pixelValues } from '../catalogue.ts';
import { bothPasses } from '../counting/both-passes.ts';
import { startCounting } from '../counting/negatives.ts';
import type { Positives } from '../counting/positives.ts';
import { toTally } from '../counting/tally.ts';
import { toPixelTally } from '../pixel-metrics.ts';
import { pixelGains } from '../regions/pixel-gains.ts';
import type { Pixels } from '../scored-image.ts';

/** A set of images, counted so that its pixel metrics with each image weighed take no look at the pixels. */
export type LevelledPixels = {
  /** Of all pixels as they are: exact. */
  readonly estimate: ByPixelMetric<number>;
  /** How many distinct scores of anomalous pixels there are, and how many of them are levels. */
  readonly distinct: number;
  readonly levels: number;
  /** With image i in the set `weights[i]` times. */
  readonly weighed: (weights: ArrayLike<number>) => ByPixelMetric<number>;
};

/**
 * How many of one image's normal and anomalous pixels are in which places. Places without any are left out. Often those are most places:
 * normal pixels score low, and images have few scores in common.
 */
type Counted = {
  readonly normal: { readonly at: Uint32Array; readonly ties: Float64Array };
  readonly anomalous: { readonly at: Uint32Array; readonly hits: Float64Array; readonly overlaps: Float64Array; readonly regions: number };
};

/**
 * Pixels are counted by place. From the highest score down, place 0 is all that lies above level 0, place 1 is level 0 itself, place 2 lies
 * between level 0 and level 1, and so on: place 2k + 1 is level k, place 2k lies above it. Pixels of one place count as tied. If all
 * distinct scores of anomalous pixels are levels, no place between levels has an anomalous pixel, and the metrics are exact.
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
    estimate: pixelValues(toPixelTally(toTally(positives, negatives), positives, negatives)),
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
  const newSums = () => new Float64Array(places);
  const [ties, hits, overlaps, weightedTies] = [newSums(), newSums(), newSums(), newSums()];
  const gaps = new Float64Array(places + 1); // Every place is itself a threshold here, so gaps stay 0; a threshold's hits may be 0.
  const thresholds = Float64Array.from(hits.keys());
  return (weights) => {
    for (const sums of [ties, hits, overlaps, weightedTies]) sums.fill(0);
    let [positives, negatives, regions, normalImages, largest] = [0, 0, 0, 0, 0];
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
      if (image.positives > 0) return;
      normalImages += weight;
      largest = Math.max(largest, image.labels.length);
      for (let j = 0; j < normal.at.length; j++) weightedTies[normal.at[j]!]! += (weight * normal.ties[j]!) / image.labels.length;
    });
    return pixelValues({
      counts: { positives, negatives, thresholds, hits, ties, gaps, gapFloors: gaps },
      regions: { count: regions, overlaps },
      images: {
        normal: { count: normalImages, largest, ties: weightedTies, gaps },
        meanOver: (worth) => meanOver(images, counted, weights, worth),
      },
    });
  };
}

/** See `ImageTally`. */
function meanOver(images: readonly Pixels[], counted: readonly Counted[], weights: ArrayLike<number>, worth: Float64Array): number {
  let [sum, scored] = [0, 0];
  counted.forEach(({ anomalous: { at, hits } }, i) => {
    const weight = weights[i]!;
    const { positives } = images[i]!;
    if (weight === 0 || positives === 0) return;
    let own = 0;
    for (let j = 0; j < at.length; j++) own += hits[j]! * worth[at[j]!]!;
    sum += (weight * own) / positives;
    scored += weight;
  });
  return sum / scored;
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
