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
  /** Whether any of the images has a mask. */
  readonly isMasked: boolean;
  readonly images: readonly (MapFiles['images'][number] & { readonly truth: PromiseSettledResult<Truth | undefined> })[];
};

/**
 * Truths that can't be had are kept as they are, to be complained of when their image's turn comes.
 *
 * @throws {FormatError} for an image of which nobody says whether it is anomalous.
 */
export async function withTruths({ truth, images, ...rest }: MapFiles): Promise<Share> {
  const unknown = images.find(({ sample }) => sample.anomalous === undefined);
  if (unknown) {
    throw new FormatError(`${unknown.sample.path} is a test image of which nobody says whether it is anomalous; it can't be scored`);
  }
  const source = folderSource(rest.dataset);
  const truths = await Promise.allSettled(images.map(async ({ sample }) => truth(sample, source)));
  const isMasked =
    images.every(({ sample }) => !sample.anomalous) || truths.some((found) => found.status === 'rejected' || found.value?.masks.length);
  return { ...rest, isMasked, images: images.map((image, i) => ({ ...image, truth: truths[i]! })) };
}

/** Whether one is about as much wider than high as the other is higher than wide: no resizing makes that. */
function areExchanged(map: Size, picture: Size): boolean {
  const [across, down] = [Math.log(map.width / map.height), Math.log(picture.height / picture.width)];
  return Math.abs(down) > EXCHANGED && Math.abs(across - down) < 0.25 * Math.abs(down);
}

/** Logarithm of the proportions from which on: 1.2 to 1. Rounding makes more of a difference to smaller ones. */
const EXCHANGED = Math.log(1.2);

/** Of every n-th image, so that each share has some of every kind. */
export function split(share: Share, shares: number): Share[] {
  const count = Math.max(1, Math.min(shares, share.images.length));
  return Array.from({ length: count }, (_, first) => ({ ...share, images: share.images.filter((_, i) => i % count === first) }));
}

/** Reads everything anew each time that it is iterated. Throws {FormatError} for files that can't be read, or don't fit each other. */
export function imagesOf(share: Share): AsyncIterable<TestImage> {
  return { [Symbol.asyncIterator]: () => readImages(share) };
}

async function* readImages({ dataset, isMasked, images, size, pooling = 'max' }: Share): AsyncGenerator<TestImage> {
  const samples = images.map(({ sample }) => sample);
  const truths = new Map(images.map(({ sample, truth }) => [sample, truth]));
  const truth = async (sample: Sample) => {
    const found = truths.get(sample)!;
    if (found.status === 'rejected') throw found.reason;
    return isMasked ? found.value : { masks: [] };
  };
  const source = folderSource(dataset);
  const scored = size === undefined ? {} : ({ size, fit: 'stretch' } as const);
  let next = 0;
  for await (const masks of loadMasks(source, samples, { truth, batchSize: 1, ...scored })) {
    const { sample, map: path } = images[next++]!;
    const [, height, width] = masks.shape as [number, number, number];
    const map = await readMap(path);
    const picture = size === undefined ? { width, height } : await source.inspect(await source.read(sample.path));
    if (areExchanged(map, picture)) {
      throw new FormatError(
        `${path}: is ${map.width}x${map.height} (width x height), but ${sample.path} is ${picture.width}x${picture.height}: its sides look exchanged; transpose it`,
      );
    }
    yield {
      path: sample.path,
      kind: sample.kind,
      anomalous: sample.anomalous!, // `withTruths` has looked
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
