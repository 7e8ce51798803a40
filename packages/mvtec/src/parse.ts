import { FormatError } from '@rddpm/core';
import type { Sample } from '@rddpm/core/contracts';
import { GOOD, noImages, readLayout } from './layout.ts';

/**
 * The samples of a data set in MVTec AD layout, from the names of its files alone.
 *
 * Image and mask are paired by path: `test/crack/003.png` with `ground_truth/crack/003_mask.png`, whatever lies beside them; folders within those of the
 * kinds are part of the name. Pictures end as `PICTURE_ENDINGS` of `@rddpm/data` says, in any case; other files (license.txt, hidden files) are passed
 * over: `mvtecLayout` tells which. A defective image without a mask is a sample as any other: `verifyDataset` reports it, `loadMasks` refuses it.
 *
 * @param paths Relative to the data set's folder, with '/', or the promise of them: `parseMvtec(source.list())`.
 * @returns Training samples first, then by defect and name; the order of `paths` doesn't matter.
 * @throws {FormatError} if nothing lies in train/good, a mask has no image, an image has two, or two images differ by their ending only.
 */
export async function parseMvtec(paths: readonly string[] | Promise<readonly string[]>): Promise<Sample[]> {
  const files = await paths;
  const { samples, problems } = readLayout(files);
  if (!samples.some(({ split, kind }) => split === 'train' && kind === GOOD)) throw new FormatError(noImages(files));
  const [first, ...others] = problems;
  if (first) {
    const more = others.length > 0 ? ` (and ${others.length} more like it)` : '';
    throw new FormatError(`parseMvtec: ${first.path} ${first.message}${more}`);
  }
  return samples;
}
