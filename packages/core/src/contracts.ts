/** The types that data sets, methods and commands meet in. Nothing but types: importing this entry loads no code. */
import type { NdArray } from 'ndarray';
import type { Backend } from './backend.ts';
import type { Rng } from './rng.ts';
import type { ByteSource } from './safetensors.ts';

/** In pixels. */
export type Size = { readonly width: number; readonly height: number };

/** A rectangle of pixels; `x` and `y` are its upper left corner's, counted from that of the picture. */
export type Region = Size & { readonly x: number; readonly y: number };

/** Of an image that a method is shown. */
export type InputShape = Size & { readonly channels: 1 | 3 };

/**
 * A picture as its file has it, turned as its EXIF orientation says: row-major, channels interleaved, which are grey; grey and alpha; RGB; or RGBA.
 * Palettes and CMYK have become RGB. Integers without a sign of 8 or 16 bits are as they are (a camera of 12 bits may fill 0 to 4095 of 65535 only), all
 * other numbers are floats.
 */
export type Raster = Size & { readonly channels: 1 | 2 | 3 | 4; readonly data: Uint8Array | Uint16Array | Float32Array };

/** What a picture's file says of itself, before it is decoded. The size is that of the raster: turned as the orientation says. */
export type PictureInfo = Size & {
  /** By content, not by name: 'png', 'jpeg', 'tiff', 'bmp', 'webp', or what the decoder calls it. */
  readonly format: string;
  /** Of its numbers: 'uint8', 'uint16', 'float32', or what the decoder calls it. */
  readonly type: string;
  /** In the file: 4 are RGBA, or CMYK. */
  readonly channels: number;
  readonly hasAlpha: boolean;
  /** EXIF's, from 1 (as it is) to 8. */
  readonly orientation: number;
  /** Of a file with several pictures (TIFF, animations), of which the first is decoded. */
  readonly pages: number;
};

/** Where a data set's files come from: a folder, files chosen in a browser (both in `@rddpm/data`), or anything of your own. */
export interface FileSource {
  /** For people, and to recognise a known category: 'bottle'. */
  readonly name: string;
  /**
   * Every file, relative to the data set's folder, with '/' on every system. What couldn't be opened to see which files are in it ends with '/': reading that
   * rejects with the reason.
   */
  list(): Promise<string[]>;
  read(path: string): Promise<Uint8Array>;
  /** Rejects when the bytes aren't a whole picture, or one of more pixels than the source takes. */
  decode(bytes: Uint8Array): Promise<Raster>;
  /** As cheaply as the platform can tell. Rejects when the bytes aren't a picture. */
  inspect(bytes: Uint8Array): Promise<PictureInfo>;
}

/** One image of a data set, and what the layout says about it. */
export type Sample = {
  /** Names what is made of the image, its map for one: 'crack/003'. Unique within training and within test. */
  readonly id: string;
  /** Within the data set's folder, with '/' on every system: 'test/crack/003.png'. */
  readonly path: string;
  /** Absent where the data set leaves the split to its user. */
  readonly split?: 'train' | 'validation' | 'test';
  /** Whether it shows a defect. Absent where nobody knows. */
  readonly anomalous?: boolean;
  /** 'good', or the kind of defect; of images of which nobody knows, the folder that they lie in. */
  readonly kind: string;
  /** What must not be split: images of one part, say, share a group. */
  readonly group?: string;
  /** How bad a defect is, where the data set says it: higher is worse, on its own scale. */
  readonly severity?: number;
  /** Present on a defective image among the training images, be it put there or there from the start. */
  readonly contaminant?: true;
  /** Present on a repeated contaminant: how it differs from the image at `path`. */
  readonly variation?: Variation;
};

/** A picture turned about its centre, then moved. What comes into view is the nearest pixel of its edge. */
export type Variation = {
  /** Counter-clockwise, in degrees. */
  readonly rotate: number;
  /** To the right and down, as shares of the picture's width and height. */
  readonly shift: readonly [x: number, y: number];
};

/**
 * Where an image is defective: the union of its masks, files of the image's size in which whatever isn't black is defect. An object and
 * not a list, so that what other data sets tell (from how many pixels on a defect counts as found, intervals of a series) can join.
 */
