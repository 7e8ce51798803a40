import { ConfigError, type HostTensor } from '@rddpm/core';
import type { FitEvent, TrainingSet } from '@rddpm/core/contracts';
import { cutoffOf, rowMajor, spreadRows } from '@rddpm/maps';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import ndarray from 'ndarray';
import * as z from 'zod/mini';
import { type Concentration, concentratedMethod, concentrationFields, type Family, plainMethod } from './concentration.ts';
import {
  addTo,
  asTensors,
  covarianceAt,
  distancesInto,
  fromTensors,
  type GaussianTensors,
  gaussianSize,
  gaussianStatistic,
  gaussiansOf,
  logScale,
  type Moments,
  momentsOf,
  pooled,
  squaredDistance,
  together,
  triangle,
} from './gaussians.ts';
import { allRows, passOver, type Reading } from './passes.ts';
import { type Projection, patchFeatures, patchReader, principalComponents, symmetricMatrix } from './patches.ts';
import { assertShown } from './pictures.ts';
import { type Features, fitPositions, positionSteps } from './positions.ts';
import { tensorFiles } from './tensor-files.ts';

const schema = z.strictObject({
  /** Width and height of a patch in pixels: odd, as a pixel is its middle. */
  patch: z._default(
    z.int().check(
      z.gte(1),
      z.refine((patch) => patch % 2 === 1, 'it must be odd: a pixel is the middle of its patch'),
    ),
    3,
  ),
  /** Principal components of patches that are kept. */
  components: z._default(z.int().check(z.gte(1)), 8),
  /** Added to the variances, on images in [0, 1]. */
  ridge: z._default(z.number().check(z.positive()), 1e-3),
  /** A Gaussian for each pixel, where parts lie still; or one for all, of textures. Which, 'auto' decides by which predicts images better that it hasn't seen. */
  position: z._default(z.enum(['auto', 'per-pixel', 'global']), 'auto'),
});

export type PatchGaussianConfig = z.output<typeof schema>;

/** Gaussians of what is left of patches. @see GaussianTensors, Projection */
export type PatchGaussian = GaussianTensors & Projection;

/** Of pixels, so many are one in the covariance that components come from; each row begins at another. */
const EVERY = 7;
/** At most so many held-out images decide about the position. */
const MOST_HELD = 64;
/** Of the normal distribution: were both equally good, one in a hundred sets would have so many more votes for one of them. */
const SIGNIFICANT = 2.33;

const family: Family<PatchGaussianConfig, PatchGaussian> = {
  name: 'patch-gaussian',
  config: schema,
  concentrated: z.extend(schema, concentrationFields),
  scoring: [],
  assertInput({ patch, components }, { width, height, channels }) {
    const numbers = patch * patch * channels;
    if (components > numbers) {
      throw new ConfigError(
        `patch-gaussian: components is ${components}; patches of ${patch}x${patch} pixels of ${channels} channels have ${numbers} numbers; it must be at most that`,
      );
    }
    const most = 2 * Math.min(width, height) - 1;
    if (patch > most)
      throw new ConfigError(`patch-gaussian: patch is ${patch}; of pictures of ${width}x${height} it must be at most ${most}`);
  },
  async *fit(training, config, { signal, concentration }) {
    const { count, shape } = training;
    const { components: dims, ridge, position: asked } = config;
    const [h, w] = shape;
    const held = asked === 'auto' ? spreadRows(allRows(training).filter(isHeld), MOST_HELD) : new Int32Array(0);
    const summed = !concentration || asked !== 'per-pixel';
    const banded = concentration && asked !== 'global';
    const steps = count + (summed ? count : 0) + held.length + (banded ? positionSteps(training, dims) : 0);
    const reading = { done: 0, steps, signal };

    const projection = yield* fitProjection(training, config, reading);
    if (!projection) return undefined;
    const features = patchFeatures(shape, projection);
    const perPixel = (gaussians: Float32Array) => ({ ...asTensors(gaussians, [h, w], dims), ...projection });
    const sums = summed ? yield* sumsOf(training, features, { position: asked, reading }) : undefined;
    if (sums) {
      const position = asked === 'auto' ? yield* betterPosition(training, features, { ...config, sums, held, reading }) : asked;
      if (signal?.aborted) return undefined;
      if (position === 'global') {
        const rows = concentration ? concentratedRows(sums.images, ridge, concentration) : allRows(training);
        return { ...asTensors(gaussiansOf(pooled(sums.images, rows), ridge), [1, 1], dims), ...projection };
      }
      if (!concentration) return perPixel(gaussiansOf(together(sums.fitted, sums.held), ridge));
    }
    const gaussians = yield* fitPositions(training, features, gaussianStatistic(dims, ridge), { concentration, reading });
    return gaussians && perPixel(gaussians);
  },
  scorer(model, _config, { name }) {
    const [rows, columns, dims] = model.mean.shape as [number, number, number];
    const global = isGlobal(model);
    const channels = model.centre.shape[2]!;
    const gaussians = fromTensors(model);
    return {
      async score({ values }) {
        assertShown(name, values, global ? [...values.shape.slice(1, 3), channels] : [rows, columns, channels]);
        const [n, h, w] = values.shape as [number, number, number];
        const features = patchFeatures([h, w, channels], model);
        const pixels = rowMajor(values);
        const maps = new Float32Array(n * h * w);
        const read = new Float32Array(h * w * dims);
        for (let i = 0; i < n; i++) {
          features.read(pixels.subarray(i * h * w * channels, (i + 1) * h * w * channels), 0, h, read);
          distancesInto(maps.subarray(i * h * w, (i + 1) * h * w), read, gaussians, dims);
        }
        return { maps: ndarray(maps, [n, h, w]) };
      },
      dispose() {},
    };
  },
  files: tensorFiles<PatchGaussian>('patch Gaussian', {
    mean: ['h', 'w', 'components'],
    factor: ['h', 'w', { triangleOf: 'components' }],
    components: ['components', 'patch', 'patch', 'c'],
    centre: ['patch', 'patch', 'c'],
  }),
  facts: (model) => ({ position: isGlobal(model) ? 'global' : 'per-pixel' }),
};

