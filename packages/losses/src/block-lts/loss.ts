import { assertPositiveInteger, ShapeError } from '@rddpm/core';
import { mean, reshape, type Scalar, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { assertBatch } from '../batch.ts';
import type { LtsOptions } from '../lts/loss.ts';
import { assertKeep } from '../trimmed/keep.ts';
import { squaredError } from '../trimmed/penalty.ts';
import { trimmedMean } from '../trimmed/trimmed-mean.ts';

export type BlockLtsOptions = LtsOptions & {
  /** The side of a block in pixels; it divides height and width. @defaultValue 8 */
  readonly block?: number;
};

/**
 * Least trimmed squares over square blocks of pixels: the mean squared error of the `max(1, ⌊keep · blocks + 1e-9⌋)` blocks that fit best,
 * where the blocks of all images compete. Blocks that tie for the last places count in part.
 *
 * A defect that covers a small part of an image hardly moves the image's error, but dominates its block's; the rest of the image
 * still teaches.
 *
 * @param prediction [batch, height, width, channels]
 * @param target Same shape as `prediction`.
 * @param options.keep The share of the blocks that counts. @defaultValue 0.8
 * @throws {ShapeError} if the shapes differ, hold no image, or aren't whole blocks; {ConfigError} unless a number `keep` is in (0, 1]
 *   and `block` is a whole number of at least 1.
 * @see Rousseeuw (1984), https://doi.org/10.1080/01621459.1984.10477105, for trimming; blocks are our own
 */
export function blockLtsLoss(
  prediction: Tensor,
  target: Tensor,
  { keep = 0.8, block = 8, penalty = squaredError }: BlockLtsOptions = {},
): Scalar {
  assertBatch('blockLtsLoss', prediction, target);
  assertKeep('blockLtsLoss', keep);
  assertPositiveInteger('blockLtsLoss: block', block);
  assertBlocks(prediction, block);
  return tidy(() => trimmedMean(blockMeans(penalty(sub(prediction, target)), block), keep));
}

/** [n, h, w, c] -> [blocks of the whole batch] */
function blockMeans(penalties: Tensor, block: number): Tensor {
  const [n, h, w, c] = penalties.shape as [number, number, number, number];
  return mean(reshape(penalties, [(n * h) / block, block, w / block, block * c]), [1, 3]);
}

function assertBlocks({ shape }: Tensor, block: number): void {
  const [, h, w] = shape;
  if (shape.length === 4 && h! % block === 0 && w! % block === 0) return;
  throw new ShapeError(
    `blockLtsLoss: prediction is [${shape}]; it must be [batch, height, width, channels], with height and width multiples of the block's ${block}`,
  );
}
