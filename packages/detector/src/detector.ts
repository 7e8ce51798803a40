import { assertImages, ConfigError, contentKey, type ImageBatch, type Rng } from '@rddpm/core';
import { anomalyMaps, imageScores, rowMajor } from '@rddpm/maps';
import ndarray, { type NdArray } from 'ndarray';
import { type DetectorOptions, resolveOptions } from './detector-options.ts';
import { createReconstruction } from './reconstruction.ts';

export type Detection = {
  /** [n, h, w], smoothed; higher where an image differs from its reconstruction. */
  readonly maps: NdArray<Float32Array>;
  /** [n, h, w, c] in [0, 1], the mean over the noise draws: what the draws disagree about is noise, and mostly cancels. */
  readonly reconstructions: ImageBatch;
  /** [n], each map's largest value. */
  readonly scores: Float64Array;
};

export type Detector = {
  /**
   * Images [n, h, w, c] in [0, 1] of the network's size. Draw d of an image takes its noise from `rng.fork('image <key> draw d')`, with the image's
   * `contentKey`: an image has the same map whatever else is in the batch or came before it.
   */
  detect(images: ImageBatch): Promise<Detection>;
};

/**
 * Finds what a network would not have drawn: noises an image to `forwardSteps`, walks `reverseSteps` back with the sampler, and
 * compares. Each reverse evaluation is one compiled call with the weights frozen into it.
 *
 * @throws {ConfigError} at once for options that can't work.
 * @see Wyatt et al. (2022), AnoDDPM, https://doi.org/10.1109/CVPRW56347.2022.00080
 */
export function createDetector(options: DetectorOptions): Detector {
  const settings = resolveOptions(options);
  const { batchSize, draws, rng } = settings;
  const reconstruct = createReconstruction(settings);

  return {
    async detect(images) {
      assertImages('detect: images', images);
      const [n, h, w, c] = images.shape as [number, number, number, number];
      const pixels = rowMajor(images);
      const size = h * w * c;
      const keys = Array.from({ length: n }, (_, i) => contentKey(pixels.subarray(i * size, (i + 1) * size)));
      const sums = new Float64Array(n * size);
      // every draw of every image is a row of a batch, and the last batch is padded: one shape, one graph
      for (let first = 0; first < n * draws; first += batchSize) {
        const rows = Math.min(batchSize, n * draws - first);
        const imageOf = (row: number) => Math.floor((first + row) / draws);
        const batch = ndarray(new Float32Array(batchSize * size), [batchSize, h, w, c]);
        const sources: Rng[] = [];
        for (let row = 0; row < rows; row++) {
          const image = imageOf(row);
          batch.data.set(pixels.subarray(image * size, (image + 1) * size), row * size);
          sources.push(rng.fork(`image ${keys[image]} draw ${(first + row) % draws}`));
        }
        const { data } = await reconstruct(batch, sources);
        for (let row = 0; row < rows; row++) {
          for (let i = 0; i < size; i++) sums[imageOf(row) * size + i]! += data[row * size + i]!;
        }
      }
      const mean = Float32Array.from(sums, (sum) => sum / draws);
      const reconstructions = ndarray(mean, [n, h, w, c]);
      const maps = anomalyMaps(images, reconstructions, settings);
      return { maps, reconstructions, scores: finiteScores(maps) };
    },
  };
}

function finiteScores(maps: NdArray<Float32Array>): Float64Array {
  const scores = imageScores(maps);
  const failed = scores.findIndex((score) => !Number.isFinite(score)); // a NaN among the pixels makes the score one
  if (failed === -1) return scores;
  throw new ConfigError(`detect: image ${failed}'s reconstruction is not finite; the detector's weights or sampler are to blame`);
}
