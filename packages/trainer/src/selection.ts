/** Which training images are trusted: those that the network denoises about as well as the others. */

/** How well each training image is denoised, under the same conditions for all of them. */
export type ImageErrors = {
  /** One of each. */
  readonly timesteps: readonly number[];
  /** By timestep, then by row of the training set: the mean squared error of the prediction over all draws of noise. */
  readonly errors: readonly Float64Array[];
};

/** What a selection says of each row of the training set. */
export type SelectedImages = {
  /** Higher for an image that fits the others less. */
  readonly scores: Float64Array;
  /** 1 for an image that the next steps may see, 0 for one that is left out. */
  readonly kept: Uint8Array;
  /** Images with a higher score are left out. */
  readonly cutoff: number;
};

/**
 * Chooses, from time to time, the images that the next steps draw from. All images are scored, those left out before included. Pure: a
 * resumed run asks it again.
 */
export type Selection = {
  /** Whether images are chosen anew before the 0-based step. */
  readonly isDue: (step: number) => boolean;
  /** 0-based timesteps at which all images are scored, with the same noise for all. */
  readonly timesteps: readonly number[];
  /** How many draws of noise to average over, at each timestep. */
  readonly draws: number;
  readonly select: (errors: ImageErrors) => SelectedImages;
};
