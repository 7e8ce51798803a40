/** A memory of the training images' patches, as PatchCore and the methods that build on it keep one. */
import type { Backend, HostTensor, Rng } from '@rddpm/core';
import type { FitEvent, FitRun, ScoreRun, Scorer, TrainingSet } from '@rddpm/core/contracts';
import type { OpenFeatures } from '@rddpm/features';
import { matMul, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import * as z from 'zod/mini';
import { greedyCoreset } from './coreset.ts';
import { type Embed, neighbourhoods } from './embeddings.ts';
import { assertMemory, assertRemembered, assertSeveral, type FeatureModel, featureScorer, featureSet, openSame } from './feature-set.ts';
import { type Memory, searchOn } from './nearest.ts';
import { passOver, type Reading } from './passes.ts';

/** The fields that configs of these methods share. */
export const coresetFields = {
  /** How many taps are used, the coarsest ones: 2 of the strides 4, 8 and 16 are 8 and 16. */
  taps: z._default(z.int().check(z.gte(1)), 2),
  /** How many numbers describe a patch. */
  dims: z._default(z.int().check(z.gte(1)), 1024),
  /** The share of patches that is remembered. The times to fit and to score grow with it; the published share is 0.1. */
  share: z._default(z.number().check(z.positive(), z.lte(1)), 0.01),
};

type Config = { readonly taps: number; readonly dims: number; readonly share: number };

const embeddingOf = ({ taps, dims }: Config): Embed => neighbourhoods({ taps, dims });

/** The dimensions of the random projection in which patches are picked. */
const PROJECTED = 128;

/** Patches of all images. @property points [images · positions, dims] @property valid [images · positions] */
export type Patches = { readonly points: Float32Array; readonly dims: number; readonly positions: number; readonly valid: Uint8Array };

/** How far patches are trusted. @property among [n]: 0 for patches that may not be remembered, else 1. @property weights [n]: a patch's distances are multiplied by it. */
export type Judgement = { readonly among: Uint8Array; readonly weights: Float32Array };

/** What is remembered. @property weights [m]: as they were judged. */
export type Remembered = FeatureModel<Memory & { readonly weights: HostTensor }>;

export type CoresetFit<C> = {
  readonly name: string;
  readonly open: OpenFeatures;
  /** Judges the valid patches. @returns Entries of patches that aren't valid may hold anything. */
  readonly judge: (patches: Patches, config: C) => Judgement;
};

/**
 * Reads the set twice; between the two passes, 128 numbers of each patch are kept.
 *
 * @throws {ConfigError} for fewer than two images, if all remembered patches come from one image, and if more than 4 GiB would be needed.
 */
export async function* fitCoreset<C extends Config>(
  training: TrainingSet,
  config: C,
  { backend, rng, signal }: FitRun,
  { name, open, judge }: CoresetFit<C>,
): AsyncGenerator<FitEvent, Remembered | undefined> {
  assertSeveral(name, training);
  const features = await open({ backend });
  try {
    const set = await featureSet(training, features, embeddingOf(config));
    const { count, shape } = set;
    const positions = shape[0] * shape[1];
    const size = Math.max(1, Math.floor(config.share * count * positions + 1e-9));
    const projectedDims = Math.min(config.dims, PROJECTED);
    assertMemory(name, count * positions * 4 * (projectedDims + 4) + size * config.dims * (4 + 4), {
      what: `${projectedDims} numbers of each of ${positions} patches of ${count} images, and ${size} patches of ${config.dims}`,
      instead: "set 'share' or 'dims' to less, or 'taps' to fewer",
    });
    const reading = { done: 0, steps: 2 * count + size, signal };

    const patches = yield* allPatches(set, { dims: projectedDims, backend: await backend(), rng: rng.fork('projection'), reading });
    if (!patches) return undefined;
    const { among, weights } = judge(patches, config);
    const picking = greedyCoreset(patches.points, { dims: projectedDims, size, rng: rng.fork('coreset'), among });
    let picked = picking.next();
    for (; !picked.done; picked = picking.next()) {
      if (picked.value % 64 > 0) continue;
      if (signal?.aborted) return undefined;
      yield { kind: 'progress', step: count + picked.value, steps: reading.steps, measures: {} };
    }
    const picks = picked.value.sort();
    const rows = Float32Array.from(picks, (pick) => Math.floor(pick / positions));
    assertRemembered(name, rows, "'share' must be more");

    const kept = new Float32Array(picks.length * config.dims);
    const looked = Int32Array.from(new Set(rows));
    reading.done = reading.steps - looked.length;
    let at = 0;
    const whole = yield* passOver(
      set,
      reading,
      ({ row, values }) => {
        for (; rows[at] === row; at++) {
          const from = (picks[at]! % positions) * config.dims;
          kept.set(values.subarray(from, from + config.dims), at * config.dims);
        }
      },
      looked,
    );
    if (!whole) return undefined;
    const m = picks.length;
    return {
      features: features.id,
      tensors: {
        patches: { shape: [m, config.dims], data: kept },
        rows: { shape: [m], data: rows },
        weights: { shape: [m], data: Float32Array.from(picks, (pick) => weights[pick]!) },
      },
    };
  } finally {
    features.dispose();
  }
}

/** The squared distance of each patch to the nearest remembered one, times the weight of that. An image of the training set is scored without its own patches. */
export async function coresetScorer(name: string, open: OpenFeatures, model: Remembered, config: Config, run: ScoreRun): Promise<Scorer> {
  const backend = await run.backend();
  const features = await openSame(name, open, run, model);
  const { weights } = model.tensors;
  const { nearest, dispose } = searchOn(backend)(model.tensors);
  return featureScorer({
    method: name,
    features,
    embed: embeddingOf(config),
    learnt: { dims: model.tensors.patches.shape[1]! },
    async distances(seen, row) {
      const { at, squared } = await nearest(seen, row);
      return Float32Array.from(squared, (value, i) => value * weights.data[at[i]!]!);
    },
    dispose,
  });
}

async function* allPatches(
  set: TrainingSet,
  { dims, backend, rng, reading }: { readonly dims: number; readonly backend: Backend; readonly rng: Rng; readonly reading: Reading },
): AsyncGenerator<FitEvent, Patches | undefined> {
  const { set: read, dispose } = projected(set, dims, backend, rng);
  const positions = set.shape[0] * set.shape[1];
  const points = new Float32Array(set.count * positions * dims);
  const valid = new Uint8Array(set.count * positions).fill(1);
  try {
    const whole = yield* passOver(read, reading, (image) => {
      points.set(image.values, image.row * positions * dims);
      if (image.valid) valid.set(image.valid, image.row * positions);
    });
    return whole ? { points, dims, positions, valid } : undefined;
  } finally {
    dispose();
  }
}

/** A random projection of the points to fewer dimensions, which keeps distances to about a tenth. A set that has no more dimensions is returned as it is. */
function projected(set: TrainingSet, dims: number, backend: Backend, rng: Rng): { readonly set: TrainingSet; dispose(): void } {
  const [h, w, all] = set.shape;
  if (dims === all) return { set, dispose() {} };
  const directions = tensor2d(
    rng.normal(new Float32Array(all * dims)).map((value) => value / Math.sqrt(dims)),
    [all, dims],
  );
  const project = backend.compile(({ patches, directions }: { patches: Tensor2D; directions: Tensor2D }) => matMul(patches, directions));
  return {
    set: {
      ...set,
      shape: [h, w, dims],
      async read(rows) {
        const batch = await set.read(rows);
        const values = new Float32Array(rows.length * h * w * dims);
        for (let i = 0; i < rows.length; i++) {
          const patches = tensor2d(batch.values.data.subarray(i * h * w * all, (i + 1) * h * w * all), [h * w, all]);
          const found = await project({ patches, directions });
          values.set(await found.data<'float32'>(), i * h * w * dims);
          patches.dispose();
          found.dispose();
        }
        return { ...batch, values: ndarray(values, [rows.length, h, w, dims]) };
      },
    },
    dispose: () => directions.dispose(),
  };
}
