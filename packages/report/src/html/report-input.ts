/** What a report is made from: plain data, so that it can come from anywhere. */
import type { Results } from '../results.ts';
import type { Suspects } from '../suspects.ts';
import type { Raster } from './raster.ts';

export type ReportInput = {
  /** The numbers. What methods measured during their fit makes the section on training. */
  results: Results;
  /** @defaultValue the data set's name */
  title?: string;
  /** The command that was typed to get this. */
  command?: string;
  /** ROC and precision–recall curves. */
  curves?: readonly MethodCurves[];
  gallery?: Gallery;
  /** Of each method that names defective training images. A list without images is left out. */
  suspects?: readonly MethodSuspects[];
};

/** What `rocCurve` and `precisionRecallCurve` of `@rddpm/metrics` return: recall rises, and precision steps. */
export type RankingCurves = {
  roc: Readonly<Record<'falsePositiveRate' | 'truePositiveRate', ArrayLike<number>>>;
  precisionRecall: Readonly<Record<'precision' | 'recall', ArrayLike<number>>>;
};

export type MethodCurves = {
  /** As in `results.methods`. */
  method: string;
  /** Over all pixels of the test images. Any length: curves are thinned to what can be seen. */
  pixel?: RankingCurves;
  /** Over images. */
  image?: RankingCurves;
};

export type MethodSuspects = Suspects & {
  /** As in `results.methods`. */
  method: string;
};

export type Gallery = {
  /** All test images, or those to choose from: the page shows the best, worst and typical cases, and the good images that score highest. */
  samples: readonly GallerySample[];
  /** By method: where its map counts as defective. Marked on the colour scale and outlined on the maps. */
  thresholds?: Readonly<Record<string, number>>;
  /**
   * The values at both ends of the colour scale, for all maps alike.
   * @defaultValue from 0 (or the lowest value below) to the 99.5 % quantile of the methods' maps (not the references'), or to a threshold
   * above it; where methods score in units far apart, one such scale for each
   */
  scale?: readonly [from: number, to: number];
  /** How many to show of the best, the worst, and the good ones that score highest. @defaultValue 4 */
  cases?: number;
};

export type GallerySample = {
  /** What the reader can find the file by: `broken_large/003`. */
  name: string;
  /** The kind of its defect, or what normal images are called. */
  defect: string;
  /** Whether it is known to be normal. @defaultValue `defect === 'good'` */
  normal?: boolean;
  image: Raster;
  /** 0 where normal; left out for a good image. */
  mask?: Raster;
  /** By method name; the same methods for every sample. */
  methods: Readonly<Record<string, GalleryMethod>>;
};

export type GalleryMethod = {
  reconstruction?: Raster;
  /** The anomaly map, one channel, higher for more anomalous. */
  map: Raster;
  /** The image's score. @defaultValue the map's maximum */
  score?: number;
};