const isGlobal = ({ mean }: { readonly mean: HostTensor }) => mean.shape[0] === 1 && mean.shape[1] === 1;

/** Every second row: those that have no part in what predicts them. */
const isHeld = (row: number) => row % 2 === 1;

async function* fitProjection(
  training: TrainingSet,
  { patch: side, components }: PatchGaussianConfig,
  reading: Reading,
): AsyncGenerator<FitEvent, Projection | undefined> {
  const [h, w, c] = training.shape;
  const moments = momentsOf(1, side * side * c);
  const readPatch = patchReader(training.shape, side);
  const patch = new Float64Array(moments.dims);
  const whole = yield* passOver(training, reading, ({ row, values, valid }) => {
    for (let at = row % EVERY; at < h * w; at += EVERY) {
      if (valid && !valid[at]) continue;
      readPatch(values, Math.floor(at / w), at % w, patch);
      addTo(moments, 0, patch, 0);
    }
  });
  return whole ? principalComponents(moments, components, [side, c]) : undefined;
}

/** @property fitted By pixel, of the rows that aren't held out. @property held By pixel, of the others. @property images By image. */
type Sums = { readonly fitted: Moments; readonly held: Moments; readonly images: Moments };

/** What Gaussians are made of; nothing is summed that this position doesn't need. */
async function* sumsOf(
  training: TrainingSet,
  features: Features,
  { position, reading }: { readonly position: PatchGaussianConfig['position']; readonly reading: Reading },
): AsyncGenerator<FitEvent, Sums | undefined> {
  const { dims } = features;
  const [h, w] = training.shape;
  const byPixel = position !== 'global';
  const byImage = position !== 'per-pixel';
  const sums = {
    fitted: momentsOf(byPixel ? h * w : 0, dims),
    held: momentsOf(byPixel ? h * w : 0, dims),
    images: momentsOf(byImage ? training.count : 0, dims),
  };
  const read = new Float32Array(h * w * dims);
  const whole = yield* passOver(training, reading, ({ row, values, valid }) => {
    features.read(values, 0, h, read);
    const pixels = isHeld(row) ? sums.held : sums.fitted;
    for (let at = 0; at < h * w; at++) {
      if (valid && !valid[at]) continue;
      if (byPixel) addTo(pixels, at, read, at * dims);
      if (byImage) addTo(sums.images, row, read, at * dims);
    }
  });
  return whole ? sums : undefined;
}

/**
 * Whether Gaussians by pixel or the global one give held-out images the higher likelihood, both fitted to the other half of the training set. By pixel it is only
 * where significantly more than half of the images say so (a sign test at 1 %): where both are about as likely, the global one, of fewer numbers, is the safer. Defective images have a vote each, and no
 * more. Patches that reach beyond an edge have no say: mirror images are the same wherever the edge is, which is nothing that parts or textures do. Of one image,
 * which leaves nothing to hold out, it is the global one.
 */
