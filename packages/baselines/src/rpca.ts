import { ConfigError, FormatError, type HostTensor, type Rng } from '@rddpm/core';
import type { FitEvent, Method, RatedRows, TrainingSet } from '@rddpm/core/contracts';
import { configSchema } from '@rddpm/core/schema';
import { cutoffOf } from '@rddpm/maps';
import * as z from 'zod/mini';
import { combined, leadingDirections, type Rows } from './gram.ts';
import { type Decomposition, EXACT_TOLERANCE, exactDecomposition, STABLE_TOLERANCE, stableDecomposition } from './low-rank.ts';
import { learnOnline, sparseParts } from './online-rpca.ts';
import { EARLIER_RESIDUAL_NAMES, residualFields } from './residual-fields.ts';
import { readRows, type Subspace, subspaceFiles, subspaceScorer } from './subspace.ts';

const positive = z.number().check(z.positive());

const schema = z.strictObject({
  /**
   * 'ialm' finds a low-rank and a sparse part that make the images exactly, 'stable' up to noise of the deviation `noise`; both hold all images in
   * memory. 'online' holds one at a time, and reads them once in every epoch, then once more.
   */
  solver: z._default(z.enum(['ialm', 'stable', 'online']), 'ialm'),
  /** How many leading directions of the low-rank part images are rebuilt from; of 'online', its rank. */
  directions: z._default(z.int().check(z.minimum(1)), 5),
  /** What a value of the sparse part costs; of 'online', also a direction's square. Null is 1/sqrt(the larger of images and values of an image). */
  lambda: z._default(z.nullable(positive), null),
  /** Of 'stable': the deviation of the noise, in [0, 1]. Null is what the leading directions leave, by its median. */
  noise: z._default(z.nullable(positive), null),
  /** Of 'online': how often it goes through the images. */
  epochs: z._default(z.int().check(z.minimum(1)), 5),
  /** Images are suspects whose sparse part is larger than the median's by so many deviations. */
  deviations: z._default(positive, 3),
  ...residualFields('absolute'),
});

export type RpcaConfig = z.output<typeof schema>;

/** Float64, four times: two gigabytes. */
const MOST_IN_MEMORY = 2 ** 26;

/**
 * Robust principal component analysis: the training images are taken apart into a matrix of low rank, an image a row, and a sparse one, which is where
 * the defects among them go. Images are rebuilt from the leading directions of the first; suspects are those with most in the second, by its mean size.
 *
 * `fit` rejects with ConfigError for more directions than images or values of an image, or more images than fit in memory for the solver; with FormatError
 * for images that are all black, or of which nothing is of low rank, as with a small `lambda`.
 *
 * @see Candès et al. (2011), https://arxiv.org/abs/0912.3599; solvers in low-rank.ts and online-rpca.ts
 */
export const rpca: Method<RpcaConfig, Subspace> = {
  name: 'rpca',
  role: 'method',
  accepts: ['image'],
  config: configSchema(schema, {
    name: 'rpca',
    earlierNames: EARLIER_RESIDUAL_NAMES,
    affects: (field) => (['error', 'channelReduction'].includes(field) ? 'score' : 'fit'),
  }),
  input: (_, offered) => offered,
  async *fit(training, config, { rng, signal }) {
    const [h, w, c] = training.shape;
    const width = h * w * c;
    const most = Math.min(training.count, width);
    if (config.directions > most)
      throw new ConfigError(
        `rpca: directions is ${config.directions}; of ${training.count} images of ${width} values it must be 1 to ${most}`,
      );
    const lambda = config.lambda ?? 1 / Math.sqrt(Math.max(training.count, width));
    const fitted = yield* config.solver === 'online'
      ? online(training, config, lambda, rng, signal)
      : inMemory(training, config, config.solver, lambda, signal);
    if (!fitted) return undefined;
    const { directions, sizes, places } = fitted;
    if (directions.count === 0)
      throw new FormatError(
        `rpca: nothing of the ${training.count} training images is of low rank with lambda ${lambda}; there must be more of them, or a larger lambda`,
      );
    yield suspectsOf(sizes, places, config.deviations, training.shape);
    const origin: HostTensor = { shape: [h, w, c], data: new Float32Array(width) };
    return { origin, directions: { shape: [directions.count, h, w, c], data: Float32Array.from(directions.data) } };
  },
  scorer: async (model, config) => subspaceScorer(model, config),
  files: subspaceFiles('RPCA'),
};

/** @property sizes By image, the mean size of its sparse part. @property places By image, where that is largest: a pixel's number. */
type Fitted = { readonly directions: Rows; readonly sizes: Float64Array; readonly places: Int32Array };

