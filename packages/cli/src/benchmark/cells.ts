/** What one row of the table is computed from: a trained network, an untrained one, or the mean of the training images. */
import { type Backend, type ImageBatch, toTensors, type Weights } from '@rddpm/core';
import type { Detection, Detector } from '@rddpm/detector';
import { createConfiguredDetector, thresholdOf, trainingRng } from '@rddpm/diffusion';
import { anomalyMaps, imageScores } from '@rddpm/maps';
import type { Cell, Curve, MethodResult, Results } from '@rddpm/report';
import { createSchedule } from '@rddpm/scheduler/config';
import { createUNet } from '@rddpm/unet';
import { dispose } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { detectAll, scoreThreshold } from '../detect-images.ts';
import { writeDetection } from '../detection-folder.ts';
import type { Context } from '../io.ts';
import { loadModel } from '../model-folder.ts';
import type { RunConfig } from '../run-config.ts';
import { type MetricsLine, readMetrics, runPaths } from '../run-folder.ts';
import { trainRun } from '../train-run.ts';
import { describeEnvironment } from './environment.ts';
import type { Round } from './round.ts';

export type CellOptions = {
  readonly run: string;
  readonly method: string;
  readonly config: RunConfig;
  readonly round: Round;
  readonly backend: Backend;
  readonly context: Context;
  readonly title: string;
};

export async function trainedCell(options: CellOptions): Promise<Results> {
  const { run, method, config, round, context } = options;
  await trainRun({ ...options, training: round.training });
  const { weights, info } = await loadModel(runPaths(run).model);
  const { detection, seconds } = await withDetector(options, toTensors(weights), async (detector) => {
    const started = performance.now();
    const detection = await detectAll(detector, round.test.images, `${options.title}: detect`, context);
    return { detection, seconds: (performance.now() - started) / 1000 };
  });
  const lines = await readMetrics(run);
  const { loss, selection, training, diffusion } = config;
  const row: Row = {
    name: method,
    role: 'method',
    facts: { loss, ...(selection && { selection }), steps: training.steps },
    timing: {
      ...(lines.length > 0 && { secondsPerStep: median(lines.map(({ secondsPerStep }) => secondsPerStep)) }),
      imagesPerSecond: round.test.samples.length / seconds,
    },
    curves: curvesOf(lines, createSchedule(diffusion.schedule).steps),
  };
  return finish(options, row, detection, info.threshold!.value); // trained here, it has one
}

/** The weights that every method of the same seed starts from, through the same detector. */
export async function untrainedCell(options: CellOptions): Promise<Results> {
  const { config, round, context, title } = options;
  const weights = createUNet(config.network).init(trainingRng(config.seed).fork('init'));
  return withDetector(options, weights, async (detector) => {
    const { value } = await scoreThreshold(detector, round.training.images, context);
    const detection = await detectAll(detector, round.test.images, `${title}: detect`, context);
    return finish(options, reference(options.method), detection, value);
  });
}

/** The distance to the mean of the training images, smoothed alike: what needs no learning at all. */
export async function meanImageCell(options: CellOptions): Promise<Results> {
  const { config, round } = options;
  const { smoothing: sigma, ...detection } = config.detection;
  const mean = meanImage(round.training.images);
  const against = (images: ImageBatch): Detection => {
    const reconstructions = repeat(mean, images.shape[0]!, images.shape.slice(1));
    const maps = anomalyMaps(images, reconstructions, { ...detection, smoothing: { sigma, unit: 'side/64' } });
    return { maps, reconstructions, scores: imageScores(maps) };
  };
  const { value } = thresholdOf(against(round.training.images).scores);
  return finish(options, reference(options.method), against(round.test.images), value);
}

type Row = Omit<MethodResult, keyof DetectionScores>;

function reference(name: string): Row {
  return { name, role: 'reference', facts: {}, timing: {}, curves: [] };
}

/** The loss, and the mean squared error of the prediction by quarter of t. */
function curvesOf(lines: readonly MetricsLine[], timesteps: number): Curve[] {
  if (lines.length === 0) return [];
  const curve = (name: string, read: (line: MetricsLine) => number | null): Curve => ({
    name,
    x: 'step',
    points: lines.map((line) => [line.step, read(line)]),
  });
  const starts = [0, 1, 2, 3, 4].map((quarter) => Math.ceil((quarter * timesteps) / 4));
  return [
    curve('loss', ({ loss }) => loss),
    ...[0, 1, 2, 3].map((quarter) =>
      curve(
        `mean squared error, t ${starts[quarter]} to ${starts[quarter + 1]! - 1}`,
        (line) => line.meanSquaredErrorByQuarter[quarter] ?? null,
      ),
    ),
  ];
}

/** Disposes the weights afterwards. */
async function withDetector<R>({ config, backend }: CellOptions, weights: Weights, use: (detector: Detector) => Promise<R>): Promise<R> {
  const { diffusion, detection, seed } = config;
  try {
    return await use(createConfiguredDetector({ network: createUNet(config.network), weights, diffusion, detection, backend, seed }));
  } finally {
    dispose(weights);
  }
}

async function finish(
  { run, method, config, round, backend }: CellOptions,
  row: Row,
  detection: Detection,
  threshold: number,
): Promise<Results> {
  const { test, data } = round;
  const { images, samples } = test;
  await writeDetection(runPaths(run).detection, { samples, images, detection, threshold });
  const seen = new Set(data.train.flatMap(({ contaminant, kind }) => (contaminant ? [kind] : [])));
  const { defects, ...scores } = await scoreDetection(test, detection, seen);
  const { contamination, of, overlap, size } = config.data;
  const testGood = samples.filter(({ anomalous }) => !anomalous).length;
  const cell: Cell = { method, contamination, seed: config.seed, ...scores };
  return {
    version: 2,
    dataset: data.source.name,
    protocol: {
      size: { width: size, height: size },
      contamination,
      of,
      overlap,
      seed: config.seed,
      images: {
        train: round.training.samples.length,
        contaminants: data.manifest.contaminants.length,
        testGood,
        testDefective: samples.length - testGood,
      },
      training: config.training,
      network: { blockOutChannels: config.network.blockOutChannels, inChannels: config.network.inChannels },
      diffusion: config.diffusion,
      detection: config.detection,
    },
    methods: [{ ...row, ...scores, defects }],
    cells: [cell],
    environment: describeEnvironment(`${backend.name}: ${backend.device}`),
  };
}

function meanImage(images: ImageBatch): Float32Array {
  const n = images.shape[0]!;
  const size = images.data.length / n;
  const sums = new Float64Array(size);
  for (let at = 0; at < images.data.length; at++) sums[at % size]! += images.data[at]!;
  return Float32Array.from(sums, (sum) => sum / n);
}

function repeat(image: Float32Array, n: number, shape: readonly number[]): ImageBatch {
  const data = new Float32Array(n * image.length);
  for (let i = 0; i < n; i++) data.set(image, i * image.length);
  return ndarray(data, [n, ...shape]);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
