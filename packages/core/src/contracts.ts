/** The types that data sets, methods and commands meet in. Nothing but types: importing this entry loads no code. */

/** 8-bit pixels, row-major, channels interleaved. */
export type Raster = { readonly width: number; readonly height: number; readonly channels: 1 | 3; readonly data: Uint8Array };

export type DecodeOptions = {
  /** 1: the picture's gray values (of colour pictures, their luminance); 3: RGB, gray pictures repeated. */
  readonly channels: 1 | 3;
  /** Side length in pixels to resize to, whatever the proportions were. The picture's own size when absent. */
  readonly size?: number;
  /** 'smooth' averages over what a new pixel covers, as images need it; 'nearest' invents no value, as masks need it. */
  readonly kernel: 'smooth' | 'nearest';
};

/** Where a data set's files come from: a folder, files chosen in a browser (both in `@rddpm/data`), or anything of your own. */
export interface FileSource {
  /** For people, and to recognise a known category: 'bottle'. */
  readonly name: string;
  /** Every file, relative to the data set's folder, with '/' on every system. */
  list(): Promise<string[]>;
  read(path: string): Promise<Uint8Array>;
  /** Rejects when the bytes aren't a whole picture. */
  decode(bytes: Uint8Array, options: DecodeOptions): Promise<Raster>;
  /** Width and height in pixels, as cheaply as the platform can tell. Rejects when the bytes aren't a picture. */
  measure(bytes: Uint8Array): Promise<{ width: number; height: number }>;
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
  /** 'good', or the kind of defect. */
  readonly kind: string;
  /** What must not be split: images of one part, say, share a group. */
  readonly group?: string;
  /** Present on a defective test image that was put among the training images. */
  readonly contaminant?: true;
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

/** Images of one category: training, good tests, tests by defect. */
export type CategoryCounts = { readonly train: number; readonly good: number; readonly defects: Readonly<Record<string, number>> };

/** How a kind of data set arranges its files. A plain object: its functions do without `this`. */
export type DatasetLayout = {
  /** In lower case, for options and messages: 'mvtec'. */
  readonly name: string;
  /** How well the names of a data set's files fit, from 0 (another layout) to 1. */
  recognises(paths: readonly string[]): number;
  /**
   * The samples, and what is wrong with files that belong to none. May look into files. Rejects with FormatError if the layout is another
   * one altogether.
   */
  read(source: FileSource): Promise<{ readonly samples: Sample[]; readonly problems: Problem[] }>;
  /**
   * Undefined where there is none to be had: for good images, and where nobody has marked the defects. Where a mask should be and isn't, it
   * rejects with FormatError, and the message begins with the image's path.
   */
  truth(sample: Sample, source: FileSource): Promise<Truth | undefined>;
  /** What is published of the data set's categories, by name. */
  readonly published?: Readonly<Record<string, CategoryCounts>>;
};
