import type { HostTensor, Rng } from '@rddpm/core';
import type { Method } from '@rddpm/core/contracts';
import { configSchema } from '@rddpm/core/schema';
import type { OpenFeatures } from '@rddpm/features';
import * as z from 'zod/mini';
import { concatenated, GRIDS } from './embeddings.ts';
import {
  assertMemory,
  assertRemembered,
  assertSeveral,
  type FeatureModel,
  featureFiles,
  featureMethod,
  featureScorer,
  featureSet,
  openSame,
} from './feature-set.ts';
import { searchOn } from './nearest.ts';
import { passOver } from './passes.ts';

const schema = z.strictObject({
  /** How many memories there are; patches are drawn anew for each. */
  memories: z._default(z.int().check(z.gte(1)), 5),
  /** How many patches a memory holds; all patches, if there are fewer. */
  patches: z._default(z.int().check(z.gte(1)), 2000),
  /** The distance between features: the length of their difference, or 1 minus the cosine of the angle between them. */
  distance: z._default(z.enum(['euclidean', 'cosine']), 'euclidean'),
  /** The tap whose grid patches lie on. */
  grid: z._default(z.enum(GRIDS), 'middle'),
});

export type RandomMemoryConfig = z.output<typeof schema>;

/** @property patches [memories, m, dims]. @property rows [memories, m]: the training image that each patch comes from. */
export type RandomMemory = FeatureModel<{ readonly patches: HostTensor; readonly rows: HostTensor }>;

const NAME = 'random-memory';

/**
 * The distance of a patch's features to the nearest of a random memory of the training images' patches, the mean over several memories. A rare patch is in few of them,
 * so a defect stays far from most: no tuning, no share of defects to guess. It is the score that MeDS begins with, whose memories hold all patches of a tenth of the
 * images; here they hold few patches of all. An image of the training set is scored without its own patches. Memory is that of the model.
 *
 * @throws {ConfigError} at the fit for fewer than two images, and if all remembered patches come from one image.
 * @see MeDS (2026), https://arxiv.org/abs/2605.26676; Vitter (1985), algorithm R, https://doi.org/10.1145/3147.3165
 */
export const randomMemory = (open: OpenFeatures): Method<RandomMemoryConfig, RandomMemory> => ({
  ...featureMethod,
  name: NAME,
  config: configSchema(schema, { name: NAME, affects: (field) => (field === 'distance' ? 'score' : 'fit') }),
  async *fit(training, config, { backend, rng, signal }) {
    assertSeveral(NAME, training);
    const features = await open({ backend });
    try {
      const set = await featureSet(training, features, concatenated(config.grid));
      const [h, w, dims] = set.shape;
      const size = Math.min(config.patches, set.count * h * w);
      assertMemory(NAME, config.memories * size * dims * (4 + 4), {
        what: `${config.memories} memories of ${size} patches of ${dims} numbers`,
        instead: "set 'memories' or 'patches' to fewer",
      });
      const memories = Array.from({ length: config.memories }, (_, b) => randomPatches(size, dims, rng.fork(`memory ${b}`)));
      const whole = yield* passOver(set, { done: 0, steps: set.count, signal }, ({ row, values, valid }) => {
        for (let at = 0; at < h * w; at++) {
          if (valid && !valid[at]) continue;
          for (const { offer } of memories) offer(values.subarray(at * dims, (at + 1) * dims), row);
        }
      });
      if (!whole) return undefined;
      const drawn = memories.map(({ taken }) => taken());
      const rows = joined(drawn.map(({ rows }) => rows));
      assertRemembered(NAME, rows, "'patches' must be more");
      const m = rows.length / config.memories;
      const patches = joined(drawn.map(({ patches }) => patches));
      return {
        features: features.id,
        tensors: {
          patches: { shape: [config.memories, m, dims], data: patches },
          rows: { shape: [config.memories, m], data: rows },
        },
      };
    } finally {
      features.dispose();
    }
  },
  async scorer(model, config, run) {
    const backend = await run.backend();
    const features = await openSame(NAME, open, run, model);
    const { patches, rows } = model.tensors;
    const [memories, m, dims] = patches.shape as [number, number, number];
    const search = searchOn(backend);
    const searches = Array.from({ length: memories }, (_, b) =>
      search({
        patches: { shape: [m, dims], data: asEmbedded(config, patches.data.subarray(b * m * dims, (b + 1) * m * dims), dims) },
        rows: { shape: [m], data: rows.data.subarray(b * m, (b + 1) * m) },
      }),
    );
    const distanceOf = config.distance === 'cosine' ? (squared: number) => squared / 2 : Math.sqrt;
    return featureScorer({
      method: NAME,
      features,
      embed: concatenated(config.grid),
      learnt: { dims },
      async distances(seen, row) {
        const sums = new Float64Array(seen.length / dims);
        let counted = 0;
        const asked = asEmbedded(config, seen, dims);
        for (const { nearest } of searches) {
          const { squared } = await nearest(asked, row);
          if (squared[0] === Number.POSITIVE_INFINITY) continue; // all of this memory is of the image itself
          counted++;
          squared.forEach((value, at) => {
            sums[at]! += distanceOf(value);
          });
        }
        return Float32Array.from(sums, (sum) => sum / counted);
      },
      dispose() {
        for (const { dispose } of searches) dispose();
      },
    });
  },
  files: featureFiles<RandomMemory['tensors']>('random memory', { patches: ['memories', 'm', 'dims'], rows: ['memories', 'm'] }),
});

/** Scales features to length 1 for the cosine distance; features of length 0 stay as they are. */
function asEmbedded({ distance }: RandomMemoryConfig, values: Float32Array, dims: number): Float32Array {
  if (distance === 'euclidean') return values;
  const all = values.slice();
  for (let first = 0; first < all.length; first += dims) {
    const some = all.subarray(first, first + dims);
    const length = Math.hypot(...some);
    if (length > 0) some.set(some.map((value) => value / length));
  }
  return all;
}

/** Reservoir sampling: keeps a fixed number of the patches offered one after the other, so that each subset of that size is equally likely. */
function randomPatches(size: number, dims: number, rng: Rng) {
  const patches = new Float32Array(size * dims);
  const rows = new Float32Array(size);
  let seen = 0;
  return {
    offer(patch: Float32Array, row: number) {
      const at = seen < size ? seen : rng.integer(seen + 1);
      seen++;
      if (at >= size) return;
      patches.set(patch, at * dims);
      rows[at] = row;
    },
    taken() {
      const count = Math.min(seen, size);
      return { patches: patches.subarray(0, count * dims), rows: rows.subarray(0, count) };
    },
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
