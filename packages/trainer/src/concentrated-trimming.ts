import { assertPositiveInteger, assertShare, ConfigError } from '@rddpm/core';
import { type CutoffRule, cutoffOf } from '@rddpm/maps';
import type { Selection } from './selection.ts';

export type ConcentratedTrimmingOptions = {
  /** Steps on all images before the first choice. @defaultValue 300 */
  readonly warmupSteps?: number;
  /** Steps from one choice to the next. @defaultValue 200 */
  readonly every?: number;
  /** 0-based: small ones, where a defect shows. @defaultValue 20, 50, 100 */
  readonly timesteps?: readonly number[];
  /** Draws of noise at each timestep. @defaultValue 2 */
  readonly draws?: number;
  /** The share of images to keep, in (0, 1], or how to find it from the scores; see `cutoffOf` of `@rddpm/maps`. @defaultValue 'mad' */
  readonly keep?: number | CutoffRule;
};

/** The defaults of `concentratedTrimming`. */
export const CONCENTRATED_TRIMMING = { warmupSteps: 300, every: 200, timesteps: [20, 50, 100], draws: 2, keep: 'mad' } as const;

/**
 * Least trimmed squares by concentration steps, for `train`'s `selection`: from time to time the moving average of the weights scores all
 * training images under the same conditions, and until the next time only the best are trained on.
 *
 * Trimming inside a batch compares images at different timesteps, whose errors differ by far more than a defect adds; here all images
 * meet the same few small timesteps and the same noise. An image's score is the sum over the timesteps of its error over the median error.
 *
 * @throws {ConfigError} for options out of range.
 * @see Rousseeuw, Van Driessen (2006), https://doi.org/10.1007/s10618-005-0024-4, section 3: concentration steps
 */
export function concentratedTrimming(options: ConcentratedTrimmingOptions = {}): Selection {
  const { warmupSteps, every, timesteps, draws, keep } = { ...CONCENTRATED_TRIMMING, ...options };
  for (const [name, value] of Object.entries({ warmupSteps, every, draws })) assertPositiveInteger(`concentratedTrimming: ${name}`, value);
  if (timesteps.length === 0) throw new ConfigError('concentratedTrimming: timesteps is empty; it must hold at least one');
  if (typeof keep === 'number') assertShare('concentratedTrimming: keep', keep);
  return {
    isDue: (step) => step >= warmupSteps && (step - warmupSteps) % every === 0,
    timesteps,
    draws,
    select({ errors }) {
      const scores = new Float64Array(errors[0]!.length);
      for (const atTimestep of errors) {
        const middle = cutoffOf(atTimestep, 0.5) || 1; // 0 where half of the images are predicted perfectly
        atTimestep.forEach((error, row) => {
          scores[row]! += error / middle;
        });
      }
      const cutoff = cutoffOf(scores, keep);
      return { scores, kept: Uint8Array.from(scores, (score) => (score <= cutoff ? 1 : 0)), cutoff };
    },
  };
}
