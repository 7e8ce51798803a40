import { FormatError } from '@rddpm/core';
import type { Sample } from '@rddpm/core/contracts';
import { readLayout } from './layout.ts';

/**
 * The samples of a data set in MVTec AD layout, from the names of its files alone.
 *
 * Image and mask are paired by path: `test/crack/003.png` with `ground_truth/crack/003_mask.png`, whatever lies beside them. Pictures are
 * .png, .jpg, .jpeg, .bmp, .tif and .tiff in any case; other files (license.txt, hidden files) are passed over. A defective
 * image without a mask is a sample as any other: `verifyDataset` reports it, `loadMasks` refuses it.
 *
 * @param paths Relative to the data set's folder, with '/', or the promise of them: `parseMvtec(source.list())`.
 * @returns Training samples first, then by defect and name; the order of `paths` doesn't matter.
 * @throws {FormatError} if nothing lies in train/good, a mask has no image, or two images differ by their ending only.
 */
export async function parseMvtec(paths: readonly string[] | Promise<readonly string[]>): Promise<Sample[]> {
  const { samples, orphanMasks } = readLayout(await paths);
  const [first] = orphanMasks;
  if (first !== undefined) {
    const more = orphanMasks.length > 1 ? ` (and ${orphanMasks.length - 1} more like it)` : '';
    throw new FormatError(`parseMvtec: ${first} ${orphanMessage(first)}${more}`);
  }
  return samples;
}

/** What is wrong with the mask at `path`, which belongs to no image, and what would be right. */
export function orphanMessage(path: string): string {
  const [, defect, file = ''] = path.split('/');
  const stem = file.replace(/\.[^.]+$/, '');
  if (!stem.endsWith('_mask')) return 'is no mask of any image: masks are called <stem>_mask.png';
  return `is a mask without an image; test/${defect}/${stem.slice(0, -'_mask'.length)}.png is missing`;
}
