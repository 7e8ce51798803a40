import { availableParallelism } from 'node:os';
import {
  mergeNegatives,
  mergePositives,
  type Negatives,
  type PixelCurves,
  type Positives,
  precisionRecallCurve,
  rankingMetrics,
  rocCurve,
  streamedCurves,
  streamedMetrics,
} from '@rddpm/metrics';
import { GOOD } from '@rddpm/mvtec';
import { type Scores, toScores } from '@rddpm/report';
import type { Found, ImageRecord, Share } from './passes.ts';
import { startPasses } from './run-passes.ts';

export type Evaluation = {
  readonly all: Scores;
  /** Of each kind of defect together with the good images; empty if there is one kind only. */
  readonly defects: readonly (Scores & { readonly name: string; readonly count: number })[];
  readonly images: readonly ImageRecord[];
  /** Made when called: they are long. */
  readonly curves: () => { readonly pixel: PixelCurves; readonly image: Pick<PixelCurves, 'roc' | 'precisionRecall'> };
};

/** A thread pays from this many images on. */
const IMAGES_PER_THREAD = 8;

// Node can't run TypeScript: from sources all is done in this thread.
const COMPILED = import.meta.url.endsWith('.js');

export type EvaluationOptions = {
  /** @defaultValue as many as there are processors, with 8 images or more each */
  readonly threads?: number;
  /** Called for each image of both passes; what it throws ends the evaluation. */
  readonly onImage: () => void;
};

/** Exact metrics of any number of maps, of which each thread holds one at a time: everything is read twice. */
export async function evaluateMaps(share: Share, options: EvaluationOptions): Promise<Evaluation> {
  const { threads = Math.min(availableParallelism(), Math.ceil(share.images.length / IMAGES_PER_THREAD)), onImage } = options;
  const passes = startPasses(COMPILED ? split(share, threads) : [share], onImage);
  try {
    const found = (await passes.first()).flat();
    const kinds = [...new Set(found.map(({ defect }) => defect))].filter((defect) => defect !== GOOD).sort();
    const groups = [groupOf(found), ...(kinds.length > 1 ? kinds.map((kind) => groupOf(found, kind)) : [])];
    const counted = await passes.second(
      groups.map(({ name, positives: { thresholds } }) => ({ ...(name ? { defect: name } : {}), thresholds })),
    );
    const negatives = groups.map((_, i) => mergeNegatives(counted.map((part) => part[i]!)));
    const [all, ...others] = groups.map((group, i) => scoresOf(group, negatives[i]!));
    return {
      all: all!,
      defects: others.map((scores, i) => ({ name: kinds[i]!, count: countOf(groups[i + 1]!.images, kinds[i]!), ...scores })),
      images: groups[0]!.images,
      curves: () => ({ pixel: streamedCurves(groups[0]!.positives, negatives[0]!), image: imageCurves(groups[0]!.images) }),
    };
  } finally {
    await passes.close();
  }
}

/** Shares of every n-th image, so that each has some of every kind. */
function split(share: Share, threads: number): Share[] {
  const count = Math.max(1, Math.min(threads, share.images.length));
  return Array.from({ length: count }, (_, first) => ({ ...share, images: share.images.filter((_, i) => i % count === first) }));
}

type Group = { readonly name?: string; readonly positives: Positives; readonly images: readonly ImageRecord[] };

function groupOf(found: readonly Found[], name?: string): Group {
  const own = found.filter(({ defect }) => name === undefined || defect === name || defect === GOOD);
  const images = own.flatMap(({ images }) => images).sort((a, b) => (a.path < b.path ? -1 : 1));
  return { ...(name === undefined ? {} : { name }), images, positives: mergePositives(own.map(({ positives }) => positives)) };
}

function countOf(images: readonly ImageRecord[], kind: string): number {
  return images.filter(({ defect }) => defect === kind).length;
}

function scoresOf({ images, positives }: Group, negatives: Negatives): Scores {
  const { labels, scores } = imageScores(images);
  return toScores({ pixel: streamedMetrics(positives, negatives), image: rankingMetrics(labels, scores) });
}

function imageCurves(images: readonly ImageRecord[]) {
  const { labels, scores } = imageScores(images);
  return { roc: rocCurve(labels, scores), precisionRecall: precisionRecallCurve(labels, scores) };
}

/** An image is defective if its folder says so, whatever its mask. */
function imageScores(images: readonly ImageRecord[]) {
  return { labels: images.map(({ defect }) => (defect === GOOD ? 0 : 1)), scores: images.map(({ score }) => score) };
}