async function* inMemory(
  training: TrainingSet,
  config: RpcaConfig,
  solver: 'ialm' | 'stable',
  lambda: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<FitEvent, Fitted | undefined> {
  const { count, shape } = training;
  const width = shape[0] * shape[1] * shape[2];
  if (count * width > MOST_IN_MEMORY)
    throw new ConfigError(
      `rpca: ${count} images of ${width} values are more than solver '${solver}' takes: ${Math.floor(MOST_IN_MEMORY / width)} at most, or smaller ones; solver 'online' takes any number`,
    );
  const rows: Rows = { count, width, data: new Float64Array(count * width) };
  for await (const { values, done } of readRows(training)) {
    rows.data.set(values, done * width - values.length);
    if (signal?.aborted) return undefined;
  }
  if (rows.data.every((value) => value === 0)) throw new FormatError('rpca: all training images are black; they must show something');
  const solving =
    solver === 'ialm'
      ? exactDecomposition(rows, lambda)
      : stableDecomposition(rows, lambda, config.noise ?? noiseOf(rows, config.directions));
  const found = yield* iterations(solving, solver === 'ialm' ? EXACT_TOLERANCE : STABLE_TOLERANCE, signal);
  if (!found) return undefined;
  const sizes = new Float64Array(count);
  const places = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    [sizes[i], places[i]] = sizeOf(found.sparse.data.subarray(i * width, (i + 1) * width), shape[2]);
  }
  return { directions: leadingDirections(found.lowRank, config.directions).directions, sizes, places };
}

/** Progress in hundredths of the digits that the residual has to lose. */
async function* iterations(
  solving: Generator<{ readonly residual: number; readonly rank: number }, Decomposition>,
  tolerance: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<FitEvent, Decomposition | undefined> {
  let step = 0;
  while (true) {
    const { done, value } = solving.next();
    if (done) return value;
    const share = Math.log(Math.max(value.residual, tolerance)) / Math.log(tolerance);
    step = Math.max(step, Math.floor(100 * share));
    yield { kind: 'progress', step, steps: 100, measures: value };
    if (signal?.aborted) return undefined;
  }
}

async function* online(
  training: TrainingSet,
  config: RpcaConfig,
  lambda: number,
  rng: Rng,
  signal: AbortSignal | undefined,
): AsyncGenerator<FitEvent, Fitted | undefined> {
  const { count, shape } = training;
  const steps = (config.epochs + 1) * count;
  const basis = yield* learnOnline(training, { rank: config.directions, lambda, epochs: config.epochs }, { rng, steps, signal });
  if (!basis) return undefined;
  const sizes = new Float64Array(count);
  const places = new Int32Array(count);
  for await (const { rows, values, done } of readRows(training)) {
    sparseParts(basis, values, lambda).forEach((sparse, i) => {
      [sizes[rows[i]!], places[rows[i]!]] = sizeOf(sparse, shape[2]);
    });
    if (signal?.aborted) return undefined;
    yield { kind: 'progress', step: config.epochs * count + done, steps, measures: {} };
  }
  return { directions: leadingDirections(basis, config.directions).directions, sizes, places };
}

/** The mean size of what is sparse in an image, and the pixel that has most of it. */
function sizeOf(sparse: Float64Array, channels: number): [mean: number, pixel: number] {
  let sum = 0;
  let most = -1;
  let place = 0;
  for (let pixel = 0; pixel < sparse.length / channels; pixel++) {
    let here = 0;
    for (let k = 0; k < channels; k++) here += Math.abs(sparse[pixel * channels + k]!);
    sum += here;
    if (here > most) [most, place] = [here, pixel];
  }
  return [sum / sparse.length, place];
}

function suspectsOf(
  scores: Float64Array,
  places: Int32Array,
  deviations: number,
  [, width]: TrainingSet['shape'],
): { readonly kind: 'suspects' } & RatedRows {
  const cutoff = cutoffOf(scores, 'mad', { deviations });
  return {
    kind: 'suspects',
    scores,
    kept: Uint8Array.from(scores, (score) => (score <= cutoff ? 1 : 0)),
    cutoff,
    rule: `median + ${deviations} deviations (MAD)`,
    places: { x: places.map((pixel) => pixel % width), y: places.map((pixel) => Math.floor(pixel / width)) },
  };
}

const MAD_TO_DEVIATION = 1.4826; // 1 / Φ⁻¹(3/4): of a normal distribution
const LOOKED_AT = 2 ** 16;

/** The deviation of what the leading directions leave of rows, by the median of its size over evenly spread values. */
function noiseOf(rows: Rows, most: number): number {
  const { directions } = leadingDirections(rows, most);
  const { width, data } = rows;
  const along = new Float64Array(rows.count * directions.count);
  for (let i = 0; i < rows.count; i++)
    for (let k = 0; k < directions.count; k++)
      for (let j = 0; j < width; j++) along[i * directions.count + k]! += data[i * width + j]! * directions.data[k * width + j]!;
  const rebuilt = combined({ count: rows.count, width: directions.count, data: along }, directions);
  const size = rows.count * width;
  const step = Math.max(1, Math.floor(size / LOOKED_AT));
  const left = Float64Array.from({ length: Math.ceil(size / step) }, (_, i) => Math.abs(data[i * step]! - rebuilt.data[i * step]!)).sort();
  return MAD_TO_DEVIATION * left[Math.floor(left.length / 2)]!;
}
