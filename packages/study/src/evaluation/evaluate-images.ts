import { mostlyInverted } from '@rddpm/data';
import {
  type AuPimo,
  byMetric,
  chooseLevels,
  type LevelsOptions,
  METRICS,
  mergeNegatives,
  mergePositives,
  type Negatives,
  type PixelCurves,
  type Positives,
  precisionRecallCurve,
  type ResampledMetrics,
  type ResampleOptions,
  rankingMetrics,
  readMetric,
  resampleCounts,
  rocCurve,
  streamedAuPimo,
  streamedCurves,
  streamedMetrics,
} from '@rddpm/metrics';
import type { Reasons, ReconstructionScores, ResultScores } from '@rddpm/report';
import type { Reporter } from '../reporter.ts';
import { type Found, type OnImage, type Passes, passesInThisThread, type TestImages } from './passes.ts';
import type { ImageRecord } from './test-image.ts';

/** Exact metrics of a set of test images. What is undefined is null in scores, with the reason beside it. */
export type Evaluation = {
  /** Of all images together. */
  readonly all: ResultScores;
  /** Of each kind of defect together with the good images, sorted by name; `count` is how many images show it. */
  readonly defects: readonly (ResultScores & { readonly name: string; readonly count: number })[];
  /** By path, each with its AUPIMO: NaN for good ones, and where AUPIMO is undefined. */
  readonly images: readonly (ImageRecord & { readonly auPimo: number })[];
  readonly auPimo: AuPimo;
  /** Of all images together, in the order of `images`, where resamples were asked for. What is undefined is NaN. */
  readonly resampled?: ResampledMetrics;
  /** Made when called: they are long. */
  readonly curves: () => { readonly pixel: PixelCurves; readonly image: Pick<PixelCurves, 'roc' | 'precisionRecall'> };
};

export type EvaluateImagesOptions = {
  /** How well normal images are rebuilt, where a method rebuilds them: goes into the scores of all images. */
  readonly reconstruction?: Readonly<Record<keyof ReconstructionScores, number>>;
  /** Whether masks mark the defects: without, pixel metrics are undefined, whatever the masks hold. @defaultValue true */
  readonly isMasked?: boolean;
  /** Draws resamples of the images as well, anomalous and normal ones apart. @defaultValue none are drawn */
  readonly resample?: (Omit<ResampleOptions, 'groups'> & LevelsOptions) | undefined;
  /** Called for each image of both passes; what it throws ends the evaluation. */
  readonly onImage?: OnImage;
};

/**
 * Exact metrics of images in memory, or of any that can be read twice.
 *
 * @param images An array, or an iterable that gives the same images each time that it is iterated, one at a time. A generator doesn't.
 * @throws {RangeError} without images; for maps and masks that aren't `width * height`, masks other than 0 and 1, scores that aren't
 * finite; if both passes don't see the same images.
 */
export function evaluateImages(images: TestImages, options: EvaluateImagesOptions = {}): Promise<Evaluation> {
  const { onImage = () => {}, ...rest } = options;
  return evaluate(passesInThisThread(images, onImage), rest);
}

