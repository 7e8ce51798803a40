import { availableParallelism } from 'node:os';
import {
  type AuPimo,
  mergeNegatives,
  mergePositives,
  type Negatives,
  type PixelCurves,
  type Positives,
  precisionRecallCurve,
  rankingMetrics,
  rocCurve,
  streamedAuPimo,
  streamedCurves,
  streamedMetrics,
} from '@rddpm/metrics';
import type { Scores } from '@rddpm/report';
import type { Found, ImageRecord, Share } from './passes.ts';
import { startPasses } from './run-passes.ts';

export type Evaluation = {
  readonly all: Scores;
  /** Of each kind of defect together with the good images; empty if there is one kind only. */
  readonly defects: readonly (Scores & { readonly name: string; readonly count: number })[];
  /** Each with its AUPIMO: NaN for good ones, and where AUPIMO is undefined. */
  readonly images: readonly (ImageRecord & { readonly auPimo: number })[];
  readonly auPimo: AuPimo;
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
    // The report takes half a second to load; workers read meanwhile.
    const [{ toScores }, parts] = await Promise.all([import('@rddpm/report'), passes.first()]);
    const found = parts.flat();
    const kinds = [...new Set(found.flatMap(({ kind, anomalous }) => (anomalous ? [kind] : [])))].sort();
    const everything = groupOf(found);
    const ofKinds = kinds.length > 1 ? kinds.map((kind) => groupOf(found, kind)) : [];
    const counted = await passes.second([
      everything.positives,
      ...ofKinds.map(({ positives: { thresholds } }, i) => ({ kind: kinds[i]!, thresholds })),
    ]);
    const [negatives, ...others] = [everything, ...ofKinds].map((_, i) => mergeNegatives(counted.map((part) => part[i]!)));
    const { positives, images } = everything;
    const auPimo = streamedAuPimo(positives, negatives!);
    return {
      all: toScores(metricsOf(everything, negatives!)),
      auPimo,
      defects: ofKinds.map((group, i) => ({
        name: kinds[i]!,
        count: countOf(group.images, kinds[i]!),
        ...toScores(metricsOf(group, others[i]!)),
      })),
      images: images.map((image, i) => ({ ...image, auPimo: auPimo.perImage[i]! })).sort((a, b) => (a.path < b.path ? -1 : 1)),
      curves: () => ({ pixel: streamedCurves(positives, negatives!), image: imageCurves(images) }),
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

type Group = { readonly positives: Positives; readonly images: readonly ImageRecord[] };

/** All images, or those of one kind of defect and the good ones. */
function groupOf(found: readonly Found[], kind?: string): Group {
  const own = found.filter((part) => kind === undefined || part.kind === kind || !part.anomalous);
  // AUPIMO is of all images, so only there their pixels are told apart.
  const parts = own.map(({ positives: { perImage, ...rest } }) => (kind === undefined && perImage ? { ...rest, perImage } : rest));
  return { images: own.flatMap(({ images }) => images), positives: mergePositives(parts) };
}

function countOf(images: readonly ImageRecord[], kind: string): number {
  return images.filter((image) => image.kind === kind).length;
}

function metricsOf({ images, positives }: Group, negatives: Negatives) {
  const { labels, scores } = imageScores(images);
  return { pixel: streamedMetrics(positives, negatives), image: rankingMetrics(labels, scores) };
}

function imageCurves(images: readonly ImageRecord[]) {
  const { labels, scores } = imageScores(images);
  return { roc: rocCurve(labels, scores), precisionRecall: precisionRecallCurve(labels, scores) };
}

/** An image is defective if its data set says so, whatever its mask. */
function imageScores(images: readonly ImageRecord[]) {
  return { labels: images.map(({ anomalous }) => (anomalous ? 1 : 0)), scores: images.map(({ score }) => score) };
}
