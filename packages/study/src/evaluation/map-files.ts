/** Maps and masks that are files, read one image at a time. */
import { basename, dirname } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { DatasetLayout, Sample, Size, Truth } from '@rddpm/core/contracts';
import { loadMasks } from '@rddpm/data';
import { folderSource } from '@rddpm/data/node';
import { resizeMap } from '@rddpm/maps';
import { type Pooling, poolMap } from '@rddpm/metrics';
import { readMap } from '../maps/read-map.ts';
import type { TestImage } from './test-image.ts';

export type MapFiles = {
  /** The data set's folder, absolute. */
  readonly dataset: string;
  /** Where an image's masks are: that of the layout which the samples come from. */
  readonly truth: DatasetLayout['truth'];
  /** Of each test image where its map is, absolute: see `pairMaps`. */
  readonly images: readonly { readonly sample: Sample; readonly map: string }[];
  /** To score at; a number is a square. @defaultValue each mask's own size */
  readonly size?: number | Size;
  /** How a map's own pixels become the image's score. @defaultValue 'max' */
  readonly pooling?: Pooling;
};

/** Some of the files, with their truths: a worker can be sent no functions. */
export type Share = Omit<MapFiles, 'truth' | 'images'> & {
  readonly images: readonly (MapFiles['images'][number] & { readonly truth: PromiseSettledResult<Truth | undefined> })[];
};

/** Truths that can't be had are kept as they are, to be complained of when their image's turn comes. */
export async function withTruths({ truth, images, ...rest }: MapFiles): Promise<Share> {
  const source = folderSource(rest.dataset);
  const truths = await Promise.allSettled(images.map(async ({ sample }) => truth(sample, source)));
  return { ...rest, images: images.map((image, i) => ({ ...image, truth: truths[i]! })) };
}

/** Of every n-th image, so that each share has some of every kind. */
export function split(share: Share, shares: number): Share[] {
  const count = Math.max(1, Math.min(shares, share.images.length));
  return Array.from({ length: count }, (_, first) => ({ ...share, images: share.images.filter((_, i) => i % count === first) }));
}

/** Reads everything anew each time that it is iterated. Throws {FormatError} for files that can't be read, or don't fit each other. */
export function imagesOf(share: Share): AsyncIterable<TestImage> {
  return { [Symbol.asyncIterator]: () => readImages(share) };
}

async function* readImages({ dataset, images, size, pooling = 'max' }: Share): AsyncGenerator<TestImage> {
  const samples = images.map(({ sample }) => sample);
  const truths = new Map(images.map(({ sample, truth }) => [sample, truth]));
  const truth = async (sample: Sample) => {
    const found = truths.get(sample)!;
    if (found.status === 'rejected') throw found.reason;
    return found.value;
  };
  let next = 0;
  for await (const masks of loadMasks(folderSource(dataset), samples, { truth, batch: 1, ...(size === undefined ? {} : { size }) })) {
    const { sample, map: path } = images[next++]!;
    const [, height, width] = masks.shape as [number, number, number];
    const map = await readMap(path);
    yield {
      path: sample.path,
      kind: sample.kind,
      anomalous: sample.anomalous ?? false,
      mapFile: `${basename(dirname(path))}/${basename(path)}`,
      mapSize: [map.width, map.height],
      map: resizeMap(map.data, map, { width, height }),
      mask: masks.data,
      width,
      height,
      get score() {
        if (typeof pooling === 'object' && pooling.topK > map.data.length) {
          throw new FormatError(`${path}: has ${map.data.length} pixels; --pooling top:${pooling.topK} asks for more`);
        }
        return poolMap(map.data, { pooling });
      },
    };
  }
}
