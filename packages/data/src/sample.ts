/** One image of a data set, and what the layout says about it. */
export type Sample = {
  /** Within the data set's folder, with '/' on every system: 'test/crack/003.png'. */
  readonly path: string;
  readonly split: 'train' | 'test';
  /** 'good', or the kind of defect. */
  readonly defect: string;
  /** The file's name without its ending. Numbering restarts per folder, so split, defect and stem together name an image. */
  readonly stem: string;
  /** Where its mask is; good images have none. */
  readonly maskPath?: string;
  /** Present on a defective test image that `contaminate` has put among the training images. */
  readonly contaminant?: true;
};

/** What the layout calls images without a defect. */
export const GOOD = 'good';

/** Where MVTec AD's layout has the mask of a defective test image: what to name when there is none. */
export function expectedMaskPath({ defect, stem }: Sample): string {
  return `ground_truth/${defect}/${stem}_mask.png`;
}
