import { type RankingMetrics, rankingMetrics } from '../ranking-metrics.ts';
import { checkImages, type ScoredImage } from '../scored-image.ts';
import { checkPooling, type PoolingOptions, pool } from './pool-map.ts';

/** One label and one score per image: what every ranking metric takes, and deLong. */
export type ImageScores = {
  /** 1 where the mask has an anomalous pixel, else 0. */
  readonly labels: Uint8Array;
  readonly scores: Float64Array;
};

/**
 * A score and a label for each image, from its map and its mask.
 *
 * @throws {RangeError} for a pooling that `poolMap` refuses, no images, a map or mask that isn't `width * height`, masks other than
 * 0 and 1, scores that aren't finite.
 * @throws {TypeError} for what isn't an array of numbers.
 */
export function poolImages(images: readonly ScoredImage[], options: PoolingOptions = {}): ImageScores {
  return poolAll('poolImages', images, options);
}

/**
 * How well the images' scores tell defective from normal: the image-level twins of the pixel metrics. An image is anomalous if any
 * pixel of its mask is. `f1MaxThreshold` is one for pooled scores.
 *
 * For image scores that don't come from maps, see `rankingMetrics(labels, scores)`; for other metrics of pooled scores, `poolImages`.
 *
 * @returns See `rankingMetrics`. It depends on the pooling: say which where you print it.
 * @throws What {@link poolImages} throws.
 */
export function imageMetrics(images: readonly ScoredImage[], options: PoolingOptions = {}): RankingMetrics {
  const { labels, scores } = poolAll('imageMetrics', images, options);
  return rankingMetrics(labels, scores);
}

function poolAll(caller: string, images: readonly ScoredImage[], options: PoolingOptions): ImageScores {
  const pooling = checkPooling(caller, options);
  const all = checkImages(caller, images);
  return {
    labels: Uint8Array.from(all, ({ positives }) => (positives > 0 ? 1 : 0)),
    scores: Float64Array.from(all, ({ scores }, i) => pool(`${caller}: images[${i}].map`, scores, pooling)),
  };
}
