import { cut } from '@rddpm/data';
import { pixelMetrics } from '@rddpm/metrics';
import type { Prepared, Verdict } from '../messages.ts';

/** @param maps Of all test images. Padding, and those without a known mask, don't count. */
export function judge(maps: Float32Array, { size, masks, testInfo }: Prepared): Verdict {
  const pixels = size * size;
  const images = testInfo.flatMap(({ masked, content }, row) => {
    const seen = <A extends Float32Array | Uint8Array>(values: A) =>
      cut(values.subarray(row * pixels, (row + 1) * pixels) as A, size, content);
    return masked ? [{ map: seen(maps), mask: seen(masks), width: content.width, height: content.height }] : [];
  });
  if (!images.some(({ mask }) => mask.includes(1))) return null; // without a defect there is nothing to rank
  const { auroc, averagePrecision, f1MaxThreshold, f1Max } = pixelMetrics(images);
  return { auroc, averagePrecision, bestThreshold: f1MaxThreshold, bestF1: f1Max };
}
