/** The two passes over maps and masks that exact pixel metrics take: of all test images, or of a worker's share of them. */
import { basename, dirname } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { Sample } from '@rddpm/core/contracts';
import { loadMasks } from '@rddpm/data';
import { folderSource } from '@rddpm/data/node';
import { resizeMap } from '@rddpm/maps';
import {
  collectPositives,
  countGroups,
  type Negatives,
  type Pooling,
  type Positives,
  type PositivesCollector,
  poolMap,
  type ScoredImage,
  type Thresholds,
} from '@rddpm/metrics';
import { type AnomalyMap, readMap } from '@rddpm/study';
import { LAYOUTS } from '../registry.ts';

export type Share = {
  /** The data set's folder, and of each image where its map is. Both are absolute. */
  readonly dataset: string;
  /** The name of the data set's layout: a worker can be sent no functions. */
  readonly layout: string;
  readonly images: readonly { readonly sample: Sample; readonly map: string }[];
  /** Side length to score at; absent for each mask's own size. */
  readonly size?: number;
  readonly pooling: Pooling;
};

/** An image's line in a table. */
export type ImageRecord = {
  readonly path: string;
  /** Within the folder of maps. */
  readonly map: string;
  readonly kind: string;
  readonly anomalous: boolean;
  /** The map's own size, and the size at which it is scored. */
  readonly mapSize: readonly [width: number, height: number];
  readonly size: readonly [width: number, height: number];
  readonly defectivePixels: number;
  /** The map's own pixels, pooled. */
  readonly score: number;
};

/** What the first pass finds, by kind of defect. */
export type Found = {
  readonly kind: string;
  readonly anomalous: boolean;
  readonly positives: Positives;
  readonly images: readonly ImageRecord[];
};

/** Called after each image; what it throws ends the pass. */
export type OnImage = () => void;

export async function firstPass(share: Share, onImage: OnImage): Promise<Found[]> {
  const found = new Map<string, { anomalous: boolean; collector: PositivesCollector; images: ImageRecord[] }>();
  for await (const { sample, path, map, scored } of scoredImages(share)) {
    const { kind, anomalous = false } = sample;
    const own = found.get(kind) ?? { anomalous, collector: collectPositives({ perImage: true }), images: [] };
    found.set(kind, own);
    own.collector.add(scored);
    const { pooling } = share;
    if (typeof pooling === 'object' && pooling.topK > map.data.length) {
      throw new FormatError(`${path}: has ${map.data.length} pixels; --pooling top:${pooling.topK} asks for more`);
    }
    own.images.push({
      path: sample.path,
      map: `${basename(dirname(path))}/${basename(path)}`,
      kind,
      anomalous,
      mapSize: [map.width, map.height],
      size: [scored.width, scored.height],
      defectivePixels: countOnes(scored.mask as Uint8Array),
      score: poolMap(map.data, { pooling }),
    });
    onImage();
  }
  return [...found].map(([kind, { anomalous, collector, images }]) => ({ kind, anomalous, images, positives: collector.finish() }));
}

/** What is scored together: the images of a kind of defect and the good ones, or, if it names none, all. */
export type Group = Thresholds & { readonly kind?: string };

/** @returns What was counted for each group. */
export async function secondPass(share: Share, groups: readonly Group[], onImage: OnImage): Promise<Negatives[]> {
  const counter = countGroups(groups);
  for await (const { sample, scored } of scoredImages(share)) {
    const own = groups.flatMap(({ kind }, i) => (kind === undefined || !sample.anomalous || sample.kind === kind ? [i] : []));
    counter.add(scored, own);
    onImage();
  }
  return counter.finish();
}

async function* scoredImages({ dataset, layout, images, size }: Share) {
  const samples = images.map(({ sample }) => sample);
  const { truth } = LAYOUTS.find(({ name }) => name === layout)!;
  let next = 0;
  for await (const masks of loadMasks(folderSource(dataset), samples, { truth, batch: 1, ...(size === undefined ? {} : { size }) })) {
    const { sample, map: path } = images[next++]!;
    const [, height, width] = masks.shape as [number, number, number];
    const map: AnomalyMap = await readMap(path);
    const scored: ScoredImage = { map: resizeMap(map.data, map, { width, height }), mask: masks.data, width, height };
    yield { sample, path, map, scored };
  }
}

function countOnes(mask: Uint8Array): number {
  let ones = 0;
  for (let i = 0; i < mask.length; i++) ones += mask[i]!;
  return ones;
}
