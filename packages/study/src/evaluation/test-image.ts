/** What is known of an image beside its pixels. */
export type ImageFacts = {
  /** Names it, within its data set. */
  readonly path: string;
  /** The kind of its defect, or what good images are called. */
  readonly kind: string;
  /** Whether its data set says that it is defective, whatever its mask. */
  readonly anomalous: boolean;
  /** The file that its map came from, within the folder of maps. */
  readonly mapFile?: string;
  /** The map's own size, where it was resized for scoring. @defaultValue the size at which it is scored */
  readonly mapSize?: readonly [width: number, height: number];
};

/** An image to score. Sizes may differ from image to image, and width from height. */
export type TestImage = ImageFacts & {
  /** A score for each pixel, row-major, higher for more anomalous. Fastest as float32. */
  readonly map: ArrayLike<number>;
  /** 1 where the pixel is anomalous, else 0; as long as `map`. */
  readonly mask: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  /** Where regions are known: for each pixel its region's number, 0 where it is normal. @defaultValue the connected parts of the mask */
  readonly regions?: ArrayLike<number>;
  /** The score of the whole image. Read in the first pass only, so it may be a getter that takes a while. */
  readonly score: number;
};

/** What an evaluation says of an image. */
export type ImageRecord = Required<Omit<ImageFacts, 'mapFile'>> &
  Pick<ImageFacts, 'mapFile'> & {
    /** At which it is scored. */
    readonly size: readonly [width: number, height: number];
    readonly defectivePixels: number;
    readonly score: number;
  };
