/** The two passes over maps and masks that exact pixel metrics take: of all test images, or of a worker's share of them. */
import {
  collectPositives,
  countGroups,
  countLevels,
  type LevelCounts,
  type Levels,
  type Negatives,
  type Positives,
  type PositivesCollector,
  type Thresholds,
} from '@rddpm/metrics';
import type { ImageRecord, TestImage } from './test-image.ts';

/** Iterated once in each pass: an array, or what reads the images anew each time. */
export type TestImages = Iterable<TestImage> | AsyncIterable<TestImage>;

/** What the first pass finds, by kind of defect. */
export type Found = {
  readonly kind: string;
  readonly anomalous: boolean;
  readonly positives: Positives;
  readonly images: readonly ImageRecord[];
};

/** What is scored together: the images of a kind of defect and the good ones, or, if it names none, all. */
export type Group = Thresholds & { readonly kind?: string };

/** What the second pass counts. */
export type Counted = {
  /** Of each group. */
  readonly negatives: Negatives[];
  /** Of each image by its path, where there are levels. */
  readonly atLevels: readonly (readonly [path: string, counts: LevelCounts])[];
};

/** Called after each image; what it throws ends the pass. */
export type OnImage = () => void;

/** Both passes, wherever they are made: each gives a part of the result for each share of the images. */
export type Passes = {
  first(): Promise<Found[][]>;
  /** @param levels At which resamples are looked at, if there are to be any. */
  second(groups: readonly Group[], levels?: Levels): Promise<Counted[]>;
  close(): Promise<void>;
};

export function passesInThisThread(images: TestImages, onImage: OnImage): Passes {
  return {
    first: async () => [await firstPass(images, onImage)],
    second: async (groups, levels) => [await secondPass(images, groups, levels, onImage)],
    close: async () => {},
  };
}

export async function firstPass(images: TestImages, onImage: OnImage): Promise<Found[]> {
  const found = new Map<string, { kind: string; anomalous: boolean; collector: PositivesCollector; images: ImageRecord[] }>();
  for await (const image of images) {
    const { kind, anomalous } = image;
    const key = `${anomalous} ${kind}`;
    const own = found.get(key) ?? { kind, anomalous, collector: collectPositives(), images: [] };
    found.set(key, own);
    own.collector.add(image);
    own.images.push(recordOf(image));
    onImage();
  }
  return [...found.values()].map(({ collector, ...rest }) => ({ ...rest, positives: collector.finish() }));
}

export async function secondPass(
  images: TestImages,
  groups: readonly Group[],
  levels: Levels | undefined,
  onImage: OnImage,
): Promise<Counted> {
  const counter = countGroups(groups);
  const atLevels: [string, LevelCounts][] = [];
  for await (const image of images) {
    const own = groups.flatMap(({ kind }, i) => (kind === undefined || !image.anomalous || image.kind === kind ? [i] : []));
    counter.add(image, own);
    if (levels) atLevels.push([image.path, countLevels(image, levels)]);
    onImage();
  }
  return { negatives: counter.finish(), atLevels };
}

function recordOf({ path, kind, anomalous, mapFile, mapSize, width, height, mask, score }: TestImage): ImageRecord {
  return {
    path,
    ...(mapFile === undefined ? {} : { mapFile }),
    kind,
    anomalous,
    mapSize: mapSize ?? [width, height],
    size: [width, height],
    defectivePixels: countOnes(mask),
    score,
  };
}

function countOnes(mask: ArrayLike<number>): number {
  let ones = 0;
  for (let i = 0; i < mask.length; i++) ones += mask[i]!;
  return ones;
}