/** Closes `passes` at the end. */
export async function evaluate(passes: Passes, options: Omit<EvaluateImagesOptions, 'onImage'> = {}): Promise<Evaluation> {
  const { reconstruction, isMasked = true, resample } = options;
  try {
    // The report takes half a second to load; workers read meanwhile.
    const [{ toScores }, parts] = await Promise.all([import('@rddpm/report'), passes.first()]);
    const found = parts.flat();
    if (found.length === 0) throw new RangeError('evaluateImages: there are no images; pass some');
    const kinds = [...new Set(found.flatMap(({ kind, anomalous }) => (anomalous ? [kind] : [])))].sort();
    const everything = groupOf(found);
    const ofKinds =
      kinds.length > 1
        ? // all images are those of the only kind and the good ones
          kinds.map((kind) => groupOf(found, kind))
        : [];
    const levels = resample && chooseLevels(everything.positives, resample);
    const groups = [everything.positives, ...ofKinds.map(({ positives }, i) => ({ kind: kinds[i]!, ...positives }))];
    const counted = await passes.second(groups, levels);
    const [negatives, ...others] = [everything, ...ofKinds].map((_, i) => mergeNegatives(counted.map(({ negatives }) => negatives[i]!)));
    const { positives } = everything;
    const auPimo = streamedAuPimo(positives, negatives!);
    const known = (group: Group, negatives: Negatives) => (isMasked ? metricsOf(group, negatives) : unmasked(metricsOf(group, negatives)));
    const metrics = known(everything, negatives!);
    const ofKind = (i: number) => (ofKinds[i] ? known(ofKinds[i], others[i]!) : metrics);
    const reasons = isMasked ? {} : NO_MASKS;
    const images = everything.images
      .map((image, i) => ({ ...image, auPimo: auPimo.perImage[i]! }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
    const countsOf = new Map(counted.flatMap(({ atLevels }) => atLevels));
    const resampled = resample && {
      estimate: byMetric((metric) => readMetric(metrics, metric)),
      values: resampleCounts(
        images.map(({ path, score, anomalous }) => ({ score, anomalous, counts: countsOf.get(path)! })),
        resample,
      ),
    };
    return {
      all: toScores({ ...metrics, ...(reconstruction ? { reconstruction } : {}) }, reasons),
      auPimo,
      defects: kinds.map((name, i) => ({ name, count: countOf(images, name), ...toScores(ofKind(i), reasons) })),
      images,
      ...(resampled ? { resampled } : {}),
      curves: () => ({ pixel: streamedCurves(positives, negatives!), image: imageCurves(images) }),
    };
  } finally {
    await passes.close();
  }
}

type Group = { readonly positives: Positives; readonly images: readonly ImageRecord[] };

/** All images, or those of one kind of defect and the good ones. */
function groupOf(found: readonly Found[], kind?: string): Group {
  const own = found.filter((part) => kind === undefined || !part.anomalous || part.kind === kind);
  return { images: own.flatMap(({ images }) => images), positives: mergePositives(own.map(({ positives }) => positives)) };
}

function countOf(images: readonly ImageRecord[], kind: string): number {
  return images.filter((image) => image.anomalous && image.kind === kind).length;
}

function metricsOf({ images, positives }: Group, negatives: Negatives) {
  const { labels, scores } = imageScores(images);
  return { pixel: streamedMetrics(positives, negatives), image: rankingMetrics(labels, scores) };
}

/** Metrics of pixels whose truth nobody knows. */
function unmasked({ pixel, image }: ReturnType<typeof metricsOf>): ReturnType<typeof metricsOf> {
  return { pixel: Object.fromEntries(Object.keys(pixel).map((name) => [name, Number.NaN])) as typeof pixel, image };
}

const NO_MASKS: Reasons = Object.fromEntries(
  METRICS.filter(({ level }) => level === 'pixel').map(({ path }) => [path, 'needs masks, and the data set has none']),
);

function imageCurves(images: readonly ImageRecord[]) {
  const { labels, scores } = imageScores(images);
  return { roc: rocCurve(labels, scores), precisionRecall: precisionRecallCurve(labels, scores) };
}

/** An image is defective if its data set says so, whatever its mask. */
function imageScores(images: readonly ImageRecord[]) {
  return { labels: images.map(({ anomalous }) => (anomalous ? 1 : 0)), scores: images.map(({ score }) => score) };
}

/**
 * Warns where most masks mark more than half of their picture, in the words of `rddpm verify`.
 *
 * @param defective Each defective image, and the share of its pixels that its mask marks.
 */
export function noteInverted(
  defective: readonly { readonly path: string; readonly share: number }[],
  reporter: Pick<Reporter, 'warn'>,
): void {
  const masks = defective.map(({ path, share }) => ({ path: `the mask of ${path}`, share }));
  for (const { path, message } of mostlyInverted(masks)) reporter.warn(`${path} ${message}`);
}
