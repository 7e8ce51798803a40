/** What `results.json` holds: the one record of a comparison, which every table and page of this package is made from. */

/** A metric, or null where it is undefined; the reason then stands in `undefined` of the same record. */
export type Metric = number | null;

/** Ranking and region metrics over all pixels of the test images; each in [0, 1]. */
export type PixelScores = {
  auroc: Metric;
  averagePrecision: Metric;
  /** Area under the per-region overlap up to a false positive rate of 0.3, divided by 0.3. */
  auPro30: Metric;
  /** The same up to 0.05. */
  auPro05: Metric;
  f1Max: Metric;
  /** Share of defective pixels: the average precision that chance reaches. */
  prevalence: Metric;
};

/** Ranking metrics over images, each with one score; each in [0, 1]. */
export type ImageScores = { auroc: Metric; averagePrecision: Metric };

/** Error of the reconstructions on pixels in [0, 1]; `psnr` in dB. */
export type ReconstructionScores = { mse: Metric; psnr: Metric };

/** Why a metric is null, by its path: `{ 'pixel.auroc': 'needs both normal and defective pixels' }`. */
export type UndefinedReasons = Readonly<Record<string, string>>;

export type Scores = {
  pixel: PixelScores;
  image: ImageScores;
  reconstruction?: ReconstructionScores;
  undefined?: UndefinedReasons;
};

/** Scores on the images of one defect type together with the good ones. */
export type DefectScores = Scores & {
  name: string;
  /** Whether images of this type were among the contaminants of the training set. */
  seenInTraining: boolean;
  /** Test images of this type. */
  count: number;
};

/** Where a method was run with several seeds or contaminations, its scores are means over its `cells`. */
export type MethodResult = TrainedMethod | Baseline;

export type TrainedMethod = Scores & {
  kind: 'trained';
  name: string;
  /** The loss as the config names it: `{ name: 'huber', delta: 0.2 }`. */
  loss: { readonly name: string; readonly [option: string]: unknown };
  /** How training images were selected, as the config names it; left out where all were trained on. */
  selection?: { readonly name: string; readonly [option: string]: unknown };
  steps: number;
  timing: { secondsPerStep: number; imagesPerSecond: number };
  defects: DefectScores[];
};

/** Not trained, so without loss, steps and training time: an untrained network, the distance to the mean image. */
export type Baseline = Scores & { kind: 'baseline'; name: string; loss: null; defects: DefectScores[] };

/** One run: a method at one contamination and seed. */
export type Cell = Scores & { method: string; contamination: number; seed: number };

export type Protocol = {
  /** Side length in pixels at which images are seen and maps are scored. */
  size: number;
  /** Share of defective images put into the training set. */
  contamination: number | number[];
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
  dataset: string;
  protocol: Protocol;
  methods: MethodResult[];
  cells: Cell[];
  environment: Environment;
};
