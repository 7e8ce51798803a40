import { ConfigError, type HostTensor } from '@rddpm/core';
import type { FitEvent, Method, TrainingSet } from '@rddpm/core/contracts';
import { configSchema } from '@rddpm/core/schema';
import * as z from 'zod/mini';
import { leadingDirections, type Rows } from './gram.ts';
import { EARLIER_RESIDUAL_NAMES, residualFields } from './residual-fields.ts';
import { readRows, type Subspace, subspaceFiles, subspaceScorer } from './subspace.ts';

const schema = z.strictObject({
  /** How many directions images are rebuilt from: the more, the more of a defect that is in the training set. */
  components: z._default(z.int().check(z.minimum(1)), 5),
  ...residualFields('absolute'),
});

export type PcaConfig = z.output<typeof schema>;

/**
 * The distance to what the mean and the leading directions of the training images can rebuild: principal component analysis.
 *
 * Up to 512 images (of 64 x 64 pixels in colour; fewer of larger ones) are decomposed at once. Of more, what was seen is kept as its leading directions, half
 * as many as there are places, and joined with the next ones, so that memory stays flat; what was dropped on the way is lost to the result.
 *
 * `fit` rejects with ConfigError for more components than `images - 1` or than values of an image. Images that are alike have fewer directions than were
 * asked for, down to none: the mean alone.
 *
 * @see Ross et al. (2008), Incremental learning for robust visual tracking, section 3.1, https://doi.org/10.1007/s11263-007-0075-7
 */
export const pca: Method<PcaConfig, Subspace> = pcaOf({ rows: 512, values: 2 ** 24 });

/** @param most What is decomposed at once. */
export function pcaOf(most: { readonly rows: number; readonly values: number }): Method<PcaConfig, Subspace> {
  return {
    name: 'pca',
    role: 'method',
    accepts: ['image'],
    config: configSchema(schema, {
      name: 'pca',
      earlierNames: EARLIER_RESIDUAL_NAMES,
      affects: (field) => (field === 'components' ? 'fit' : 'score'),
    }),
    input: (_, offered) => offered,
    async *fit(training, { components }, { signal }) {
      const [h, w, c] = training.shape;
      const width = h * w * c;
      const available = Math.min(training.count - 1, width);
      if (components > available)
        throw new ConfigError(
          `pca: components is ${components}; ${training.count} image${training.count === 1 ? '' : 's'} of ${width} values vary along ${available} directions at most: ${
            available > 0 ? `it must be 1 to ${available}` : 'there must be more of them'
          }`,
        );
      const places = Math.max(2 * components + 2, Math.min(most.rows, Math.floor(most.values / width)));
      const found = yield* decomposed(training, components, places, signal);
      if (!found) return undefined;
      const shaped = (shape: number[], data: Float64Array): HostTensor => ({ shape, data: Float32Array.from(data) });
      return { origin: shaped([h, w, c], found.mean), directions: shaped([found.directions.count, h, w, c], found.directions.data) };
    },
    scorer: async (model, config) => subspaceScorer(model, config),
    files: subspaceFiles('PCA'),
  };
}

/** Places hold what is kept so far, images, and, where something is kept, what the means differ by. */
async function* decomposed(
  training: TrainingSet,
  components: number,
  places: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<FitEvent, { readonly mean: Float64Array; readonly directions: Rows } | undefined> {
  const { count, shape } = training;
  const width = shape[0] * shape[1] * shape[2];
  const data = new Float64Array(Math.min(places, count) * width);
  const mean = new Float64Array(width);
  let directions: Rows = { count: 0, width, data };
  let seen = 0;
  while (seen < count) {
    const kept = directions.count;
    const taken = Math.min(places - kept - (seen > 0 ? 1 : 0), count - seen);
    const order = Int32Array.from({ length: taken }, (_, i) => seen + i);
    const block = data.subarray(kept * width);
    for await (const { values, done } of readRows(training, order)) {
      block.set(values, done * width - values.length);
      if (signal?.aborted) return undefined;
      yield { kind: 'progress', step: seen + done, steps: count, measures: {} };
    }
    const shift = centre(block, taken, width, mean);
    const all = seen + taken;
    for (let j = 0; j < width; j++) {
      if (seen > 0) block[taken * width + j] = Math.sqrt((seen * taken) / all) * shift[j]!;
      mean[j]! += (taken / all) * shift[j]!;
    }
    const rows = kept + taken + (seen > 0 ? 1 : 0);
    const found = leadingDirections({ count: rows, width, data }, all < count ? Math.floor(places / 2) : components);
    directions = found.directions;
    if (all < count)
      for (let at = 0; at < directions.count * width; at++) data[at] = directions.data[at]! * found.values[Math.floor(at / width)]!;
    seen = all;
  }
  return { mean, directions };
}

/** Subtracts the rows' own mean; how far that is from `mean`. */
function centre(rows: Float64Array, count: number, width: number, mean: Float64Array): Float64Array {
  const own = new Float64Array(width);
  for (let at = 0; at < count * width; at++) own[at % width]! += rows[at]! / count;
  for (let at = 0; at < count * width; at++) rows[at]! -= own[at % width]!;
  return own.map((value, j) => value - mean[j]!);
}
