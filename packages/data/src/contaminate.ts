import { ConfigError, type Rng } from '@rddpm/core';
import type { Sample } from '@rddpm/core/contracts';

export type ContaminateOptions = {
  /** How many defective images to add, relative to `of`. At least 0; below 1 when `of` is 'total'. */
  readonly ratio: number;
  /** 'normals': `ratio` × the good training images (0.2 of 209 is 42). 'total': so that `ratio` of the whole training set is defective. @defaultValue 'normals' */
  readonly of?: 'normals' | 'total';
  /** Whether the images that are moved also stay in the test set. @defaultValue false */
  readonly overlap?: boolean;
  readonly rng: Rng;
  /** What `rng` was made from, for the manifest. */
  readonly seed?: number | string;
};

/** What was moved: enough to check a result, or to repeat it. */
export type ContaminationManifest = {
  readonly seed: number | string | null;
  readonly ratio: number;
  readonly of: 'normals' | 'total';
  readonly overlap: boolean;
  /** Training images that are not known to be defective. */
  readonly normals: number;
  /** Paths of the defective images that are now in training, sorted. */
  readonly contaminants: readonly string[];
  /** Defective test images that there were to choose from. */
  readonly available: number;
};

/**
 * Puts defective test images among the training images, drawn without replacement: what training meets when nobody has sorted it.
 *
 * The number is `ratio · normals`, or `ratio / (1 − ratio) · normals` with `of: 'total'`, rounded to the nearest (halves up). The same
 * generator and data set give nested choices: what 10 % adds is among what 20 % adds. Without `overlap` a high ratio may leave
 * the test set without defects; the manifest's `available` tells.
 *
 * @returns The samples in their order, less those that left the test set, then the contaminants: the same sample with
 * `split: 'train'` and `contaminant: true`.
 * @throws {ConfigError} if there are fewer defective images than the ratio asks for, or the ratio is out of range.
 */
export function contaminate<S extends Sample>(
  samples: readonly S[],
  options: ContaminateOptions,
): { samples: S[]; manifest: ContaminationManifest } {
  const { ratio, of = 'normals', overlap = false, rng, seed = null } = options;
  const limit = of === 'total' ? 1 : Number.POSITIVE_INFINITY;
  if (!(ratio >= 0 && ratio < limit)) {
    throw new ConfigError(`contaminate: ratio is ${ratio}; of ${of} it must be at least 0${of === 'total' ? ' and below 1' : ''}`);
  }
  const normals = samples.filter(({ split, anomalous }) => split === 'train' && !anomalous).length;
  const defective = samples.filter(({ split, anomalous }) => split === 'test' && anomalous);
  const count = Math.round((of === 'total' ? ratio / (1 - ratio) : ratio) * normals);
  if (count > defective.length) {
    throw new ConfigError(
      `contaminate: ratio ${ratio} of ${of} asks for ${count} defective images beside ${normals} normals, ` +
        `but the test set has ${defective.length}; the largest possible ratio is ${largestRatio(defective.length, normals, of)}`,
    );
  }

  const chosen = new Set(shuffled(defective, rng).slice(0, count));
  const contaminants = defective.filter((sample) => chosen.has(sample));
  const kept = overlap ? samples : samples.filter((sample) => !chosen.has(sample));
  return {
    samples: [...kept, ...contaminants.map((sample) => ({ ...sample, split: 'train' as const, contaminant: true as const }))],
    manifest: { seed, ratio, of, overlap, normals, contaminants: contaminants.map(({ path }) => path).sort(), available: defective.length },
  };
}

/** Rounded down, so that the number in the message works when it is typed. */
function largestRatio(available: number, normals: number, of: 'normals' | 'total'): number {
  const exact = of === 'total' ? available / (available + normals) : available / normals;
  return Math.floor(exact * 1000) / 1000;
}

function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
