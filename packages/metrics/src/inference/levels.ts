import { type ByPixelMetric, pixelValues } from '../catalogue.ts';
import { type Keys, positiveKeys, widen } from '../counting/keys.ts';
import { startCounting } from '../counting/negatives.ts';
import { lowerBound, type Positives } from '../counting/positives.ts';
import { pixelGains } from '../regions/pixel-gains.ts';
import { checkImage, type Pixels, type ScoredImage } from '../scored-image.ts';

export type LevelsOptions = {
  /** At how many scores of anomalous pixels, at most, resamples are looked at. @defaultValue 2048 */
  readonly levels?: number;
};

/** The scores at which resamples of a set of images are looked at. Plain typed arrays, ready to be posted to a worker. */
export type Levels = {
  /** From high to low, as keys for sorting. */
  readonly thresholds: Keys;
  /** Whether they are all the scores that anomalous pixels have, so that resamples are exact. */
  readonly exact: boolean;
};

/**
 * How many of an image's normal and anomalous pixels are in which places, and how much those add to its regions' overlaps. From the highest
 * score down, place 0 is all that lies above level 0, place 1 is level 0 itself, place 2 lies between level 0 and level 1, and so on:
 * place 2k + 1 is level k, place 2k lies above it. Places without any are left out. Often those are most places: normal pixels score low,
 * and images have few scores in common.
 */
export type LevelCounts = {
  readonly pixels: number;
  readonly positives: number;
  readonly regions: number;
  readonly normal: { readonly at: Uint32Array; readonly ties: Float64Array };
  readonly anomalous: { readonly at: Uint32Array; readonly hits: Float64Array; readonly overlaps: Float64Array };
};

/**
 * The levels for `countLevels`: scores of anomalous pixels, with as many anomalous pixels between any two neighbours; all of them, if they
 * are no more than `levels`.
 *
 * @param positives What the first pass over *all* images left; see `collectPositives`.
 * @param options.levels A whole number, 1 or more. @defaultValue 2048
 * @throws {RangeError} for another number.
 */
export function chooseLevels({ hits, pixels, thresholds }: Positives, options: LevelsOptions = {}): Levels {
  const { levels: most = 2048 } = options;
  if (!(Number.isSafeInteger(most) && most >= 1)) {
    throw new RangeError(`chooseLevels: levels is ${most}; it must be a whole number, 1 or more`);
  }
  const exact = hits.length <= most;
  let above = 0;
  const chosen = thresholds.filter((_, k) => {
    // Level j is where half of the j-th of `most` equal parts is reached; many of one score may reach several at once.
    const before = Math.round((above * most) / pixels);
    above += hits[k]!;
    return exact || Math.round((above * most) / pixels) > before;
  });
  return { thresholds: chosen, exact };
}

/**
 * What resamples need to know of an image, so that it needn't stay in memory: at most 64 bytes for each level, 24 if it is all normal.
 *
 * @param levels Those of all images: see `chooseLevels`.
 * @throws {RangeError} for a map or mask that isn't `width * height`, masks other than 0 and 1, scores that aren't finite; {TypeError} for
 * what isn't an array of numbers.
 */
export function countLevels(image: ScoredImage, levels: Levels): LevelCounts {
  return countPixels(checkImage('countLevels: image', image), levels);
}

/** `countLevels` of what was checked. */
export function countPixels(image: Pixels, { thresholds }: Levels): LevelCounts {
  const places = 2 * thresholds.length + 1;
  const counting = startCounting([{ thresholds }]);
  counting.add(image);
  const { ties, gaps } = counting.finish()[0]!;
  const normal = new Float64Array(places);
  for (let level = 0; level < gaps.length; level++) normal[2 * level] = gaps[level]!;
  for (let level = 0; level < ties.length; level++) normal[2 * level + 1] = ties[level]!;
  const { gains, count: regions } = pixelGains(image);
  const anomalous = { hits: new Float64Array(places), overlaps: new Float64Array(places) };
  const own = positiveKeys(image);
  const narrow = own instanceof Uint32Array && thresholds instanceof Uint32Array;
  const [keys, levels] = narrow ? [own, thresholds] : [widen(own), widen(thresholds)];
  for (let pixel = 0; pixel < keys.length; pixel++) {
    const level = lowerBound(levels, keys[pixel]!);
    const place = 2 * level + (levels[level] === keys[pixel] ? 1 : 0);
    anomalous.hits[place]!++;
    anomalous.overlaps[place]! += gains[pixel]!;
  }
  const [some, others] = [filled(normal), filled(anomalous.hits)];
  const at = (counts: Float64Array, places: Uint32Array) => Float64Array.from(places, (place) => counts[place]!);
  return {
    pixels: image.labels.length,
    positives: image.positives,
    regions,
    normal: { at: some, ties: at(normal, some) },
    anomalous: { at: others, hits: at(anomalous.hits, others), overlaps: at(anomalous.overlaps, others) },
  };
}

/**
 * The pixel metrics of the set that has image i in it `weights[i]` times, without another look at pixels. Pixels of one place count as tied.
 * If all distinct scores of anomalous pixels are levels, no place between levels has an anomalous pixel, and the metrics are exact.
 */
export function weighPixels(images: readonly LevelCounts[]): (weights: ArrayLike<number>) => ByPixelMetric<number> {
  const places = images.reduce(
    (most, { normal, anomalous }) => Math.max(most, (normal.at.at(-1) ?? 0) + 1, (anomalous.at.at(-1) ?? 0) + 1),
    0,
  );
  const newSums = () => new Float64Array(places);
  const [ties, hits, overlaps, weightedTies] = [newSums(), newSums(), newSums(), newSums()];
  const gaps = new Float64Array(places + 1); // Every place is itself a threshold here, so gaps stay 0; a threshold's hits may be 0.
  const thresholds = Float64Array.from(hits.keys());
  return (weights) => {
    for (const sums of [ties, hits, overlaps, weightedTies]) sums.fill(0);
    let [positives, negatives, regions, normalImages, largest] = [0, 0, 0, 0, 0];
    images.forEach(({ normal, anomalous, ...image }, i) => {
      const weight = weights[i]!;
      if (weight === 0) return;
      positives += weight * image.positives;
      negatives += weight * (image.pixels - image.positives);
      regions += weight * image.regions;
      for (let j = 0; j < normal.at.length; j++) ties[normal.at[j]!]! += weight * normal.ties[j]!;
      for (let j = 0; j < anomalous.at.length; j++) {
        hits[anomalous.at[j]!]! += weight * anomalous.hits[j]!;
        overlaps[anomalous.at[j]!]! += weight * anomalous.overlaps[j]!;
      }
      if (image.positives > 0) return;
      normalImages += weight;
      largest = Math.max(largest, image.pixels);
      for (let j = 0; j < normal.at.length; j++) weightedTies[normal.at[j]!]! += (weight * normal.ties[j]!) / image.pixels;
    });
    return pixelValues({
      counts: { positives, negatives, thresholds, hits, ties, gaps, gapFloors: gaps },
      regions: { count: regions, overlaps },
      images: {
        normal: { count: normalImages, largest, ties: weightedTies, gaps },
        meanOver: (worth) => meanOver(images, weights, worth),
      },
    });
  };
}

/** See `ImageTally`. */
function meanOver(images: readonly LevelCounts[], weights: ArrayLike<number>, worth: Float64Array): number {
  let [sum, scored] = [0, 0];
  images.forEach(({ positives, anomalous: { at, hits } }, i) => {
    const weight = weights[i]!;
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
