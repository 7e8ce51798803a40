/** What `results.json` holds: the one record of a comparison, which every table and page of this package is made from. */
import type { Curve } from '@rddpm/core/contracts';
import type { ByImageMetric, ByPixelMetric } from '@rddpm/metrics';

export type { Curve };

/** A metric, or null where it is undefined; the reason then stands in `undefined` of the same record. */
export type Metric = number | null;

/** Metrics over all pixels of the test images, each in [0, 1]: those of the catalogue in `@rddpm/metrics`. */
export type PixelScores = ByPixelMetric<Metric>;

/** Metrics over images, each with one score; each in [0, 1]. */
export type ImageScores = ByImageMetric<Metric>;

/** Error of the reconstructions on pixels in [0, 1]; `psnr` in dB. */
export type ReconstructionScores = { mse: Metric; psnr: Metric };

/** Why a metric is null, by its path: `{ 'pixel.auroc': 'needs both normal and defective pixels' }`. */
export type UndefinedReasons = Readonly<Record<string, string>>;

/** What a method reached on a set of test images. */
export type ResultScores = {
  pixel: PixelScores;
  image: ImageScores;
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

/** One method's row, at one contamination. Where it was run with several seeds, its scores are means over those of its `cells`. */
export type MethodResult = ResultScores & {
  name: string;
  /** Where there are several: a method then has a row for each. */
  contamination?: Contamination;
  /** A reference learns nothing worth the name: an untrained network, the distance to the mean image. */
  role: 'method' | 'reference';
  /** What the method tells of itself, any JSON: `{ loss: { name: 'huber', delta: 0.2 }, steps: 4000 }`. */
  facts: Readonly<Record<string, unknown>>;
  /** Seconds and rates by name: `secondsPerStep`, `fitSeconds`, `imagesPerSecond`. */
  timing: Readonly<Record<string, number>>;
  curves: readonly Curve[];
  defects: DefectScores[];
};

/** A ratio, or what the data set's training half has of itself. */
export type Contamination = number | 'natural';

/** One run: a method at one contamination and seed. */
export type Cell = ResultScores & { method: string; contamination: Contamination; seed: number };

/** One run that could not be done, and the reason. */
export type FailedCell = Pick<Cell, 'method' | 'contamination' | 'seed'> & { why: string };

export type Protocol = {
  /** In pixels, at which maps are scored. */
  size: { width: number; height: number };
  /** Share of defective images put into the training set. */
  contamination: Contamination | Contamination[];
  /** What `contamination` is a share of. */
  of: 'normals' | 'total';
  /** Whether contaminants stay in the test set as well. */
  overlap: boolean;
  seed: number | number[];
  /** How many images of each kind there were; `train` counts the contaminants. */
  images?: { train: number; contaminants: number; testGood: number; testDefective: number };
  /** Whatever else was set: steps, batch size, learning rate, detection. */
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
  environment: Environment;
};
