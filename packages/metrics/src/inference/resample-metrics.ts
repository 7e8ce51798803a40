import { type ByImageMetric, type ByMetric, byMetric, imageValues, METRICS, pixelValues, readMetric } from '../catalogue.ts';
import { bothPasses } from '../counting/both-passes.ts';
import { toTally } from '../counting/tally.ts';
import { pool } from '../images/pool-map.ts';
import { toPixelTally } from '../pixel-metrics.ts';
import { pixelGains } from '../regions/pixel-gains.ts';
import { checkImages, type Pixels, type ScoredImage } from '../scored-image.ts';
import { chooseLevels, countPixels, type LevelCounts, type LevelsOptions, weighPixels } from './levels.ts';
import { type BootstrapOptions, planResamples } from './resample.ts';

export type ResampledImage = ScoredImage & Partial<ImageVerdict>;

export type ImageVerdict = {
  /** The score of the whole image, finite. @defaultValue the highest of its map */
  readonly score: number;
  /** Whether the image is anomalous. @defaultValue whether any pixel of its mask is */
  readonly anomalous: boolean;
};

/** What is left of an image that was counted at the levels of its set. */
export type CountedImage = ImageVerdict & { readonly counts: LevelCounts };

export type ResampleOptions = Omit<BootstrapOptions, 'level' | 'groups'> & {
  /** For each image its group; images are drawn within their group, as many as it has. @defaultValue anomalous images and the others */
  readonly groups?: BootstrapOptions['groups'];
};

/** Every metric of a set of images, and of resamples of it. NaN where it is undefined. */
export type ResampledMetrics = {
  /** Of the images as they are: exact. */
  readonly estimate: ByMetric<number>;
  /** `samples` values each, in the order of the resamples. */
  readonly values: ByMetric<Float64Array>;
};

/**
 * The metrics of the catalogue for images, and for resamples of them: images drawn with replacement, as many as there are, again and again.
 *
 * Which images are drawn depends on their number and groups, and on `samples` and `seed`; neither on maps nor scores. So values of two
 * methods on the same images in the same order, with the same options, belong together one by one: subtract them for a paired difference
 * (`compareResamples`), or average them over several trainings. `intervalOf` makes an interval of any such values.
 *
 * Resamples of image metrics are exact. Those of pixel metrics are if the anomalous pixels of all images have no more than `levels` distinct
 * scores. Otherwise levels are chosen among those scores, with as many anomalous pixels between any two neighbours, less than 1 / `levels`
 * of all, and what scores between two levels counts as tied. That moves the AUROC of the whole set by less than half of this part,
 * 1/4096 by default; the others move by about 1 / `levels`, far less than images make them vary. AUPIMO may move by more where some
 * defects are far smaller than others: it takes each image by itself.
 *
 * Pixels are sorted twice; after that a resample takes a walk through the levels of each image drawn. Memory beside the input: what
 * `pixelMetrics` takes, and at most 64 bytes for each level and image (24 if it is all normal). For images that don't fit into memory
 * together there is {@link resampleCounts}.
 *
 * @throws {RangeError} for options out of range, no images, a map or mask that isn't `width * height`, masks other than 0 and 1, scores
 * that aren't finite; {TypeError} for what isn't an array of numbers.
 */
export function resampleMetrics(images: readonly ResampledImage[], options: ResampleOptions & LevelsOptions = {}): ResampledMetrics {
  const caller = 'resampleMetrics';
  const pixels = checkImages(caller, images);
  const verdicts = images.map((image, i) => verdictOf(`${caller}: images[${i}]`, image, pixels[i]!));
  const { positives, negatives } = bothPasses(pixels, { gainsOf: pixelGains, perImage: true });
  const levels = chooseLevels(positives, options);
  const counted = pixels.map((image, i) => ({ ...verdicts[i]!, counts: countPixels(image, levels) }));
  const pixel = pixelValues(toPixelTally(toTally(positives, negatives), positives, negatives));
  const image = weighImages(verdicts)(new Uint32Array(images.length).fill(1));
  return {
    estimate: byMetric((metric) => readMetric({ pixel, image }, metric)),
    values: resample(caller, counted, options),
  };
}

function verdictOf(what: string, { score, anomalous }: Partial<ImageVerdict>, { scores, positives }: Pixels): ImageVerdict {
  return checkVerdict(what, { score: score ?? pool(`${what}.map`, scores, 'max'), anomalous: anomalous ?? positives > 0 });
}

function checkVerdict(what: string, { score, anomalous }: ImageVerdict): ImageVerdict {
  if (!Number.isFinite(score)) throw new RangeError(`${what}.score is ${score}; it must be a finite number`);
  if (typeof anomalous !== 'boolean') throw new TypeError(`${what}.anomalous is ${anomalous}; it must be true or false`);
  return { score, anomalous };
}

/**
 * The values of {@link resampleMetrics}, of images that were counted one at a time: in a second pass by `countLevels`, at the levels that
 * `chooseLevels` makes of the first.
 *
 * @param images In any order that is the same for all methods to be compared; resamples are of places in it.
 * @throws {RangeError} for options out of range, no images, scores that aren't finite.
 */
export function resampleCounts(images: readonly CountedImage[], options: ResampleOptions = {}): ByMetric<Float64Array> {
  images.forEach((image, i) => {
    checkVerdict(`resampleCounts: images[${i}]`, image);
  });
  return resample('resampleCounts', images, options);
}

function resample(
  caller: string,
  images: readonly CountedImage[],
  { groups = images.map(({ anomalous }) => Number(anomalous)), ...options }: ResampleOptions,
): ByMetric<Float64Array> {
  const { samples, resamples } = planResamples(caller, images.length, { ...options, groups });
  const [pixelsOf, imagesOf] = [weighPixels(images.map(({ counts }) => counts)), weighImages(images)];
  const values = byMetric(() => new Float64Array(samples));
  let sample = 0;
  for (const weights of resamples) {
    const drawn = { pixel: pixelsOf(weights), image: imagesOf(weights) };
    for (const metric of METRICS) values[metric.path][sample] = readMetric(drawn, metric);
    sample++;
  }
  return values;
}

/** The image metrics of the set that has image i in it `weights[i]` times: exact. */
function weighImages(images: readonly ImageVerdict[]): (weights: ArrayLike<number>) => ByImageMetric<number> {
  const thresholds = Float64Array.from(new Set(images.map(({ score }) => score)))
    .sort()
    .reverse();
  const rankOf = new Map(Array.from(thresholds, (score, rank) => [score, rank]));
  const ranks = images.map(({ score }) => rankOf.get(score)!);
  const [hits, ties] = [new Float64Array(thresholds.length), new Float64Array(thresholds.length)];
  const gaps = new Float64Array(thresholds.length + 1); // every score is a threshold here
  return (weights) => {
    hits.fill(0);
    ties.fill(0);
    let [positives, negatives] = [0, 0];
    images.forEach(({ anomalous }, i) => {
      const weight = weights[i]!;
      (anomalous ? hits : ties)[ranks[i]!]! += weight;
      if (anomalous) positives += weight;
      else negatives += weight;
    });
    return imageValues({ positives, negatives, thresholds, hits, ties, gaps, gapFloors: gaps });
  };
}
