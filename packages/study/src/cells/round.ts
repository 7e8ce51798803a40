/** One training set and one test set: what all methods at one contamination and seed share. */
import { FormatError } from '@rddpm/core';
import type { Method, Preparation, Region, ValueRanges } from '@rddpm/core/contracts';
import { collectBatches, cut, hasMasks, loadMasks } from '@rddpm/data';
import type { NdArray } from 'ndarray';
import { noteInverted } from '../evaluation/evaluate-images.ts';
import type { Registry } from '../registry.ts';
import type { Reporter } from '../reporter.ts';
import {
  type AskedFor,
  type ContaminatedDataset,
  type ImageSet,
  isUnlabelled,
  openContaminated,
  openImages,
  whyUnlabelled,
} from '../run/data-set.ts';
import { contentOf } from '../run/frames.ts';
import { preparationFor, scoringPreparation } from '../run/preparation.ts';
import type { RunConfig } from '../run/run-config.ts';
import { trustedBy } from '../run/trust.ts';

/** @property masks [n, h, w], 0 or 1. @property isMasked Whether any image has a mask; without, all values are 0. */
export type Masks = { readonly masks: NdArray<Uint8Array>; readonly isMasked: boolean };

export type Round = {
  readonly data: ContaminatedDataset;
  /** The images as frames; cutting them to tiles is the caller's work. Images are decoded once for each preparation. */
  images(of: 'train' | 'test', preparation: Preparation): Promise<ImageSet>;
  /** The masks of these images, at the size at which maps are scored. */
  masks(test: ImageSet): Promise<Masks>;
};

/** The images that a cell learns from: all training images of the round, or those that another cell trusts. */
export async function trainingImages(round: Round, method: Method, config: RunConfig): Promise<ImageSet> {
  const preparation = preparationFor(method, config);
  const { tiles } = preparation;
  const frames = await round.images('train', preparation);
  const images = tiles ? { ...frames, preparation: { ...frames.preparation, tiles } } : frames;
  return config.data.trust === undefined ? images : trustedBy(config.data.trust, images);
}

/** @param known, asked As for `openContaminated`. */
export async function openRound(
  config: RunConfig,
  registry: Registry,
  reporter: Reporter,
  known?: Parameters<typeof openContaminated>[2],
  asked?: AskedFor,
): Promise<Round> {
  const data = await openContaminated(config, registry, known, asked);
  if (data.test.length === 0 && isUnlabelled(data.train)) {
    throw new FormatError(`${whyUnlabelled(data.source.name, data.train)}: there is nothing to test on`);
  }
  if (data.test.length === 0) throw new FormatError(`${config.dataset} has no test images to score`);
  const unknown = data.test.find(({ anomalous }) => anomalous === undefined);
  if (unknown) throw new FormatError(`${unknown.path} is a test image of which nobody says whether it is anomalous; it can't be scored`);
  const { skipBroken } = config.data;
  const opened = new Map<string, Promise<ImageSet>>();
  const images: Round['images'] = (of, { tiles: _, ...preparation }) => {
    const { size, channels, fit, crop = null, ranges } = preparation;
    const part = crop && [crop.x, crop.y, crop.width, crop.height];
    const keyOf = ({ uint16, float }: ValueRanges) =>
      JSON.stringify([of, size.width, size.height, channels, fit, part, uint16 ?? null, float ?? null]);
    const key = ranges ? keyOf(ranges) : `${keyOf({})} measured`;
    if (key !== keyOf({})) opened.delete(keyOf({})); // it was opened to find broken files, and is replaced by the same with measured ranges
    const found = opened.get(key) ?? openImages(data.source, data[of], { preparation, skipBroken }, reporter);
    opened.set(key, found);
    return found;
  };
  const load = async (test: ImageSet): Promise<Masks> => {
    const { samples } = test;
    const { truth } = data.layout;
    const isMasked = await hasMasks(data.source, samples, truth);
    const known = isMasked ? truth : async () => ({ masks: [] });
    const masks = await collectBatches(loadMasks(data.source, samples, { truth: known, ...scoringPreparation(config) }));
    const shares = samples.flatMap(({ path, anomalous }, i) => (anomalous ? [{ path, share: shareOf(masks, i, contentOf(test, i)) }] : []));
    noteInverted(shares, reporter);
    return { masks, isMasked };
  };
  let masks: Promise<Masks> | undefined;
  return {
    data,
    images,
    masks(test) {
      masks ??= load(test);
      return masks;
    },
  };
}

/** The share of the picture, without padding, that the mask of row `i` marks. */
function shareOf({ data, shape }: Masks['masks'], i: number, content: Region): number {
  const [, height, width] = shape as [number, number, number];
  const seen = cut(data.subarray(i * height * width, (i + 1) * height * width), width, content);
  return seen.reduce((sum, marked) => sum + marked, 0) / seen.length;
}
