import { assertOneOf, assertPositiveInteger, ConfigError } from '@rddpm/core';

export type ReverseTimestepsOptions = {
  /** How many steps the chain undoes. */
  readonly from: number;
  /** How often the network is asked, at most `from` times. */
  readonly evaluations: number;
  /**
   * `'linspace'` begins at `from - 1` and ends at 0; `'trailing'` begins at `from - 1` too, in equal strides; `'leading'` ends at 0 in
   * equal strides of whole steps, and begins below `from - 1`. @defaultValue 'linspace'
   */
  readonly spacing?: Spacing;
  /** Added to each timestep of `'leading'`, diffusers' `steps_offset`. @defaultValue 0 */
  readonly offset?: number;
};

export const SPACINGS = ['linspace', 'leading', 'trailing'] as const;
export type Spacing = (typeof SPACINGS)[number];

/**
 * The timesteps that a reverse chain visits, strictly descending. Each one's `tPrev` is the next, the last one's is -1.
 *
 * @throws {ConfigError} naming the option that is out of range.
 * @see Lin et al. (2023), https://arxiv.org/abs/2305.08891, table 2
 */
export function reverseTimesteps({ from, evaluations, spacing = 'linspace', offset = 0 }: ReverseTimestepsOptions): Int32Array {
  assertPositiveInteger('reverseTimesteps: from', from);
  assertPositiveInteger('reverseTimesteps: evaluations', evaluations);
  if (evaluations > from) {
    throw new ConfigError(`reverseTimesteps: evaluations is ${evaluations}; it must be at most the ${from} steps of the chain`);
  }
  assertOneOf('reverseTimesteps: spacing', spacing, SPACINGS);
  const timestepAt = TIMESTEPS[spacing];
  assertOffset(offset, spacing, from - 1 - timestepAt(0, from, evaluations));
  return Int32Array.from({ length: evaluations }, (_, i) => timestepAt(i, from, evaluations) + offset);
}

const TIMESTEPS: Readonly<Record<Spacing, (i: number, from: number, evaluations: number) => number>> = {
  linspace: (i, from, evaluations) => (i === 0 ? from - 1 : roundHalfToEven((evaluations - 1 - i) * ((from - 1) / (evaluations - 1)))),
  leading: (i, from, evaluations) => (evaluations - 1 - i) * Math.floor(from / evaluations),
  trailing: (i, from, evaluations) => roundHalfToEven(from - i * (from / evaluations)) - 1,
};

function assertOffset(offset: number, spacing: Spacing, most: number): void {
  if (offset === 0) return;
  if (spacing !== 'leading')
    throw new ConfigError(`reverseTimesteps: offset is ${offset}, but spacing is '${spacing}'; only 'leading' has one`);
  if (Number.isInteger(offset) && offset > 0 && offset <= most) return;
  throw new ConfigError(`reverseTimesteps: offset is ${offset}; it must be a whole number from 0 to ${most} to stay within the chain`);
}

/** As numpy rounds, so that chains visit the timesteps that they visit in diffusers. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