export type Truth = { readonly masks: readonly { readonly path: string }[] };

/** Something wrong with a file. The message continues the path: 'has no mask'. */
export type Problem = {
  /** An error stops training or scoring; a warning is something to know. */
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly message: string;
};

/** Files that a layout passes over, and why, for people: 'hidden', 'no pictures by their endings (.txt)'. */
export type LeftOut = { readonly reason: string; readonly paths: readonly string[] };

/** Images of one category: training, good tests, tests by defect. */
export type CategoryCounts = { readonly train: number; readonly good: number; readonly defects: Readonly<Record<string, number>> };

export type LayoutRead = {
  readonly samples: Sample[];
  readonly problems: Problem[];
  /** @defaultValue nothing that the layout knows of */
  readonly leftOut?: readonly LeftOut[];
};

/** How a kind of data set arranges its files. A plain object: its functions do without `this`. */
export type DatasetLayout = {
  /** In lower case, for options and messages: 'mvtec'. */
  readonly name: string;
  /** How well the names of a data set's files fit, from 0 (another layout) to 1. */
  recognises(paths: readonly string[]): number;
  /**
   * The samples, what is wrong with files that belong to none, and every other file, so that nothing is left out in silence. May look into files.
   * Rejects with FormatError if the layout is another one altogether.
   */
  read(source: FileSource): Promise<LayoutRead>;
  /**
   * Undefined where there is none to be had: for good images, and where nobody has marked the defects. Where a mask should be and isn't, it
   * rejects with FormatError, and the message begins with the image's path.
   */
  truth(sample: Sample, source: FileSource): Promise<Truth | undefined>;
  /** What is published of the data set's categories, by name. */
  readonly published?: Readonly<Record<string, CategoryCounts>>;
};

/** What a method is shown: images, series or points, all in one form. */
export type Batch = {
  /** [n, h, w, c]: images; series as [n, 1, length, c]; points as [n, points, 1, 3]. */
  readonly values: NdArray<Float32Array>;
  /** 'pixels' are in [0, 1], 'real' is any finite number. */
  readonly range: 'pixels' | 'real';
  /** [n, h, w]: 0 where there is nothing to see or to score. All is valid when absent. */
  readonly valid?: NdArray<Uint8Array>;
};

/** How a picture's proportions become those of the frame: padded with the nearest pixels of its edge, cut about its centre, or stretched. */
export type Fit = 'pad' | 'crop' | 'stretch';

/** The numbers that become 0 and 1; what lies beyond is taken for the nearer one. */
export type ValueRange = { readonly black: number; readonly white: number };

/** The numbers that become 0 and 1 of pictures of 16 bits, and of floats. Of 8 bits they are 0 and 255. */
export type ValueRanges = { readonly uint16?: ValueRange | undefined; readonly float?: ValueRange | undefined };

/** How a picture becomes what a method is shown, in this order. A model keeps it, and pictures are prepared by it from then on. */
export type Preparation = {
  /** Of the picture: all there is to it. @defaultValue the whole picture */
  readonly crop?: Region | undefined;
  /** Of the frame, which the picture is resized to as `fit` says. */
  readonly size: Size;
  readonly fit: Fit;
  readonly channels: 1 | 3;
  /** @defaultValue 0 to 65535, and 0 to 1 */
  readonly ranges?: ValueRanges | undefined;
  /** Windows of this size are cut from the frame, overlapping by at least so many pixels: the method is shown those. @defaultValue it is shown the frame */
  readonly tiles?: (Size & { readonly overlap: number }) | undefined;
};

/** What is learnt from. Rows are read when asked for, so that no set has to fit in memory. */
export interface TrainingSet {
  readonly count: number;
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly range: Batch['range'];
  /** These rows, in this order; a row may be asked for any number of times. */
  read(rows: Int32Array): Promise<Batch>;
}

/** What items are. */
export type ItemKind = 'image' | 'series' | 'points';

/** JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** The options of a method: defaults, checks, what may change later – said once. */
export interface Schema<T> {
  /**
   * `value` with its defaults filled in.
   *
   * @param before A whole config that `value` changes: what `value` leaves out is as it was there, unless it follows from what changed.
   * @throws {ConfigError} naming each field that is wrong, or unknown.
   */
  parse(value: unknown, before?: T): T;
  /** For help, pages and other languages. */
  readonly json: JsonSchema;
  /** Fields that earlier versions called otherwise: their paths then, such as `'training.gradientNorm'`, with their names now. @defaultValue none */
  readonly earlierNames?: Readonly<Record<string, string>>;
  /**
   * What another value of a field (`'training.steps'`) calls for: a new fit; going on with the fit there is, which stays what it was so far;
   * only new scores from the same model; or nothing, as where a file lies that the model knows by its content.
   *
   * @param config In which it is to change, where that matters.
   */
  affects(field: string, config?: T): 'fit' | 'continuation' | 'score' | 'nothing';
}

/**
 * One way of learning what is normal, from data that may hold defects, and of scoring the rest. Diffusion is one, the distance to the mean
 * image another. A plain object: its functions do without `this`.
 */
export interface Method<Config = unknown, Model = unknown> {
  /** In lower case, for options, tables and folders: 'rddpm-huber'. */
  readonly name: string;
  /** References learn nothing worth the name, and show what learning adds: the mean image, an untrained network. */
  readonly role: 'method' | 'reference';
  readonly accepts: readonly ItemKind[];
  readonly config: Schema<Config>;
  /**
   * What it is to be shown, of what there is: `offered`, unless it needs another size or number of channels. Data is resized for it, and its
   * maps are resized to where they are scored.
   *
   * @throws {ConfigError} where it can't be shown that, with what it could.
   */
  input(config: Config, offered: InputShape): InputShape;
  /**
   * The config with what it leaves open until it is known what is shown, such as settings that follow the size: what `fit` and `scorer` get, and files
   * hold. Of a config that leaves nothing open, the same. @defaultValue configs leave nothing open
   */
  complete?(config: Config, input: InputShape): Config;
  /**
   * The config whose fit, and what belongs to it, takes about `seconds` on this backend, as a few steps of it show. Both it and what comes back are
   * yet to be completed. Absent where a fit takes what it takes.
   *
   * @throws {ConfigError} where too little can be done in that time to be of use, with how long would be enough.
   */
  plan?(training: TrainingSet, config: Config, run: Pick<FitRun, 'backend' | 'rng'> & { readonly seconds: number }): Promise<Config>;
  /** Ends early, with undefined, once the run's signal is aborted; a checkpoint event came before if there is something to go on from. */
  fit(training: TrainingSet, config: Config, run: FitRun): AsyncGenerator<FitEvent, Model | undefined>;
  scorer(model: Model, config: Config, run: ScoreRun): Promise<Scorer>;
  readonly files: {
    /** The files of a model, in the order in which they are to be written. @param info What `rddpm.json` says; a file may carry a copy. */
    encode(model: Model, info: ModelInfo): FileParts[];
    /** A file that holds a whole model is read as the only one of its folder, called 'model.safetensors'. */
    decode(read: FileReader): Promise<Model>;
  };
  /** What tables and pages tell of a fit beside its scores: `{ loss: { name: 'huber', delta: 0.2 }, steps: 4000 }`. Values are JSON. */
  facts?(model: Model, config: Config): Readonly<Record<string, unknown>>;
  /** What pages draw of a fit. @param progress Its progress events, without what came to nothing. */
  curves?(progress: readonly Measured[], config: Config): Curve[];
}

/** What was measured after so many steps. */
export type Measured = { readonly step: number; readonly measures: Readonly<Record<string, Measure>> };

/** A line of a plot. Those of one name are drawn together, method by method. */
export type Curve = {
  /**
   * Of the vertical axis: 'loss'. Before a comma stands what is measured, behind it where: 'error, t 0 to 249' and 'error, t 250 to 499' share one
   * axis.
   */
  readonly name: string;
  /** Of the horizontal axis: 'step'. */
  readonly x: string;
  /** By rising x; null where there was nothing to measure. */
  readonly points: readonly (readonly [x: number, y: number | null])[];
};

