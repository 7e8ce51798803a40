import { FormatError } from '@rddpm/core';
import type { DatasetLayout, FileSource, Sample } from '@rddpm/core/contracts';
import { PICTURE_ENDINGS, placeOf, sortFiles } from '../files.ts';
import { splitOf } from '../image-table.ts';
import { sharedIds } from '../unique-ids.ts';

/** Any other layout that fits at all fits better. */
const LEAST = 1e-6;

/**
 * A folder of images of which nobody knows whether they show defects, nested or not. An image's kind is the folder that it lies in, or the source's name; its
 * id is that and its name without the ending. Folders `train`, `validation` and `test` (or training, val, testing) at the top, in any
 * case, are the split; images elsewhere have none.
 *
 * `recognises` whatever has a picture, with the lowest of scores. `read` reports images of one id as errors.
 */
export const imagesLayout: DatasetLayout = {
  name: 'images',
  recognises: (paths) => (sortFiles(paths).pictures.length > 0 ? LEAST : 0),
  async read(source) {
    const paths = await source.list();
    const { pictures, leftOut } = sortFiles(paths);
    if (pictures.length === 0) {
      const endings = PICTURE_ENDINGS.map((ending) => `.${ending}`).join(', ');
      throw new FormatError(`${source.name} holds no image among ${paths.length} files; images end with ${endings}`);
    }
    const samples = [...pictures].sort().map((path) => sampleOf(path, source));
    return { samples, problems: sharedIds(samples), leftOut };
  },
  truth: async () => undefined,
};

function sampleOf(path: string, { name }: FileSource): Sample {
  const { folders, stem } = placeOf(path);
  const kind = folders.join('/') || name.normalize('NFC');
  const split = splitOf(folders[0]);
  return { id: `${kind}/${stem}`, path, ...(split && { split }), kind };
}