async function* betterPosition(
  training: TrainingSet,
  { dims, read: readFeatures }: Features,
  options: { readonly sums: Sums; readonly held: Int32Array; readonly patch: number; readonly ridge: number; readonly reading: Reading },
): AsyncGenerator<FitEvent, 'per-pixel' | 'global'> {
  const { sums, held, patch, ridge, reading } = options;
  const [h, w] = training.shape;
  const edge = (patch - 1) / 2;
  const size = gaussianSize(dims);
  const byPixel = gaussiansOf(sums.fitted, ridge);
  const fittedRows = allRows(training).filter((row) => !isHeld(row));
  const global = gaussiansOf(pooled(sums.images, fittedRows), ridge);
  const scales = Float64Array.from({ length: h * w }, (_, at) => logScale(byPixel, at * size, dims) - logScale(global, 0, dims));
  const rest = new Float64Array(dims);
  const read = new Float32Array(h * w * dims);
  let votes = 0;
  yield* passOver(
    training,
    reading,
    ({ values, valid }) => {
      readFeatures(values, 0, h, read);
      let gain = 0; // in logarithms of the likelihood, by pixel over global
      for (let y = edge; y < h - edge; y++) {
        for (let x = edge; x < w - edge; x++) {
          const at = y * w + x;
          if (valid && !valid[at]) continue;
          const apart = squaredDistance(read, at * dims, global, 0, rest) - squaredDistance(read, at * dims, byPixel, at * size, rest);
          gain += apart / 2 - scales[at]!;
        }
      }
      if (gain > 0) votes++;
    },
    held,
  );
  return votes > (held.length + SIGNIFICANT * Math.sqrt(held.length)) / 2 ? 'per-pixel' : 'global';
}

/**
 * Concentration steps over whole images: each keeps those whose pixels are nearest to the Gaussian of the last, by the mean of their squared distances.
 *
 * @param images Moments by image: all that such a mean depends on.
 */
function concentratedRows(images: Moments, ridge: number, { keep, rounds }: Concentration): number[] {
  let rows = [...images.counts.keys()];
  for (let round = 0; round < rounds; round++) {
    const distances = meanSquaredDistances(images, pooled(images, rows), ridge);
    const cutoff = cutoffOf(distances, keep);
    rows = [...images.counts.keys()].filter((row) => distances[row]! <= cutoff);
  }
  return rows;
}

/** Of each image's pixels to the Gaussian of `all`: the trace of its inverse covariance times their second moment about its mean. */
function meanSquaredDistances({ dims, counts, sums, products }: Moments, all: Moments, ridge: number): Float64Array {
  const total = Math.max(1, all.counts[0]!);
  const means = all.sums.map((sum) => sum / total);
  const covariance = symmetricMatrix(covarianceAt(all, 0), dims).add(Matrix.eye(dims).mul(ridge));
  const factor = new CholeskyDecomposition(covariance);
  return counts.map((count, row) => {
    const moment = products.slice(row * triangle(dims), (row + 1) * triangle(dims));
    let at = 0;
    for (let i = 0; i < dims; i++) {
      for (let j = 0; j <= i; j++, at++) {
        const crossed = means[i]! * sums[row * dims + j]! + means[j]! * sums[row * dims + i]!;
        moment[at]! += count * means[i]! * means[j]! - crossed;
      }
    }
    return factor.solve(symmetricMatrix(moment, dims)).trace() / Math.max(1, count);
  });
}

/**
 * The Mahalanobis distance of what is seen around a pixel – its patch, along the leading principal components of all patches – to a Gaussian of the training
 * images' patches, of covariance + ridge · I. By default a Gaussian for each pixel, or one for all, whichever predicts training images better that it hasn't
 * seen; `facts` say which it was. Sums are made online: memory doesn't grow with the number of images, but for a few hundred bytes each.
 *
 * Patches reach beyond edges by their mirror image. Of fewer images than components, the ridge is all there is in some directions.
 */
export const patchGaussian = plainMethod(family);

/** `patchGaussian` by the images that agree best at each pixel, read in bands (see `fitPositions`); where it is global, by those that agree best as a whole. */
export const patchGaussianConcentrated = concentratedMethod(family);
