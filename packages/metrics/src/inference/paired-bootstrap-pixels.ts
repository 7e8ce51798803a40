import { type ByPixelMetric, byPixelMetric, PIXEL_METRIC_NAMES } from '../catalogue.ts';
import { checkImages, type Pixels, type ScoredImage } from '../scored-image.ts';
import { checkLevels, inOrder, type PixelBootstrapOptions } from './bootstrap-pixels.ts';
import { levelPixels } from './levelled-pixels.ts';
import { comparison, type PairedBootstrap } from './paired-bootstrap.ts';
import { planResamples, resampledValues } from './resample.ts';

export type PairedPixelBootstrap = {
  readonly metrics: ByPixelMetric<PairedBootstrap>;
  /** At how many scores of anomalous pixels resamples were looked at, for each method. */
  readonly levelsA: number;
  readonly levelsB: number;
  /** Whether those are all there are, for both, so that resamples are exact. */
  readonly exact: boolean;
};

/**
 * Do the maps of A mark the pixels better than those of B, over the same images? The differences of the pixel metrics, with interval and
 * p-value, by the bootstrap over images; see `pairedBootstrap` for them, and `bootstrapPixelMetrics` for levels, time and memory
 * (for each method).
 *
 * @param imagesA Images with the maps of A.
 * @param imagesB The same images with the maps of B, in the same order: sizes and masks must be equal.
 * @throws {RangeError} for masks or sizes that differ, and as `bootstrapPixelMetrics` does; {TypeError} as it does.
 */
export function pairedBootstrapPixelMetrics(
  imagesA: readonly ScoredImage[],
  imagesB: readonly ScoredImage[],
  options: PixelBootstrapOptions = {},
): PairedPixelBootstrap {
  const caller = 'pairedBootstrapPixelMetrics';
  const levels = checkLevels(caller, options);
  const pixelsA = checkImages(caller, imagesA, 'imagesA');
  const pixelsB = checkImages(caller, imagesB, 'imagesB');
  checkSame(caller, pixelsA, pixelsB);
  const plan = planResamples(caller, pixelsA.length, options);
  const a = levelPixels(pixelsA, levels);
  const b = levelPixels(pixelsB, levels);
  const differences = resampledValues(plan, PIXEL_METRIC_NAMES.length, (weights) => {
    const ofB = inOrder(b.weighed(weights));
    return inOrder(a.weighed(weights)).map((value, i) => value - ofB[i]!);
  });
  return {
    metrics: byPixelMetric((name, i) => comparison(a.estimate[name], b.estimate[name], differences[i]!, plan)),
    levelsA: a.levels,
    levelsB: b.levels,
    exact: a.levels === a.distinct && b.levels === b.distinct,
  };
}

function checkSame(caller: string, imagesA: readonly Pixels[], imagesB: readonly Pixels[]): void {
  const reject = (came: string) => {
    throw new RangeError(`${caller}: ${came}; both must be the same images with the same masks, in the same order`);
  };
  if (imagesA.length !== imagesB.length) reject(`imagesA has ${imagesA.length} images, imagesB ${imagesB.length}`);
  imagesA.forEach((a, image) => {
    const b = imagesB[image]!;
    if (a.width !== b.width || a.height !== b.height) {
      reject(`imagesA[${image}] is ${a.width} wide and ${a.height} high, imagesB[${image}] ${b.width} and ${b.height}`);
    }
    for (let i = 0; i < a.labels.length; i++) {
      if (a.labels[i] === b.labels[i]) continue;
      const place = `at x = ${i % a.width}, y = ${Math.floor(i / a.width)}`;
      reject(`imagesA[${image}].mask ${place} is ${a.labels[i]}, imagesB's ${b.labels[i]}`);
    }
  });
}
