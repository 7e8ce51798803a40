import { ConfigError, type HostTensor, type Rng } from '@rddpm/core';
import type { FitEvent, Method, TrainingSet } from '@rddpm/core/contracts';
import type { OpenFeatures } from '@rddpm/features';
import ndarray from 'ndarray';
import * as z from 'zod/mini';
import { type Concentration, concentratedMethod, concentrationFields, type Family, plainMethod } from './concentration.ts';
import { concatenated, type Embed, GRIDS } from './embeddings.ts';
import { assertMemory, type FeatureModel, featureFiles, featureScorer, featureSet, openSame } from './feature-set.ts';
import {
  addTo,
  asTensors,
  covarianceAt,
  distancesInto,
  fromTensors,
  type GaussianTensors,
  gaussianStatistic,
  gaussiansOf,
  type Moments,
  momentsOf,
  triangle,
} from './gaussians.ts';
import { passOver, type Reading } from './passes.ts';
import { fitPositions, positionSteps } from './positions.ts';
import { channelsOf } from './variation.ts';

const schema = z.strictObject({
  /** The position grid: the tap's whose it is. Of strides 4, 8 and 16 it is 8, which is as good as 4 at a quarter of the cost. */
  grid: z._default(z.enum(GRIDS), 'middle'),
  /** So many channels of the taps', drawn at random. By default all. */
  channels: z.optional(z.int().check(z.gte(1))),
  /** Added to the variances: so many times their mean over channels and positions. */
  ridge: z._default(z.number().check(z.positive()), 3),
});

export type PadimConfig = z.output<typeof schema>;

/** Gaussians of features. @property channels [dims]: those of the taps' that are looked at, by number, rising. */
export type Padim = FeatureModel<GaussianTensors & { readonly channels: HostTensor }>;

/** Features of up to so many bytes are kept in memory; larger sets go through the network again for every band of positions. */
const HELD_BYTES = 2 ** 30;

/**
 * PaDiM: at each position of a network's feature maps, the Mahalanobis distance to a Gaussian of the training images' features there. As published, but for the
 * ridge, which follows the features' scale (0.01 fits one network and lets defects among the training images pass with another), and for the covariance, which is by
 * the number of images: with a relative ridge, that scales all distances alike. Sums are made online: memory is `positions · dims² · 8` bytes, whatever the number of
 * images.
 *
 * @throws {ConfigError} at the fit for more channels than there are, for features that never vary (of one image, say), and where more than 4 GiB would be needed.
 * @see Defard et al. (2021), https://arxiv.org/abs/2011.08785
 */
export const padim = (open: OpenFeatures): Method<PadimConfig, Padim> => plainMethod(familyOf(open));

/**
 * `padim` by the images that agree best at each position: which is not PaDiM any more, and doesn't learn defects. Features of up to 1 GiB are held in memory; beyond,
 * the network looks at the set anew for each band of positions.
 */
export const padimConcentrated = (open: OpenFeatures): Method<PadimConfig & Concentration, Padim> => concentratedMethod(familyOf(open));

const familyOf = (open: OpenFeatures): Family<PadimConfig, Padim> => ({
  name: 'padim',
  config: schema,
  concentrated: z.extend(schema, concentrationFields),
  scoring: [],
  async *fit(training, config, { name, backend, rng, signal, concentration }) {
    const features = await open({ backend });
    try {
      const embed = concatenated(config.grid);
      const all = await featureSet(training, features, embed);
      const channels = drawn(name, all.shape[2], config.channels, rng.fork('channels'));
      const set = await featureSet(training, features, onlyOf(embed, channels));
      const fitted = yield* concentration ? concentratedFit(set, config, concentration, signal) : plainFit(set, config, signal);
      const [h, w, dims] = set.shape;
      const channelsTensor = { shape: [dims], data: Float32Array.from(channels) };
      return fitted && { features: features.id, tensors: { ...asTensors(fitted, [h, w], dims), channels: channelsTensor } };
    } finally {
      features.dispose();
    }
  },
  async scorer(model, { grid }, run) {
    const features = await openSame(run.name, open, run, model);
    const { mean, channels } = model.tensors;
    const [h, w, dims] = mean.shape as [number, number, number];
    const gaussians = fromTensors(model.tensors);
    return featureScorer({
      method: run.name,
      features,
      embed: onlyOf(concatenated(grid), Int32Array.from(channels.data)),
      learnt: { h, w, dims },
      distances(seen) {
        const distances = new Float32Array(h * w);
        distancesInto(distances, seen, gaussians, dims);
        return distances;
      },
    });
  },
  files: featureFiles<Padim['tensors']>('PaDiM', {
    mean: ['h', 'w', 'dims'],
    factor: ['h', 'w', { triangleOf: 'dims' }],
    channels: ['dims'],
  }),
});

/** `count` different numbers below `all`, drawn at random and in rising order; all of them if `count` is undefined. */
function drawn(name: string, all: number, count: number | undefined, rng: Rng): Int32Array {
  if (count === undefined) return Int32Array.from({ length: all }, (_, i) => i);
  if (count > all) throw new ConfigError(`${name}: channels is ${count}; the features have ${all}; it must be at most that`);
  const numbers = Int32Array.from({ length: all }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const other = i + rng.integer(all - i);
    [numbers[i], numbers[other]] = [numbers[other]!, numbers[i]!];
  }
  return numbers.slice(0, count).sort();
}

