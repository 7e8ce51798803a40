/** One cell: a method fitted to one training set, and what it finds in the test images. */
import { type Backend, definedFields, type ImageBatch } from '@rddpm/core';
import type { Curve, Measured, Method } from '@rddpm/core/contracts';
import { preparationOfModel } from '@rddpm/core/model-info';
import { type ContaminationManifest, formatManifest, leaveOut } from '@rddpm/data';
import type { Cell, Environment, MethodResult, Results } from '@rddpm/report';
import type { Reporter } from '../reporter.ts';
import { type ImageSet, noteBeyond } from '../run/data-set.ts';
import { writeDetection } from '../run/detection-folder.ts';
import { fitRun } from '../run/fit-run.ts';
import { contentOf, reframed } from '../run/frames.ts';
import { calibrationOf, withScorer } from '../run/model-folder.ts';
import { scoringPreparation } from '../run/preparation.ts';
import type { RunConfig } from '../run/run-config.ts';
import { readMetrics, runPaths } from '../run/run-folder.ts';
import { scoreImages } from '../run/score-images.ts';
import { scoreDetection } from '../score-detection.ts';
import { RESAMPLES, writeResamples } from './resamples.ts';
import type { Round } from './round.ts';

export type CellOptions = {
  readonly run: string;
  /** The row's name. */
  readonly name: string;
  readonly method: Method;
  readonly config: RunConfig;
  readonly round: Round;
  readonly training: ImageSet;
  /** How the run's training set was built. */
  readonly contamination: ContaminationManifest;
  readonly backend: () => Promise<Backend>;
  readonly environment: () => Environment;
  readonly reporter: Reporter;
  readonly title: string;
  /** As for `fitRun`. */
  readonly onStart: () => Promise<void>;
};

export async function runCell(options: CellOptions): Promise<Results> {
  const { run, name, method, config, round, training, backend, environment, reporter, title } = options;
  const loaded = await fitRun({ run, method, config, training, backend, reporter, title, onStart: options.onStart });
  const { threshold, smoothing } = loaded.info;
  const own = preparationOfModel(loaded.info);
  const shown = await round.images('test', own);
  noteBeyond(shown, reporter);
  const { judged, seconds } = await withScorer(loaded, backend, async (scorer) => {
    const started = performance.now();
    const scoring = { method: method.name, scorer, smoothing, calibration: calibrationOf(loaded.info), set: shown.set };
    const judged = await scoreImages(scoring, `${title}: detect`, reporter);
    return { judged, seconds: (performance.now() - started) / 1000 };
  });

  const test = await round.images('test', { ...scoringPreparation(config), ranges: own.ranges });
  const broken = round.data.test.filter(({ path }) => test.broken.includes(path));
  const maps = reframed(judged.maps, shown, test);
  await writeDetection(runPaths(run).detection, {
    samples: test.samples,
    set: test.set,
    framing: test,
    judged: { ...judged, maps },
    shown,
    threshold: threshold!.value,
    contamination: formatManifest(leaveOut(options.contamination, broken, "it can't be used")), // so that `rddpm evaluate` knows what has a map
  });

  const { data } = round;
  const seen = new Set(data.train.flatMap(({ contaminant, kind }) => (contaminant ? [kind] : [])));
  const { values: images } = await shown.set.read(Int32Array.from({ length: shown.set.count }, (_, row) => row));
  const { reconstruction } = judged.pictures as Partial<Record<string, ImageBatch>>;
  const detection = { maps, scores: judged.scores, ...(reconstruction && { reconstructions: reconstruction }) };
  const testSet = { samples: test.samples, images, ...(await round.masks(test)), contents: test.samples.map((_, i) => contentOf(test, i)) };
  const { defects, resampled, ...scores } = await scoreDetection(testSet, detection, seen, { resample: RESAMPLES });
  await writeResamples(run, resampled!);

  const { contamination, of, overlap, channels, fit, crop, tiles } = config.data;
  const { samples } = test;
  const testGood = samples.filter(({ anomalous }) => !anomalous).length;
  const progress = await readMetrics(run);
  const row: MethodResult = {
    name,
    role: method.role,
    facts: method.facts?.(loaded.model, loaded.config) ?? {},
    timing: { ...secondsPerStep(progress), ...definedFields({ fitSeconds: loaded.fitSeconds }), imagesPerSecond: samples.length / seconds },
    curves: method.curves?.(progress, loaded.config).map(thinned) ?? [],
    ...scores,
    defects,
  };
  const cell: Cell = { method: name, contamination, seed: config.seed, ...scores };
  return {
    version: 2,
    dataset: data.source.name,
    protocol: {
      size: config.data.size,
      channels,
      contamination,
      of,
      overlap,
      seed: config.seed,
      images: {
        train: training.samples.length,
        contaminants: training.samples.filter(({ contaminant }) => contaminant).length,
        testGood,
        testDefective: samples.length - testGood,
      },
      layout: data.layout.name,
      fit,
      ...(crop && { crop }),
      ...(tiles && { tiles }),
      ...particulars(data.manifest.protocol),
      calibration: config.calibration,
      smoothing: config.smoothing,
    },
    methods: [row],
    cells: [cell],
    environment: environment(),
  };
}

/** The settings of contamination that differ from the usual ones. */
function particulars({ ratio: _, of: __, overlap: ___, ...protocol }: ContaminationManifest['protocol']) {
  const usual = { spread: 'images', shortage: 'error', labelNoise: 0 };
  return Object.fromEntries(
    Object.entries(protocol).filter(([name, value]) => value !== null && value !== (usual as Readonly<Record<string, unknown>>)[name]),
  );
}

/** The median of `secondsPerStep`; nothing for methods that don't measure it. */
function secondsPerStep(progress: readonly Measured[]): { secondsPerStep?: number } {
  const values = progress.flatMap(({ measures: { secondsPerStep } }) => (typeof secondsPerStep === 'number' ? [secondsPerStep] : []));
  const median = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  return median === undefined ? {} : { secondsPerStep: median };
}

/** How many points of a curve a file keeps; neighbours are averaged. */
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
