import { rocAuc } from '@rddpm/metrics';
import type { Raster } from './html/raster.ts';

/** Training images with scores of how defective they look, by concentrated trimming or by anything else that scores a training set. */
export type Suspects = {
  /** The whole training set, in any order. */
  images: readonly RatedImage[];
  /** Images that score higher were not trusted; null where no cut was made. In units of the scores. */
  cutoff: number | null;
  /** How the cut-off was found, in a few words: `'median + 3 deviations (MAD)'`. */
  rule: string;
  /** Where a map counts as defective, in units of the maps. Marked on their colour scale and outlined on them. */
  threshold?: number;
};

export type RatedImage = {
  /** What the reader can find the file by: `good/003`. Need not be unique: ranks tell images apart. */
  name: string;
  /** Higher for more defective; finite. */
  score: number;
  /** Whether it was trusted in the end; the others are the suspects. */
  kept: boolean;
  /** The truth, which only a benchmark knows: given for all images or for none. */
  contaminated?: boolean;
  /** The pixel of `image` that looks most defective, counted from 0. A ring on the picture marks it. */
  place?: { x: number; y: number };
  image?: Raster;
  /** The anomaly map, one channel, higher for more anomalous. */
  map?: Raster;
  reconstruction?: Raster;
};

/** How many images pages show. */
export type ShownCounts = {
  /** Of the suspects, worst first. @defaultValue 60 */
  suspects?: number;
  /** Of the trusted images, those that score highest. @defaultValue 8 */
  trusted?: number;
};

/**
 * The images that pages show, each group by falling score; ties stay in their order. Only these need pictures and maps.
 *
 * @throws {RangeError} for a score that isn't finite.
 */
export function selectSuspects<I extends RatedImage>(images: readonly I[], counts: ShownCounts = {}): { suspects: I[]; trusted: I[] } {
  const { suspects = 60, trusted = 8 } = counts;
  const ranked = rankImages('selectSuspects', images);
  return {
    suspects: ranked.filter(({ kept }) => !kept).slice(0, suspects),
    trusted: ranked.filter(({ kept }) => kept).slice(0, trusted),
  };
}

/** How well the suspects match the truth. */
export type SuspectScores = {
  /** How many images were not trusted. */
  suspects: number;
  /** How many images are contaminated. */
  contaminated: number;
  /** How many of the suspects are contaminated. */
  found: number;
  /** Share of the suspects that are contaminated; NaN without suspects. */
  precision: number;
  /** Share of the contaminated images that are suspects; NaN without contaminated ones. */
  recall: number;
  /** The chance that a contaminated image scores above another one, wherever the cut-off is; NaN unless there are both. */
  auc: number;
  /**
   * The precision if as many images were suspected as are contaminated, those with the highest scores. Where only some of the images
   * with one score fit in, each counts as that fraction of an image. NaN without contaminated images.
   */
  precisionAtCount: number;
};

/**
 * Compares the suspects with the truth.
 *
 * @returns undefined where the truth is unknown.
 * @throws {RangeError} for a score that isn't finite, or a truth that is known of some images only.
 */
export function scoreSuspects(images: readonly RatedImage[]): SuspectScores | undefined {
  const ranked = rankImages('scoreSuspects', images);
  const known = ranked.filter(({ contaminated }) => contaminated !== undefined).length;
  if (known === 0) return undefined;
  if (known < ranked.length) {
    throw new RangeError(`scoreSuspects: contaminated is given for ${known} of ${ranked.length} images; give it for all or for none`);
  }
  const count = (is: (image: RatedImage) => boolean | undefined) => ranked.filter(is).length;
  const suspects = count(({ kept }) => !kept);
  const contaminated = count((image) => image.contaminated);
  const found = count((image) => !image.kept && image.contaminated);
  return {
    suspects,
    contaminated,
    found,
    precision: found / suspects,
    recall: found / contaminated,
    auc: rocAuc(
      ranked.map((image) => Number(image.contaminated)),
      ranked.map(({ score }) => score),
    ),
    precisionAtCount: precisionAt(contaminated, ranked),
  };
}

/**
 * All images by falling score; ties stay in their order.
 *
 * @param where The public function that was called, for errors.
 */
export function rankImages<I extends RatedImage>(where: string, images: readonly I[]): I[] {
  for (const { name, score } of images) {
    if (!Number.isFinite(score)) throw new RangeError(`${where}: the score of '${name}' is ${score}; it must be a finite number`);
  }
  return [...images].sort((a, b) => b.score - a.score);
}

function precisionAt(count: number, ranked: readonly RatedImage[]): number {
  const last = ranked[count - 1]?.score;
  if (last === undefined) return Number.NaN;
  const above = ranked.filter(({ score }) => score > last);
  const level = ranked.filter(({ score }) => score === last);
  const contaminated = (images: readonly RatedImage[]) => images.filter((image) => image.contaminated).length;
  return (contaminated(above) + (contaminated(level) * (count - above.length)) / level.length) / count;
}
