import { FormatError } from '@rddpm/core';
import type { DatasetLayout, FileSource, Problem, Sample } from '@rddpm/core/contracts';
import { MVTEC_AD } from './categories.ts';
import { maskPathOf, pairMasks, readLayout, SYNTHETIC_MARKER, shareInPlace } from './layout.ts';
import { orphanMessage } from './parse.ts';

/**
 * MVTec AD's folders: train/good, test/<defect>, ground_truth/<defect>. Its samples are `parseMvtec`'s.
 *
 * `recognises` gives the share of the pictures that lie in such folders, and 0 without train/good. `read` reports masks without image as
 * errors; as warnings a lack of test images, and counts unlike those of the MVTec AD category with the source's name (but not of a
 * synthetic data set). `truth` goes by the path, so that a test image keeps its mask wherever `contaminate` puts it; it lists a source's
 * files once.
 */
export const mvtecLayout: DatasetLayout = {
  name: 'mvtec',
  recognises: shareInPlace,
  async read(source) {
    const paths = await source.list();
    const { samples, orphanMasks } = readLayout(paths);
    const problems = orphanMasks.map((path): Problem => ({ severity: 'error', path, message: orphanMessage(path) }));
    if (!samples.some(({ split }) => split === 'test')) {
      problems.push({ severity: 'warning', path: 'test', message: 'there are no test images' });
    }
    if (!paths.includes(SYNTHETIC_MARKER)) problems.push(...unlikePublished(source.name, samples));
    return { samples, problems };
  },
  async truth({ id, path, anomalous }, source) {
    if (!anomalous) return undefined;
    const mask = path.startsWith('test/') ? (await masksOf(source)).get(id) : undefined;
    if (mask === undefined) throw new FormatError(`${path} has no mask; ${maskPathOf(id)} is missing`);
    return { masks: [{ path: mask }] };
  },
  published: MVTEC_AD,
};

const masks = new WeakMap<FileSource, Promise<ReadonlyMap<string, string>>>();

/** Listing a folder takes as long as reading a picture, and every defective image asks. */
function masksOf(source: FileSource): Promise<ReadonlyMap<string, string>> {
  const known = masks.get(source) ?? source.list().then(pairMasks);
  masks.set(source, known);
  known.catch(() => masks.delete(source)); // the next one may fare better
  return known;
}

function unlikePublished(name: string, samples: readonly Sample[]): Problem[] {
  const published = MVTEC_AD[name];
  if (!published) return [];
  const expected = new Map<string, number>([
    ['train/good', published.train],
    ['test/good', published.good],
  ]);
  for (const [defect, images] of Object.entries(published.defects)) expected.set(`test/${defect}`, images);
  const found = new Map<string, number>();
  for (const { split, kind } of samples) found.set(`${split}/${kind}`, (found.get(`${split}/${kind}`) ?? 0) + 1);
  return [...new Set([...expected.keys(), ...found.keys()])].flatMap((path) => {
    const [is, was] = [found.get(path) ?? 0, expected.get(path) ?? 0];
    const message = `${is} images; MVTec AD's ${name} has ${was}`;
    return is === was ? [] : [{ severity: 'warning' as const, path, message }];
  });
}
