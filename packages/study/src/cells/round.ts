/** One training set and one test set: what all methods at one contamination and seed share. */
import { FormatError } from '@rddpm/core';
import type { InputShape } from '@rddpm/core/contracts';
import { collectBatches, loadMasks } from '@rddpm/data';
import type { NdArray } from 'ndarray';
import type { Registry } from '../registry.ts';
import type { Reporter } from '../reporter.ts';
import { type ContaminatedDataset, type ImageSet, openContaminated, openImages } from '../run/data-set.ts';
import type { RunConfig } from '../run/run-config.ts';

export type Round = {
  readonly data: ContaminatedDataset;
  /** The images as a method is to be shown them. Those of one shape are decoded once. */
  images(of: 'train' | 'test', shape: InputShape): Promise<ImageSet>;
  /** Of these images, which can be read, at the size at which maps are scored: [n, h, w], 0 or 1. */
  masks(test: ImageSet): Promise<NdArray<Uint8Array>>;
};

export async function openRound(config: RunConfig, registry: Registry, reporter: Reporter): Promise<Round> {
  const data = await openContaminated(config, registry);
  if (data.test.length === 0) throw new FormatError(`${config.dataset} has no test images to score`);
  const unknown = data.test.find(({ anomalous }) => anomalous === undefined);
  if (unknown) throw new FormatError(`${unknown.path} is a test image of which nobody says whether it is anomalous; it can't be scored`);
  const { skipBroken, size } = config.data;
  const opened = new Map<string, Promise<ImageSet>>();
  const images: Round['images'] = (of, shape) => {
    const key = JSON.stringify([of, shape.width, shape.height, shape.channels]);
    const found = opened.get(key) ?? openImages(data.source, data[of], { ...shape, skipBroken }, reporter);
    opened.set(key, found);
    return found;
  };
  let masks: Promise<NdArray<Uint8Array>> | undefined;
  return {
    data,
    images,
    masks({ samples }) {
      masks ??= collectBatches(loadMasks(data.source, samples, { truth: data.layout.truth, size }));
      return masks;
    },
  };
}

/** What is scored at. */
export const scoringShape = ({ data: { size, channels } }: RunConfig): InputShape => ({ ...size, channels });
