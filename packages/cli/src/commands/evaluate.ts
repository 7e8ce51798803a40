import { basename, resolve } from 'node:path';
import { ConfigError, FormatError } from '@rddpm/core';
import type { Size } from '@rddpm/core/contracts';
import {
  type ComparableMetric,
  type Comparison,
  compareResamples,
  intervalOf,
  METRICS,
  type Pooling,
  type ResampledMetrics,
} from '@rddpm/metrics';
import {
  counted,
  type Evaluation,
  evaluateMaps,
  findMapFolder,
  MAP_EXTENSIONS,
  type MapFiles,
  noteInverted,
  noteLeftOut,
  pairMaps,
  readDataset,
  testHalf,
  writeEvaluation,
} from '@rddpm/study/evaluation';
import { type Command, InvalidArgumentError } from 'commander';
import { comparisonTable, evaluationTable, type Intervals, type Resampling } from '../evaluation-table.ts';
import { assertGates, type Gate, parseGate } from '../gates.ts';
import { type Context, note, printResult, throwIfInterrupted, warn } from '../io.ts';
import { wholeNumber } from '../option-values.ts';
import { addLayoutOption, type LayoutFlags, size as sizeOption } from '../options.ts';
import { startProgress } from '../progress.ts';
import { reporterOf } from '../reporter.ts';

type Flags = LayoutFlags & {
  size?: Size;
  pooling?: Pooling;
  bootstrap?: number | true;
  against?: string;
  seed?: number;
  threads?: number;
  out?: string;
  min?: Gate[];
  json?: boolean;
};

export function define(command: Command, context: () => Context): void {
  addLayoutOption(command, context().choices.layouts)
    .argument(
      '<maps>',
      `folder of maps, <defect>/<stem> with ${MAP_EXTENSIONS.join(', ')}, also below test/ or <category>/test/; or what rddpm detect wrote`,
    )
    .argument('<dataset>', 'the data set that they belong to')
    .option('--size <pixels>', "score at this size: 64, or 320x128 for width x height (default: each mask's own)", sizeOption)
    .option('--pooling <how>', "an image's score: max, mean, or top:<n> for the mean of the n highest pixels (default: max)", parsePooling)
    .option('--bootstrap [n]', 'a 95 % interval of each metric, from n resamples of the images (default: 1000)', wholeNumber(1))
    .option('--against <maps>', 'compare with other maps of the same images: differences with 95 % intervals and p-values')
    .option('--seed <n>', 'of the resamples (default: 0)', wholeNumber(0))
    .option('--out <dir>', 'also write metrics.json, images.csv with a line for each image, and curves.json')
    .option('--min <metric=value>', 'exit with 4 unless reached: auroc=0.9, image.auroc=0.95; repeatable', parseGate)
    .option('--threads <n>', 'threads that read and sort (default: all processors)', wholeNumber(1))
    .option('--json', 'one JSON object')
    .action((maps: string, dataset: string, flags: Flags) => evaluate(maps, dataset, flags, context()));
}

function parsePooling(text: string): Pooling {
  if (text === 'max' || text === 'mean') return text;
  const topK = Number(/^top:(\d+)$/.exec(text)?.[1]);
  if (topK >= 1) return { topK };
  throw new InvalidArgumentError('It must be max, mean, or top: and a whole number above 0, such as top:100.');
}

async function evaluate(maps: string, dataset: string, flags: Flags, context: Context): Promise<void> {
  const resampling = resamplingOf(flags);
  const found = (folder: string) => findImages(resolve(context.cwd, folder), resolve(context.cwd, dataset), flags, context);
  const files = await found(maps);
  const others = flags.against === undefined ? undefined : await found(flags.against);
  if (others) assertSameImages(maps, files, flags.against!, others);
  const { threads, min = [], out } = flags;
  const passes = others ? 4 : 2;
  const progress = startProgress(context, { title: 'evaluate', total: passes * files.images.length, unit: 'readings' });
  let done = 0;
  const onImage = () => {
    throwIfInterrupted(context);
    progress.update(++done);
  };
  const options = { onImage, ...(threads === undefined ? {} : { threads }), ...(resampling ? { resample: resampling } : {}) };
  let evaluation: Evaluation;
  let other: ResampledMetrics | undefined;
  try {
    if (others) ({ resampled: other } = await evaluateMaps(others, options)); // the rest, which is large, is let go of
    evaluation = await evaluateMaps(files, options);
  } finally {
    progress.stop();
  }
  throwIfInterrupted(context);
  for (const { path, anomalous, defectivePixels } of evaluation.images) {
    if (anomalous && defectivePixels === 0 && evaluation.all.pixel.prevalence !== null)
      warn(
        context,
        `${path} has no defective pixel in its mask${files.size ? ' at this size' : ''}: all of it counts as normal, in AUPIMO, too`,
      );
  }
  const defective = evaluation.images.filter(({ anomalous }) => anomalous && evaluation.all.pixel.prevalence !== null);
  const shares = defective.map(({ path, defectivePixels, size: [width, height] }) => ({ path, share: defectivePixels / (width * height) }));
  noteInverted(shares, reporterOf(context));
  const intervals = evaluation.resampled && intervalsOf(evaluation.resampled);
  const comparison = other && compareResamples(evaluation.resampled!, other);
  const metrics = {
    ...toJson(evaluation, files),
    ...(resampling && intervals ? { resampling: { ...resampling, level: 0.95 }, intervals } : {}),
    ...(comparison ? { comparison: comparisonJson(comparison, flags.against!) } : {}),
  };
  if (out !== undefined) await writeEvaluation(resolve(context.cwd, out), evaluation, metrics);
  const table = comparison
    ? comparisonTable(evaluation, comparison, { maps, against: flags.against!, ...resampling! })
    : evaluationTable(evaluation, resampling && intervals ? { ...resampling, intervals } : undefined);
  printResult(context, flags.json ? JSON.stringify(metrics) : table);
  assertGates(min, evaluation.all);
}

