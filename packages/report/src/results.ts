/** What `results.json` holds: the one record of a comparison, which every table and page of this package is made from. */
import type { Curve } from '@rddpm/core/contracts';
import type { ByImageMetric, ByPixelMetric } from '@rddpm/metrics';

export type { Curve };

/** A metric, or null where it is undefined; the reason then stands in `undefined` of the same record. */
export type Metric = number | null;

/** Error of the reconstructions, on pixels in [0, 1]: mean squared error, and peak signal-to-noise ratio in dB. */
export type ReconstructionScores = { mse: Metric; psnr: Metric };

/** Why a metric is null, by its path: `{ 'pixel.auroc': 'needs both normal and defective pixels' }`. */
export type UndefinedReasons = Readonly<Record<string, string>>;

/** What a method reached on a set of test images. */
export type ResultScores = {
  /** Metrics over all pixels of the test images, each in [0, 1]: those of the catalogue in `@rddpm/metrics`. */
  pixel: ByPixelMetric<Metric>;
  /** Metrics over the test images, each of which has one score; each metric in [0, 1]. */
  image: ByImageMetric<Metric>;
  reconstruction?: ReconstructionScores;
  undefined?: UndefinedReasons;
};

/** Scores on the images of one defect type together with the good ones. */
export type DefectScores = ResultScores & {
  name: string;
  /** Whether images of this type were among the contaminants of the training set. */
  seenInTraining: boolean;
  /** Test images of this type. */
  count: number;
};

/** A 95 % interval. */
export type Interval = { low: number; high: number };

/** One method's row, at one contamination. Where it was run with several seeds, its scores are means over those of its `cells`. */
export type MethodResult = ResultScores & {
  name: string;
  /** Where there are several: a method then has a row for each. */
  contamination?: Contamination;
  /** A reference hardly learns anything: an untrained network, the distance to the mean image. It shows what learning adds. */
  role: 'method' | 'reference';
  /** What the method says of itself, any JSON: `{ loss: { name: 'huber', delta: 0.2 }, steps: 4000 }`. */
  facts: Readonly<Record<string, unknown>>;
  /** Times in seconds, and rates, by name: `secondsPerStep`, `fitSeconds`, `imagesPerSecond`. */
  timing: Readonly<Record<string, number>>;
  /** Of its scores, by path (`'pixel.auroc'`): how far they may be chance, of which test images there are and of the seeds. */
  intervals?: Readonly<Record<string, Interval>>;
  curves: readonly Curve[];
  defects: DefectScores[];
};

/** The ratio of defective images that were put into the training set, or `'natural'`: it was used as it is, with the defects that it had. */
export type Contamination = number | 'natural';

/** One run: a method at one contamination and seed. */
export type Cell = ResultScores & { method: string; contamination: Contamination; seed: number };

/** A method less another one at the same contamination, over the seeds that both have. */
export type Comparison = Interval & {
  method: string;
  against: string;
  contamination: Contamination;
  /** By path: `'pixel.averagePrecision'`. */
  metric: string;
  /** How many seeds both have. */
  seeds: number;
  difference: number;
  /** Two-sided: the chance of a difference as large where both are equally good. */
  pValue: number;
  /** Corrected by Holm's method for all comparisons by the same metric, of all methods and contaminations. */
  adjustedPValue: number;
};

/** One run that could not be done, and the reason. */
export type FailedCell = Pick<Cell, 'method' | 'contamination' | 'seed'> & { why: string };

export type Protocol = {
  /** Size in pixels at which maps are scored. */
  size: { width: number; height: number };
  /** One, or each that was tried. */
  contamination: Contamination | Contamination[];
  /** What `contamination` is a share of: the normal training images, or all of them with the defective ones. */
  of: 'normals' | 'total';
  /** Whether contaminants stay in the test set as well. */
  overlap: boolean;
  seed: number | number[];
  /** How many images of each kind there were; `train` counts the contaminants. */
  images?: { train: number; contaminants: number; testGood: number; testDefective: number };
  /** Other settings: steps, batch size, learning rate, detection. */
  readonly [setting: string]: unknown;
};

export type Environment = {
  node: string;
  platform: string;
  cpu: string;
  /** Backend and device: `'onnx: CPU, 2 threads (ONNX Runtime 1.30)'`. */
  backend: string;
  /** By package name. */
  versions: Readonly<Record<string, string>>;
  /** ISO 8601. */
  date: string;
};

export type Results = {
  version: 2;
  dataset: string;
  protocol: Protocol;
  methods: MethodResult[];
  cells: Cell[];
  failed?: FailedCell[];
  comparisons?: Comparison[];
  environment: Environment;
};
