import { assertPositive, assertShare, ConfigError } from '@rddpm/core';
import { median } from './median.ts';

/** How a cut-off is found from the scores alone, by the names that configs use. */
export const CUTOFF_RULES = ['mad', 'gap', 'otsu'] as const;
export type CutoffRule = (typeof CUTOFF_RULES)[number];

export type CutoffOptions = { readonly deviations?: number | undefined };

/** A median absolute deviation times this estimates the standard deviation of a normal distribution: 1 / Φ⁻¹(3/4). */
export const MAD_TO_DEVIATION = 1.4826;

/**
 * The score up to which images are kept, from the scores alone; higher is more anomalous. A rule keeps at least half of them: more contamination than that can't be told from what is normal.
 *
 * - a number h in (0, 1]: the `max(1, ⌊h·n + 1e-9⌋)` lowest scores, if the share of good images is known;
 * - `'mad'`: the median plus `deviations` deviations, a deviation being 1.4826 times the median absolute deviation. Where nothing is defective, it
 *   leaves out few;
 * - `'gap'`: the widest gap between neighbouring scores above the median;
 * - `'otsu'`: the cut into two groups that vary least in themselves. It always finds two groups, also where there is one.
 *
 * @param scores At least one, in any order and unit; they stay as they are.
 * @param options.deviations Of the rule `'mad'`. `concentratedTrimming` of `@rddpm/trainer` passes 2.5 by default. @defaultValue 3
 * @returns In the unit of the scores.
 * @throws {ConfigError} for no scores, a share outside (0, 1], or deviations that are not positive.
 * @see Otsu (1979), https://doi.org/10.1109/TSMC.1979.4310076
 */
export function cutoffOf(scores: Float64Array, rule: number | CutoffRule, options: CutoffOptions = {}): number {
  const { deviations = 3 } = options;
  if (scores.length === 0) throw new ConfigError('cutoffOf: scores is empty; it must hold at least one');
  assertPositive('cutoffOf: deviations', deviations);
  const sorted = scores.toSorted();
  const n = sorted.length;
  const least = Math.ceil(n / 2);
  if (typeof rule === 'number') {
    assertShare('cutoffOf: keep', rule);
    return sorted[Math.max(1, Math.floor(rule * n + 1e-9)) - 1]!;
  }
  switch (rule) {
    case 'mad': {
      const center = median(sorted);
      const deviation = MAD_TO_DEVIATION * median(sorted.map((score) => Math.abs(score - center)).toSorted());
      return Math.max(center + deviations * deviation, sorted[least - 1]!);
    }
    case 'gap':
      return sorted[bestCut(sorted, least, (kept) => sorted[kept]! - sorted[kept - 1]!) - 1]!;
    case 'otsu':
      return sorted[bestCut(sorted, least, separation(sorted)) - 1]!;
  }
}

/** How many to keep, from `least` to all but one, where `quality` is highest. */
function bestCut({ length }: Float64Array, least: number, quality: (kept: number) => number): number {
  let best = length;
  let highest = 0;
  for (let kept = least; kept < length; kept++) {
    if (quality(kept) > highest) [best, highest] = [kept, quality(kept)];
  }
  return best;
}

/** The variance between the `kept` lowest and the others, up to a factor. */
function separation(sorted: Float64Array): (kept: number) => number {
  const sums = new Float64Array(sorted.length + 1);
  sorted.forEach((score, i) => {
    sums[i + 1] = sums[i]! + score;
  });
  const total = sums.at(-1)!;
  return (kept) => {
    const others = sorted.length - kept;
    return kept * others * (sums[kept]! / kept - (total - sums[kept]!) / others) ** 2;
  };
}
