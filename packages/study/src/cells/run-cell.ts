/** One cell: a method fitted to one training set, and what it finds in the test images. */
import type { Backend, ImageBatch } from '@rddpm/core';
import type { Curve, Measured, Method } from '@rddpm/core/contracts';
import type { Cell, Environment, MethodResult, Results } from '@rddpm/report';
import type { Reporter } from '../reporter.ts';
import type { ContaminationFile } from '../run/data-set.ts';
import { writeDetection } from '../run/detection-folder.ts';
import { fitRun } from '../run/fit-run.ts';
import { calibrationOf, withScorer } from '../run/model-folder.ts';
import type { RunConfig } from '../run/run-config.ts';
import { readMetrics, runPaths } from '../run/run-folder.ts';
import { makeJudging, scoreImages } from '../run/score-images.ts';
import { keptOf } from '../run/suspects.ts';
import { scoreDetection } from '../score-detection.ts';
import { type Round, scoringShape } from './round.ts';

export type CellOptions = {
  readonly run: string;
  /** Of the row. */
  readonly name: string;
  readonly method: Method;
  readonly config: RunConfig;
  readonly round: Round;
  /** Of the run. */
  readonly contamination: ContaminationFile;
  readonly backend: () => Promise<Backend>;
  readonly environment: () => Environment;
  readonly reporter: Reporter;
  readonly title: string;
  /** As for a run. */
  readonly onStart: () => Promise<void>;
};

export async function runCell(options: CellOptions): Promise<Results> {
  const { run, name, method, config, round, backend, environment, reporter, title } = options;
  const input = method.input(config.config, scoringShape(config));
  const training = await round.images('train', input);
  const loaded = await fitRun({ run, method, config, training, input, backend, reporter, title, onStart: options.onStart });
  const shown = await round.images('test', input);
  const { size } = config.data;
  const { calibration: wanted, falseAlarms, smoothing } = config;
  const shared = { method: method.name, smoothing, size };
  const { judged, seconds, threshold } = await withScorer(loaded, backend, async (scorer) => {
    const isItsOwn = size.width === input.width && size.height === input.height;
    const kept = await keptOf(run, training.set.count);
    const { calibration, threshold } = isItsOwn
      ? { calibration: calibrationOf(loaded.info), threshold: loaded.info.threshold! } // fitted here, it has one
      : await makeJudging({ ...shared, scorer, training: training.set, kept, calibration: wanted, falseAlarms }, reporter);
    const started = performance.now();
    const judged = await scoreImages({ ...shared, calibration, scorer, set: shown.set }, `${title}: detect`, reporter);
    const seconds = (performance.now() - started) / 1000;
    return { judged, seconds, threshold: threshold.value };
  });

  const test = await round.images('test', scoringShape(config));
  const left = config.data.overlap ? {} : { contamination: options.contamination }; // so that `rddpm evaluate` knows what has no map
  await writeDetection(runPaths(run).detection, { samples: test.samples, set: test.set, judged, threshold, ...left });

  const { data } = round;
  const seen = new Set(data.train.flatMap(({ contaminant, kind }) => (contaminant ? [kind] : [])));
  const { values: images } = await shown.set.read(Int32Array.from({ length: shown.set.count }, (_, row) => row));
  const { maps, scores: imageLevel } = judged;
  const { reconstruction } = judged.pictures as Partial<Record<string, ImageBatch>>;
  const detection = { maps, scores: imageLevel, ...(reconstruction && { reconstructions: reconstruction }) };
  const { defects, ...scores } = await scoreDetection({ samples: test.samples, images, masks: await round.masks(test) }, detection, seen);

  const { contamination, of, overlap, channels } = config.data;
  const { samples } = test;
  const testGood = samples.filter(({ anomalous }) => !anomalous).length;
  const progress = await readMetrics(run);
  const row: MethodResult = {
    name,
    role: method.role,
    facts: method.facts?.(loaded.model, loaded.config) ?? {},
    timing: { ...secondsPerStep(progress), imagesPerSecond: samples.length / seconds },
    curves: method.curves?.(progress, loaded.config).map(thinned) ?? [],
    ...scores,
    defects,
  };
  const cell: Cell = { method: name, contamination, seed: config.seed, ...scores };
  return {
    version: 2,
    dataset: data.source.name,
    protocol: {
      size,
      channels,
      contamination,
      of,
      overlap,
      seed: config.seed,
      images: {
        train: training.samples.length,
        contaminants: data.manifest.contaminants,
        testGood,
        testDefective: samples.length - testGood,
      },
      calibration: config.calibration,
      smoothing: config.smoothing,
    },
    methods: [row],
    cells: [cell],
    environment: environment(),
  };
}

/** The median of the measure of this name, of methods that have it. */
function secondsPerStep(progress: readonly Measured[]): { secondsPerStep?: number } {
  const values = progress.flatMap(({ measures: { secondsPerStep } }) => (typeof secondsPerStep === 'number' ? [secondsPerStep] : []));
  const median = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  return median === undefined ? {} : { secondsPerStep: median };
}

/** Points that a file keeps of a curve: neighbours are averaged. */
const KEPT_POINTS = 400;

function thinned({ points, ...curve }: Curve): Curve {
  const group = Math.ceil(points.length / KEPT_POINTS);
  if (group <= 1) return { ...curve, points };
  const groups = Array.from({ length: Math.ceil(points.length / group) }, (_, i) => points.slice(i * group, (i + 1) * group));
  return { ...curve, points: groups.map((some) => [mean(some.map(([x]) => x))!, mean(some.map(([, y]) => y))] as const) };
}

function mean(values: readonly (number | null)[]): number | null {
  const there = values.filter((value) => value !== null);
  return there.length === 0 ? null : there.reduce((sum, value) => sum + value, 0) / there.length;
}
