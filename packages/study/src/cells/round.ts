/** One training set and one test set: what all methods at one contamination and seed share. */
import { FormatError } from '@rddpm/core';
import type { Method, Preparation, ValueRanges } from '@rddpm/core/contracts';
import { collectBatches, hasMasks, loadMasks } from '@rddpm/data';
import type { NdArray } from 'ndarray';
import type { Registry } from '../registry.ts';
import type { Reporter } from '../reporter.ts';
import { type ContaminatedDataset, type ImageSet, openContaminated, openImages } from '../run/data-set.ts';
import { preparationFor, scoringPreparation } from '../run/preparation.ts';
import type { RunConfig } from '../run/run-config.ts';
import { trustedBy } from '../run/trust.ts';

/** [n, h, w], 0 or 1. @property isMasked Whether any image has a mask: all is 0 else. */
export type Masks = { readonly masks: NdArray<Uint8Array>; readonly isMasked: boolean };

export type Round = {
  readonly data: ContaminatedDataset;
  /** The images, prepared. Those of one preparation are decoded once. */
  images(of: 'train' | 'test', preparation: Preparation): Promise<ImageSet>;
  /** Of these images, which can be read, at the size at which maps are scored. */
  masks(test: ImageSet): Promise<Masks>;
};

/** @param known As for `openContaminated`. */
/** What a cell learns from: the round's training images, or those of them that another cell trusts. */
export async function trainingImages(round: Round, method: Method, config: RunConfig): Promise<ImageSet> {
  const images = await round.images('train', preparationFor(method, config));
  return config.data.trust === undefined ? images : trustedBy(config.data.trust, images);
}

export async function openRound(
  config: RunConfig,
  registry: Registry,
  reporter: Reporter,
  known?: Parameters<typeof openContaminated>[2],
): Promise<Round> {
  const data = await openContaminated(config, registry, known);
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
    if (key !== keyOf({})) opened.delete(keyOf({})); // looked at, and not wanted any more
    const found = opened.get(key) ?? openImages(data.source, data[of], { preparation, skipBroken }, reporter);
    opened.set(key, found);
    return found;
  };
  const load = async ({ samples }: ImageSet): Promise<Masks> => {
    const { truth } = data.layout;
    const isMasked = await hasMasks(data.source, samples, truth);
    const known = isMasked ? truth : async () => ({ masks: [] });
    return { masks: await collectBatches(loadMasks(data.source, samples, { truth: known, ...scoringPreparation(config) })), isMasked };
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
