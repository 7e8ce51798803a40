/** Which training images are trusted: those that the network denoises about as well as the others. */
import type { ImagePeaks, PeakPlaces } from './peaks.ts';

/** How well each training image is denoised, under the same conditions for all of them. */
export type ImageErrors = {
  /** One of each. */
  readonly timesteps: readonly number[];
  /** By timestep, then by row of the training set: the mean squared error of the prediction over all draws of noise. */
  readonly errors: readonly Float64Array[];
  /**
   * For a selection that `measures` it: by pixel, the root of the squared error (its mean over channels and draws) and the mean of that over the
   * timesteps; then as `peakFinder` has it.
   */
  readonly peaks?: ImagePeaks | undefined;
};

/** What a selection says of each row of the training set. */
export type SelectedImages = {
  /** Higher for an image that fits the others less. */
  readonly scores: Float64Array;
  /** 1 for an image that the next steps may see, 0 for one that is left out. */
  readonly kept: Uint8Array;
  /** Images with a higher score are left out. */
  readonly cutoff: number;
  /** Where each image is worst, for a selection that looks. */
  readonly places?: PeakPlaces | undefined;
};

/**
 * Chooses, from time to time, the images that the next steps draw from. All images are scored, those left out before included. Pure: a
 * resumed run asks it again.
 */
export type Selection = {
  /** Whether images are chosen anew before the 0-based step of a run of so many. */
  readonly isDue: (step: number, steps: number) => boolean;
  /** 0-based timesteps at which all images are scored, with the same noise for all. */
  readonly timesteps: readonly number[];
  /** How many draws of noise to average over, at each timestep. */
  readonly draws: number;
  /** What `select` needs beside the mean squared errors. @defaultValue nothing */
  readonly measures?: 'peak' | undefined;
  readonly select: (errors: ImageErrors) => SelectedImages;
};