/** What is compared with what, as data: every row with every contamination and seed is a cell. */
export type StudyPlan = {
  /** In lower case, for options: 'delta'. */
  readonly name: string;
  /** For help, in a few words. */
  readonly description: string;
  readonly rows: readonly StudyRow[];
  /** @defaultValue what the user asks for */
  readonly contaminations?: readonly (number | 'natural')[];
  readonly seeds?: readonly number[];
  /** The name of the recipe that its rows are trained and read by. @defaultValue today's defaults */
  readonly recipe?: string;
};

/** How methods were trained and read at some time, by name: what is other than the defaults. */
export type Recipe = {
  /** For options: 'paper'. */
  readonly name: string;
  /** For help, in a few words. */
  readonly description: string;
  /** Fields of configs; methods take those that they have. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly calibration?: 'none' | 'auto';
  readonly smoothing?: Smoothing;
};

export type StudyRow = {
  /** Of tables and folders. @defaultValue the method's */
  readonly name?: string;
  /** The method's name. */
  readonly method: string;
  /** Of another row: it learns from those training images only that this one trusts. @defaultValue from all */
  readonly trust?: string;
  /** Fields of its config that are other than the defaults. */
  readonly config?: unknown;
};

export type FitRun = {
  /** For methods that compute with tensors. */
  readonly backend: () => Promise<Backend>;
  /** Everything random comes from it: equal generators give methods equal batches and noise. */
  readonly rng: Rng;
  /** Once aborted, the fit ends after its current piece of work. */
  readonly signal?: AbortSignal | undefined;
  /** Of an equal fit: it goes on as if it never had stopped, and tells `resumed` first. Rejects with FormatError at the first event if the bytes are damaged. */
  readonly resume?: Checkpoint | undefined;
};

/** @property source Named in errors, such as the file's path. */
export type Checkpoint = { readonly bytes: Uint8Array; readonly source: string };

/** A number that is measured on the way, several of a kind, or null where there was nothing to measure. */
export type Measure = number | null | readonly (number | null)[];

export type FitEvent =
  /** The first event of a fit that goes on: after so many steps. */
  | { readonly kind: 'resumed'; readonly step: number }
  | {
      readonly kind: 'progress';
      /** Steps done, and in all: of whatever the method counts. */
      readonly step: number;
      readonly steps: number;
      /** Since the last event, by name: `{ loss: 0.02, secondsPerStep: 0.1 }`. Those of one method always have the same names. */
      readonly measures: Readonly<Record<string, Measure>>;
    }
  /** The bytes are what `FitRun.resume` takes. */
  | { readonly kind: 'checkpoint'; readonly step: number; readonly bytes: Uint8Array }
  /** Which rows of the training set are learnt from, from here on. The last one says whose scores make the threshold; a resumed fit tells it again. */
  | { readonly kind: 'selection'; readonly step: number; readonly kept: Uint8Array }
  /** At the end, of methods that judge their training set: which of it looks defective. */
  | ({ readonly kind: 'suspects' } & RatedRows);

export type RatedRows = {
  /** By row of the training set: higher is more anomalous; whether it is trusted (1) or suspected (0). */
  readonly scores: Float64Array;
  readonly kept: Uint8Array;
  /** Rows that score higher are suspects. */
  readonly cutoff: number;
  /** How the cut-off was found, for people: 'median + 3 deviations (MAD)'. */
  readonly rule: string;
  /** By row, where it is worst: the pixel, from 0, of what the training set shows. Left out by methods that don't look. */
  readonly places?: { readonly x: Int32Array; readonly y: Int32Array } | undefined;
};

export type ScoreRun = Pick<FitRun, 'backend' | 'rng'>;

export interface Scorer {
  /** The same item has the same result, whatever else is in the batch or came before it: what is drawn for it is drawn for its content (`contentKey`). */
  score(batch: Batch, options?: ScoreOptions): Promise<Scored>;
  /** Frees what it holds. */
  dispose(): void;
}

export type ScoreOptions = {
  /** These items are rows of the training set: a method that remembers them leaves each out of its own score. */
  readonly trainingRows?: Int32Array;
};