/** Undefined if neither intervals nor a comparison are asked for. */
function resamplingOf({ bootstrap, against, seed }: Flags): Resampling | undefined {
  if (bootstrap !== undefined || against !== undefined)
    return { samples: typeof bootstrap === 'number' ? bootstrap : 1000, seed: seed ?? 0 };
  if (seed !== undefined) throw new ConfigError('--seed is that of resamples; add --bootstrap or --against, or leave it out');
  return undefined;
}

/** Folders that say which images they are of, such as those of `rddpm detect`, may be of different ones. */
function assertSameImages(maps: string, { images }: MapFiles, against: string, { images: others }: MapFiles): void {
  const missing = (folder: string, there: MapFiles['images'], wanted: MapFiles['images']) => {
    const paths = new Set(there.map(({ sample }) => sample.path));
    return wanted.flatMap(({ sample: { path } }) => (paths.has(path) ? [] : [`\n  ${folder} has no map of ${path}`]));
  };
  const problems = [...missing(maps, images, others), ...missing(against, others, images)];
  if (problems.length === 0) return;
  const more = problems.length > 20 ? `\n  … and ${problems.length - 20} more` : '';
  throw new FormatError(`--against needs maps of the same test images:${problems.slice(0, 20).join('')}${more}`);
}

/** Of the metrics that have a value. */
function intervalsOf({ estimate, values }: ResampledMetrics): Intervals {
  const defined = METRICS.filter(({ path }) => !Number.isNaN(estimate[path]));
  return Object.fromEntries(
    defined.map(({ path }) => {
      const { low, high, standardError, undefinedSamples } = intervalOf(values[path]);
      return [path, { low, high, standardError, undefinedSamples }];
    }),
  );
}

function comparisonJson(comparison: Readonly<Record<ComparableMetric, Comparison>>, against: string) {
  const defined = Object.entries(comparison).filter(([, { difference }]) => !Number.isNaN(difference));
  const metrics = defined.map(([path, { estimateA: value, estimateB: other, samples: _, ...rest }]) => [path, { value, other, ...rest }]);
  return { against, correction: 'Holm', metrics: Object.fromEntries(metrics) };
}

async function findImages(
  folder: string,
  dataset: string,
  { size, pooling = 'max', layout: named }: Flags,
  context: Context,
): Promise<MapFiles> {
  const { source, folder: dataFolder, layout, samples, leftOut: passedOver } = await readDataset(dataset, context.choices, named);
  noteLeftOut(passedOver, reporterOf(context));
  const { samples: test, leftOut } = await testHalf(source, samples, folder);
  if (test.length === 0) throw new FormatError(`${dataset} has no test images to score`);
  if (leftOut > 0)
    note(context, `left out, without a map: ${counted(leftOut, 'image')} trained on, of the same part as one that was, or not to be used`);
  const paths = await pairMaps(await findMapFolder(folder, basename(dataset)), test);
  const images = test.map((sample, i) => ({ sample, map: paths[i]! }));
  return { dataset: dataFolder, truth: layout.truth, images, pooling, ...(size === undefined ? {} : { size }) };
}

function toJson({ all, auPimo, defects, images }: Evaluation, { size, pooling = 'max' }: MapFiles) {
  const good = images.filter(({ anomalous }) => !anomalous).length;
  const { pixel, image, undefined: reasons } = all;
  const whyNoAuPimo = reasons?.['pixel.auPimo'];
  const missing = { ...reasons, ...(whyNoAuPimo && { 'auPimo.mean': whyNoAuPimo }) };
  return {
    protocol: { size: sizeText(size), pooling, images: { good, defective: images.length - good } },
    pixel,
    auPimo: { mean: pixel.auPimo, images: auPimo.images }, // its place before it was one of the pixel metrics
    image,
    ...(Object.keys(missing).length > 0 ? { undefined: missing } : {}),
    defects: defects.length > 1 ? defects : [], // one alone is all
  };
}

/** A square by its side. */
function sizeText(size: MapFiles['size']): number | string {
  if (size === undefined) return 'masks';
  if (typeof size === 'number') return size;
  return size.width === size.height ? size.width : `${size.width}x${size.height}`;
}
