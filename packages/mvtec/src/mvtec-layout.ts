import { FormatError } from '@rddpm/core';
import type { DatasetLayout, FileSource, Problem, Sample } from '@rddpm/core/contracts';
import { parseJson } from '@rddpm/core/schema';
import { oncePerSource } from '@rddpm/data';
import * as z from 'zod/mini';
import { MVTEC_AD } from './categories.ts';
import { maskPathOf, pairMasks, readLayout, recognise, SYNTHETIC_MARKER, testIdOf } from './layout.ts';

/**
 * MVTec AD's folders: train/good, test/<defect>, ground_truth/<defect>. Its samples are `parseMvtec`'s; what it can do without is said here.
 *
 * Without train there are test images only, to detect in and evaluate; without ground_truth there are no masks, and `truth` gives undefined. Kinds of defects
 * in train are anomalous training images, of which nobody has masks.
 *
 * `recognises` gives the share of the pictures that lie in such folders, times 0.99; it is 0 without train/good where there is a train, and where there is
 * none, without anything in test, or if normal images have another name there (test/ok). `read` reports as errors masks without image, images with two, and
 * images that share a name; as warnings a lack of training or of test images, and counts unlike those of the MVTec AD category with the source's name
 * (but not of a synthetic data set, whose defects have the severity that its file says). `truth` goes by the path, so that a test image keeps its mask wherever `contaminate` puts it; it lists a source's
 * files once.
 */
export const mvtecLayout: DatasetLayout = {
  name: 'mvtec',
  recognises: recognise,
  async read(source) {
    const paths = await source.list();
    const { samples, problems, leftOut } = readLayout(paths);
    const warnings: Problem[] = (['train', 'test'] as const).flatMap((split) =>
      samples.some((sample) => sample.split === split)
        ? []
        : { severity: 'warning', path: split, message: `holds no ${split === 'train' ? 'training' : 'test'} image` },
    );
    if (!paths.includes(SYNTHETIC_MARKER)) {
      return { samples, problems: [...problems, ...warnings, ...unlikePublished(source.name, samples)], leftOut };
    }
    const severity = await severitiesIn(source);
    const graded = samples.map((sample) => (sample.path in severity ? { ...sample, severity: severity[sample.path]! } : sample));
    return { samples: graded, problems: [...problems, ...warnings], leftOut };
  },
  async truth({ path, anomalous }, source) {
    const id = testIdOf(path);
    if (!anomalous || id === undefined) return undefined;
    const { byId, exist } = await masksOf(source);
    const [mask, other] = byId.get(id) ?? [];
    if (other !== undefined) throw new FormatError(`${path} has two masks: ${mask} and ${other}; there may be one`);
    if (mask === undefined && exist) throw new FormatError(`${path} has no mask; ${maskPathOf(id)} is missing`);
    return mask === undefined ? undefined : { masks: [{ path: mask }] };
  },
  published: MVTEC_AD,
};

/** The severities of a synthetic data set's defects, by path; sets of earlier versions have none. */
async function severitiesIn(source: FileSource): Promise<Readonly<Record<string, number>>> {
  const text = new TextDecoder().decode(await source.read(SYNTHETIC_MARKER));
  return parseJson(markerSchema, text, SYNTHETIC_MARKER).severity ?? {};
}

const markerSchema = z.looseObject({ severity: z.optional(z.record(z.string(), z.number())) });

const masksOf = oncePerSource(async (source) => pairMasks(await source.list()));

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
    const message = `has ${is} images; MVTec AD's ${name} has ${was}`;
    return is === was ? [] : [{ severity: 'warning' as const, path, message }];
  });
}