export type Scored = {
  /** [n, h, w], higher is more anomalous; neither calibrated nor smoothed: `@rddpm/maps` does that for all methods alike. */
  readonly maps: NdArray<Float32Array>;
  /** By name, [n, h, w, c] in [0, 1]: 'reconstruction', where there is one. */
  readonly pictures?: Readonly<Record<string, NdArray<Float32Array>>>;
};

/** How far maps are smoothed: the standard deviation of a Gaussian. */
export type Smoothing = {
  /** Of several, maps are smoothed by each, and averaged: a narrow one finds small defects, a wide one large ones. */
  readonly sigma: number | readonly number[];
  /** 'pixels' of the map; 'side/64', of the geometric mean of its sides: the same share of the picture at every size. */
  readonly unit: 'pixels' | 'side/64';
};

/** What is normal at each position. */
export type EncodedPosition = {
  /** What is added to the median. */
  readonly floor: number;
  /** Of the input's pixels, row by row, the median of training images' residuals: float32, little-endian, as base64. */
  readonly median: string;
};

/** What is normal for what is seen at a pixel: a regression on nine features of the reconstruction, in `@rddpm/maps`. */
export type EncodedAppearance = {
  /** What is added to the expected residual. */
  readonly floor: number;
  /** 55: of the constant, the features, and their products. */
  readonly weights: readonly number[];
  /** Of the features among training pixels. */
  readonly means: readonly number[];
  readonly deviations: readonly number[];
};

/**
 * What maps are divided by before they are smoothed: the residual that is normal, and a floor. 'half-position' is the square root of what 'position' is, 'both' the
 * geometric mean of the two others.
 */
export type Calibration =
  | ({ readonly kind: 'position' | 'half-position' } & EncodedPosition)
  | ({ readonly kind: 'appearance' } & EncodedAppearance)
  | { readonly kind: 'both'; readonly position: EncodedPosition; readonly appearance: EncodedAppearance };

/**
 * How large a defect must be to stand out from good images under each calibration, as a share of what it takes without one: below 1 it helps. Found on
 * training images that had no part in the calibration.
 */
export type CalibrationCriteria = { readonly [Kind in Calibration['kind']]?: number | undefined };

/** Where scores and pixels begin to count as anomalous. */
export type Threshold =
  | {
      /** `median · (0.5 / falseAlarms) ^ scale`. */
      readonly value: number;
      /** The share of good images that are expected to reach it, in (0, 0.5). */
      readonly falseAlarms: number;
      /** Of the training images' scores: their logarithms are taken to fall off exponentially above the median's, with this mean excess. */
      readonly tail: { readonly median: number; readonly scale: number };
      /** How many training images there were. */
      readonly images: number;
    }
  /** As earlier versions made it: the `quantile` of the scores of `images` training images. */
  | { readonly value: number; readonly quantile: number; readonly images: number };

/** How a model is used: what `rddpm.json` beside it holds, whatever the method. */
export type ModelInfo = {
  readonly version: 2;
  /** The method's name. */
  readonly method: string;
  /** What the method is shown: a frame, or a tile of one. */
  readonly input: InputShape;
  /** How pictures become that. @defaultValue they are stretched to the input's size, as earlier versions did */
  readonly preparation?: Preparation | undefined;
  /** The method's config, as its schema parses it. */
  readonly config: unknown;
  /** @defaultValue maps as the method has them */
  readonly calibration?: Calibration | undefined;
  /** What the calibration was chosen by. @defaultValue nobody asked, or there was too little to tell by */
  readonly criteria?: CalibrationCriteria | undefined;
  readonly smoothing: Smoothing;
  /** Null if there were no training images to make one from. */
  readonly threshold: Threshold | null;
  /** What everything random comes from. */
  readonly seed: number;
  /** Set where it was read from a file of version 1, which did not name the method and held less of its config. Not written. */
  readonly upgraded?: true;
};

/** A file in pieces, to be written one after the other. @property path With '/', below the model's folder. */
export type FileParts = { readonly path: string; readonly parts: readonly Uint8Array[] };

/** A model's folder, or whatever else holds its files. */
export interface FileReader {
  /** For messages. */
  readonly name: string;
  /** Undefined where there is no such file. */
  open(path: string): Promise<ByteSource | undefined>;
}
