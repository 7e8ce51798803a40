import { type ByPixelMetric, byPixelMetric, PIXEL_METRIC_NAMES } from '../catalogue.ts';
import { checkImages, type ScoredImage } from '../scored-image.ts';
import type { Bootstrap } from './bootstrap.ts';
import { levelPixels } from './levelled-pixels.ts';
import { type BootstrapOptions, percentileInterval, planResamples, resampledValues } from './resample.ts';

export type PixelBootstrapOptions = BootstrapOptions & {
  /** At how many scores of anomalous pixels, at most, resamples are looked at. @defaultValue 2048 */
  levels?: number;
};

export type PixelBootstrap = {
  readonly metrics: ByPixelMetric<Bootstrap>;
  /** At how many scores of anomalous pixels resamples were looked at. */
  readonly levels: number;
  /** Whether those are all there are, so that resamples are exact. */
  readonly exact: boolean;
};

/**
 * Confidence intervals of the pixel metrics by the bootstrap over images; see `bootstrap`. All metrics are of the same resamples.
 *
 * Estimates are exact, those of `pixelMetrics`. Resamples are, too, if the anomalous pixels of all images have no more than `levels`
 * distinct scores. Otherwise levels are chosen among those scores, with as many anomalous pixels between any two neighbours, less than
 * 1 / `levels` of all, and what scores between two levels counts as tied. That moves the AUROC of the whole set by less than half of
 * this part, 1/4096 by default; the other metrics move by about 1 / `levels`, far less than images make them vary. AUPIMO may move by more
 * where some defects are far smaller than others: it takes each image by itself.
 *
 * Pixels are sorted twice; after that a resample takes a walk through the levels of each image drawn. Memory beside the input: what
 * `pixelMetrics` takes, 4 bytes more for each anomalous pixel, and at most 64 for each level and image (24 if it is all normal).
 *
 * @throws {RangeError} for options out of range, no images, a map or mask that isn't `width * height`, masks other than 0 and 1, scores
 * that aren't finite; {TypeError} for what isn't an array of numbers.
 */
export function bootstrapPixelMetrics(images: readonly ScoredImage[], options: PixelBootstrapOptions = {}): PixelBootstrap {
  const caller = 'bootstrapPixelMetrics';
  const levels = checkLevels(caller, options);
  const pixels = checkImages(caller, images);
  const plan = planResamples(caller, pixels.length, options);
  const set = levelPixels(pixels, levels);
  const values = resampledValues(plan, PIXEL_METRIC_NAMES.length, (weights) => inOrder(set.weighed(weights)));
  const metrics = byPixelMetric((name, i) => ({ estimate: set.estimate[name], ...percentileInterval(values[i]!, plan) }));
  return { metrics, levels: set.levels, exact: set.levels === set.distinct };
}

export function checkLevels(caller: string, { levels = 2048 }: PixelBootstrapOptions): number {
  if (Number.isSafeInteger(levels) && levels >= 1) return levels;
  throw new RangeError(`${caller}: levels is ${levels}; it must be a whole number, 1 or more`);
}

/** In the order of `PIXEL_METRIC_NAMES`. */
export function inOrder(metrics: ByPixelMetric<number>): number[] {
  return PIXEL_METRIC_NAMES.map((name) => metrics[name]);
}
