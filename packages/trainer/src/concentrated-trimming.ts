import { assertOneOf, assertPositive, assertPositiveInteger, assertShare, ConfigError, definedFields } from '@rddpm/core';
import { type CutoffRule, cutoffOf } from '@rddpm/maps';
import type { ImageErrors, Selection } from './selection.ts';

/** What images are ranked by, by the names that configs use. */
export const TRIMMING_SCORES = ['peak', 'mean'] as const;
export type TrimmingScore = (typeof TRIMMING_SCORES)[number];

export type ConcentratedTrimmingOptions = {
  /**
   * `'peak'`, the worst place of an image, measured by what is normal at each place: it finds small defects, too. `'mean'`, its mean squared error:
   * the sum over the timesteps of the error over the median error. @defaultValue 'peak'
   */
  readonly by?: TrimmingScore | undefined;
  /** How many steps are done on all images before the first choice; null for 30 % of all steps. @defaultValue null */
  readonly firstChoice?: number | null | undefined;
  /** How many steps there are from one choice to the next; null for 20 % of all steps. @defaultValue null */
  readonly every?: number | null | undefined;
  /** 0-based timesteps at which images are scored. The methods of `@rddpm/diffusion` choose them by the size of the images. @defaultValue 20, 50, 100 */
  readonly timesteps?: readonly number[] | undefined;
  /** Draws of noise at each timestep. @defaultValue 2 */
  readonly draws?: number | undefined;
  /** The share of images to keep, in (0, 1], or how to find it from the scores; see `cutoffOf` of `@rddpm/maps`. @defaultValue 'mad' */
  readonly keep?: number | CutoffRule | undefined;
  /** Of the rule `'mad'`: beyond so many robust deviations above the median an image is left out. @defaultValue 2.5 */
  readonly deviations?: number | undefined;
};

/** The defaults of `concentratedTrimming`. */
export const CONCENTRATED_TRIMMING = {
  by: 'peak',
  firstChoice: null,
  every: null,
  timesteps: [20, 50, 100],
  draws: 2,
  keep: 'mad',
  deviations: 2.5,
} as const;

/**
 * Least trimmed squares by concentration steps, for `train`'s `selection`: from time to time the moving average of the weights scores all
 * training images under the same conditions, and until the next time only the best are trained on.
 *
 * Trimming inside a batch compares images at different timesteps, whose errors differ by far more than a defect adds; here all images
 * meet the same few small timesteps and the same noise.
 *
 * @throws {ConfigError} for options out of range.
 * @see Rousseeuw, Van Driessen (2006), https://doi.org/10.1007/s10618-005-0024-4, section 3: concentration steps
 */
export function concentratedTrimming(options: ConcentratedTrimmingOptions = {}): Selection {
  const { by, firstChoice, every, timesteps, draws, keep, deviations } = { ...CONCENTRATED_TRIMMING, ...definedFields(options) };
  assertOneOf('concentratedTrimming: by', by, TRIMMING_SCORES);
  for (const [name, value] of Object.entries({ firstChoice, every, draws })) {
    if (value !== null) assertPositiveInteger(`concentratedTrimming: ${name}`, value);
  }
  if (timesteps.length === 0) throw new ConfigError('concentratedTrimming: timesteps is empty; it must hold at least one');
  if (typeof keep === 'number') assertShare('concentratedTrimming: keep', keep);
  assertPositive('concentratedTrimming: deviations', deviations);
  return {
    isDue(step, steps) {
      const since = step - (firstChoice ?? Math.max(1, Math.round((3 * steps) / 10)));
      if (since < 0) return false;
      if (every !== null) return since % every === 0;
      const choice = Math.round((5 * since) / steps); // the nearest one: choices are 20 % of the steps apart
      return since === Math.round((choice * steps) / 5);
    },
    timesteps,
    draws,
    measures: by === 'peak' ? 'peak' : undefined,
    select({ errors, peaks }) {
      if (by === 'peak' && !peaks) throw new ConfigError('concentratedTrimming: select has no peaks, but images are ranked by them');
      const scores = by === 'peak' ? peaks!.values.slice() : meanScores(errors);
      const cutoff = cutoffOf(scores, keep, { deviations });
      const kept = Uint8Array.from(scores, (score) => (score <= cutoff ? 1 : 0));
      return { scores, kept, cutoff, places: by === 'peak' ? { x: peaks!.x, y: peaks!.y } : undefined };
    },
  };
}

function meanScores(errors: ImageErrors['errors']): Float64Array {
  const scores = new Float64Array(errors[0]!.length);
  for (const atTimestep of errors) {
    const middle = cutoffOf(atTimestep, 0.5) || 1; // 0 where half of the images are predicted perfectly
    atTimestep.forEach((error, row) => {
      scores[row]! += error / middle;
    });
  }
  return scores;
}
