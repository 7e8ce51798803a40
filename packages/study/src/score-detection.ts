/** A detection against the masks: overall, by kind of defect, and how well normal images are rebuilt. */
import { definedFields, type ImageBatch, ShapeError } from '@rddpm/core';
import type { Region, Sample } from '@rddpm/core/contracts';
import { cut } from '@rddpm/data';
import type { DefectScores, ResultScores } from '@rddpm/report';
import type { NdArray } from 'ndarray';
import { type EvaluateImagesOptions, type Evaluation, evaluateImages } from './evaluation/evaluate-images.ts';
import type { TestImage } from './evaluation/test-image.ts';

/** Test images in memory, and what is true of them. Arrays are row-major. */
export type TestSet = {
  readonly samples: readonly Sample[];
  /** [n, h, w, c] in [0, 1]. */
  readonly images: ImageBatch;
  /** [n, h, w], 0 or 1. */
  readonly masks: NdArray<Uint8Array>;
  /** Whether the defects are marked: pixel metrics are undefined without. @defaultValue true */
  readonly isMasked?: boolean;
  /** Of each image, the part of the masks that isn't padding: only that is scored. @defaultValue all of it */
  readonly contents?: readonly Region[];
};

/** What a method says of a test set. Arrays are row-major. */
export type TestDetection = {
  /** [n, h, w], higher for more anomalous. */
  readonly maps: NdArray<Float32Array>;
  /** One for each image. */
  readonly scores: ArrayLike<number>;
  /** [n, h, w, c], of methods that rebuild images. */
  readonly reconstructions?: ImageBatch;
};

/** The metrics of `results.json`: of all images, and of each kind of defect together with the normal images. */
export type DetectionScores = ResultScores & { readonly defects: DefectScores[] } & Pick<Evaluation, 'resampled'>;

/**
 * Exact metrics of a detection.
 *
 * @param seen The kinds of defect among the contaminants.
 * @param options.resample As for `evaluateImages`.
 * @throws {ShapeError} if there isn't a map of the mask's size, a score and, where there are any, a reconstruction for each image; and what
 * `evaluateImages` throws.
 */
export async function scoreDetection(
  test: TestSet,
  detection: TestDetection,
  seen: ReadonlySet<string>,
  { resample }: Pick<EvaluateImagesOptions, 'resample'> = {},
): Promise<DetectionScores> {
  const { samples, images, isMasked = true } = test;
  const { reconstructions } = detection;
  const { all, defects, resampled } = await evaluateImages(testImagesOf(test, detection), {
    isMasked,
    resample,
    reconstruction: reconstructions && reconstructionError(images, reconstructions, (i) => !samples[i]!.anomalous),
  });
  return {
    ...all,
    ...definedFields({ resampled }),
    defects: defects.map(({ name, ...scores }) => ({ name, seenInTraining: seen.has(name), ...scores })),
  };
}

/** A test set and the maps of a detection as images for `evaluateImages`. Pixels are copied only where there is padding. Throws what {@link scoreDetection} does. */
export function testImagesOf(
  { samples, masks, contents }: Pick<TestSet, 'samples' | 'masks' | 'contents'>,
  { maps, scores }: Pick<TestDetection, 'maps' | 'scores'>,
): TestImage[] {
  const [n, height, width] = masks.shape as [number, number, number];
  if (n !== samples.length || scores.length !== n || `${maps.shape}` !== `${masks.shape}`) {
    throw new ShapeError(
      `testImagesOf: maps are [${maps.shape}], masks [${masks.shape}], with ${scores.length} scores of ${samples.length} samples; each sample needs one of each`,
    );
  }
  const pixels = height * width;
  return samples.map(({ path, kind, anomalous = false }, i) => {
    const content = contents?.[i] ?? { x: 0, y: 0, width, height };
    const isWhole = content.width === width && content.height === height;
    const seen = <A extends Float32Array | Uint8Array>({ data, offset }: { data: A; offset: number }) => {
      const frame = data.subarray(offset + i * pixels, offset + (i + 1) * pixels) as A;
      return isWhole ? frame : cut(frame, width, content);
    };
    return {
      path,
      kind,
      anomalous,
      map: seen(maps),
      mask: seen(masks),
      width: content.width,
      height: content.height,
      score: scores[i]!,
    };
  });
}

/** On pixels in [0, 1], padding included, over the images that `of` picks together; the peak signal is 1, so psnr is -10 log10(mse). NaN without any. */
function reconstructionError(images: ImageBatch, reconstructions: ImageBatch, of: (image: number) => boolean) {
  if (`${images.shape}` !== `${reconstructions.shape}`) {
    throw new ShapeError(`scoreDetection: images are [${images.shape}], reconstructions [${reconstructions.shape}]; both must agree`);
  }
  const [n, ...inner] = images.shape as [number, ...number[]];
  const size = inner.reduce((product, length) => product * length, 1);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < n; i++) {
    if (!of(i)) continue;
    for (let k = i * size; k < (i + 1) * size; k++) {
      sum += (images.data[images.offset + k]! - reconstructions.data[reconstructions.offset + k]!) ** 2;
    }
    count += size;
  }
  const mse = sum / count;
  return { mse, psnr: -10 * Math.log10(mse) };
}