function onlyOf(embed: Embed, channels: Int32Array): Embed {
  return (maps) => {
    const { shape, data } = embed(maps);
    const [n, h, w, all] = shape as [number, number, number, number];
    const dims = channels.length;
    if (dims === all) return ndarray(data, [n, h, w, all]);
    const some = new Float32Array(n * h * w * dims);
    for (let at = 0; at < n * h * w; at++) for (let k = 0; k < dims; k++) some[at * dims + k] = data[at * all + channels[k]!]!;
    return ndarray(some, [n, h, w, dims]);
  };
}

async function* plainFit(
  set: TrainingSet,
  { ridge }: PadimConfig,
  signal: AbortSignal | undefined,
): AsyncGenerator<FitEvent, Float32Array | undefined> {
  const [h, w, dims] = set.shape;
  assertMemory('padim', h * w * triangle(dims) * (8 + 4 + 4), told(set)); // sums; factors as they are made, and as they are kept
  const moments = momentsOf(h * w, dims);
  const whole = yield* passOver(set, { done: 0, steps: set.count, signal }, ({ values, valid }) => {
    for (let at = 0; at < h * w; at++) if (!valid || valid[at]) addTo(moments, at, values, at * dims);
  });
  return whole ? gaussiansOf(moments, ridge * meanVariance('padim', set, moments)) : undefined;
}

async function* concentratedFit(
  set: TrainingSet,
  { ridge }: PadimConfig,
  concentration: Concentration,
  signal: AbortSignal | undefined,
): AsyncGenerator<FitEvent, Float32Array | undefined> {
  const { count } = set;
  const [h, w, dims] = set.shape;
  const bytes = count * h * w * dims * 4;
  const holds = bytes <= HELD_BYTES;
  assertMemory('padim-concentrated', h * w * triangle(dims) * (4 + 4) + (holds ? bytes : 0), told(set));
  const reading = { done: 0, steps: (holds ? 2 : 1) * count + positionSteps(set, dims), signal };
  const read = holds ? yield* held(set, reading) : set;
  if (!read) return undefined;
  const moments = momentsOf(h * w * dims, 1);
  const whole = yield* passOver(read, reading, ({ values, valid }) => {
    for (let at = 0; at < values.length; at++) if (!valid || valid[Math.floor(at / dims)]) addTo(moments, at, values, at);
  });
  if (!whole) return undefined;
  const statistic = gaussianStatistic(dims, ridge * meanVariance('padim-concentrated', set, moments));
  return yield* fitPositions(read, channelsOf(read), statistic, { concentration, reading });
}

const told = ({ count, shape: [h, w, dims] }: TrainingSet) => ({
  what: `Gaussians of ${dims} channels at ${h}x${w} positions, from ${count} images`,
  instead: "set 'channels' to fewer, or 'grid' to 'coarsest'",
});

/** A variance below this share of the mean square is rounding error of float64. */
const ROUNDING = 1e-13;

/** The mean variance of the features, over the channels and positions that at least one image shows. @throws {ConfigError} if nothing varies. */
function meanVariance(name: string, { count }: TrainingSet, moments: Moments): number {
  const { dims, counts, products } = moments;
  let variances = 0;
  let squares = 0;
  let numbers = 0;
  counts.forEach((seen, place) => {
    if (seen === 0) return;
    const covariance = covarianceAt(moments, place);
    for (let i = 1; i <= dims; i++) {
      variances += covariance[triangle(i) - 1]!;
      squares += products[place * triangle(dims) + triangle(i) - 1]! / seen;
    }
    numbers += dims;
  });
  if (variances > ROUNDING * squares) return variances / numbers;
  const what = count === 1 ? 'the training set has 1 image' : `features of the ${count} training images are the same`;
  throw new ConfigError(`${name}: ${what}; there must be some that differ`);
}

/** Reads the whole set once, and keeps it in memory. */
async function* held(set: TrainingSet, reading: Reading): AsyncGenerator<FitEvent, TrainingSet | undefined> {
  const { count, shape } = set;
  const [h, w, dims] = shape;
  const size = h * w * dims;
  const all = new Float32Array(count * size);
  let valid: Uint8Array | undefined;
  const whole = yield* passOver(set, reading, (image) => {
    all.set(image.values, image.row * size);
    if (!image.valid) return;
    valid ??= new Uint8Array(count * h * w).fill(1);
    valid.set(image.valid, image.row * h * w);
  });
  if (!whole) return undefined;
  return {
    ...set,
    async read(rows) {
      const values = new Float32Array(rows.length * size);
      const some = valid && new Uint8Array(rows.length * h * w);
      rows.forEach((row, i) => {
        values.set(all.subarray(row * size, (row + 1) * size), i * size);
        some?.set(valid!.subarray(row * h * w, (row + 1) * h * w), i * h * w);
      });
      const batch = { values: ndarray(values, [rows.length, ...shape]), range: set.range };
      return some ? { ...batch, valid: ndarray(some, [rows.length, h, w]) } : batch;
    },
  };
}
