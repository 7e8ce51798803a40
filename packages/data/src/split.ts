import { assertPositiveInteger, ConfigError, type Rng } from '@rddpm/core';
import type { Sample } from '@rddpm/core/contracts';
import { naturalOrder } from './natural-order.ts';
import { shuffled } from './shuffled.ts';

export const DEFAULT_FOLDS = 5;

export type SplitSamplesOptions = {
  /** How many parts the data set is dealt into, at least 2. @defaultValue 5 */
  readonly folds?: number;
  /** The part that is for tests, from 0 to `folds` − 1. @defaultValue 0 */
  readonly fold?: number;
  /** Equal generators deal equally, whatever `fold` is, so that each image is for tests in exactly one fold. */
  readonly rng: Rng;
};

/** What split a data set that has no split of its own: `splitSamples`, or a published list, by its name. */
export type SplitProtocol = { readonly folds: number; readonly fold: number } | { readonly list: string };

/**
 * Splits samples that have no split. Those that have one keep it.
 *
 * Where nobody knows of any image whether it is defective, all are for training. Where there are groups, whole groups are dealt to the folds, an image
 * without one being its own: those of the fold are for tests, and of the others the images that aren't known to be defective for training. The
 * defective ones are left without a split, for `contaminate` to take. Without groups only normal images are dealt, and all defective ones are for
 * tests; images of which nobody knows are for training.
 *
 * Groups, or images, are dealt one by one, in an order that the generator decides, so that folds differ by one at most.
 *
 * @returns The samples in their order, and how they were split, for the manifest: null if nothing was dealt.
 * @throws {ConfigError} if `folds` or `fold` is out of range, or there is less to deal than folds.
 */
export function splitSamples<S extends Sample>(
  samples: readonly S[],
  options: SplitSamplesOptions,
): { samples: S[]; split: SplitProtocol | null } {
  const { folds = DEFAULT_FOLDS, fold = 0, rng } = options;
  assertPositiveInteger('splitSamples: folds', folds);
  if (folds < 2) throw new ConfigError(`splitSamples: folds is ${folds}; it must be at least 2, one for tests and the others for training`);
  if (!(Number.isSafeInteger(fold) && fold >= 0 && fold < folds)) {
    throw new ConfigError(`splitSamples: fold is ${fold}; of ${folds} folds it must be a whole number from 0 to ${folds - 1}`);
  }
  const open = samples.filter(({ split }) => split === undefined);
  if (open.every(({ anomalous }) => anomalous === undefined)) {
    return { samples: samples.map((sample) => ({ ...sample, split: sample.split ?? 'train' })), split: null };
  }

  const grouped = open.some(({ group }) => group !== undefined);
  const groupOf = ({ group, path }: S) => (group === undefined ? `image ${path}` : `group ${group}`);
  const dealt = new Set((grouped ? open : open.filter(({ anomalous }) => anomalous === false)).map(groupOf));
  if (dealt.size < folds) {
    const what = grouped ? 'groups' : 'normal images';
    throw new ConfigError(`splitSamples: folds is ${folds}; it must be at most the number of ${what}, of which there are ${dealt.size}`);
  }
  const order = shuffled([...dealt].sort(naturalOrder), rng);
  const tested = new Set(order.filter((_, place) => place % folds === fold));
  const splitOf = (sample: S): Sample['split'] => {
    if (tested.has(groupOf(sample))) return 'test';
    if (!sample.anomalous) return 'train';
    return grouped ? undefined : 'test';
  };
  const split = (sample: S) => {
    const found = sample.split ?? splitOf(sample);
    return found === undefined ? sample : { ...sample, split: found };
  };
  return { samples: samples.map(split), split: { folds, fold } };
}
