import type { HostTensor } from '@rddpm/core';
import { rowMajor } from '@rddpm/maps';
import ndarray from 'ndarray';
import * as z from 'zod/mini';
import { concentratedMethod, concentrationFields, type Family, plainMethod } from './concentration.ts';
import {
  addTo,
  asTensors,
  distancesInto,
  fromTensors,
  type GaussianTensors,
  gaussianStatistic,
  gaussiansOf,
  momentsOf,
} from './gaussians.ts';
import { passOver } from './passes.ts';
import { assertShown, repeated } from './pictures.ts';
import { fitPositions, positionSteps } from './positions.ts';
import { tensorFiles } from './tensor-files.ts';
import { channelsOf } from './variation.ts';

const schema = z.strictObject({
  /** Added to the variances, on images in [0, 1]. */
  ridge: z._default(z.number().check(z.positive()), 1e-3),
});

export type ColourGaussianConfig = z.output<typeof schema>;

/** @see GaussianTensors */
export type ColourGaussian = GaussianTensors;

const family: Family<ColourGaussianConfig, ColourGaussian> = {
  name: 'colour-gaussian',
  config: schema,
  concentrated: z.extend(schema, concentrationFields),
  scoring: [],
  async *fit(training, { ridge }, { signal, concentration }) {
    const [h, w, c] = training.shape;
    if (concentration) {
      const reading = { done: 0, steps: positionSteps(training, c), signal };
      const gaussians = yield* fitPositions(training, channelsOf(training), gaussianStatistic(c, ridge), { concentration, reading });
      return gaussians && asTensors(gaussians, [h, w], c);
    }
    const moments = momentsOf(h * w, c);
    const whole = yield* passOver(training, { done: 0, steps: training.count, signal }, ({ values, valid }) => {
      for (let at = 0; at < h * w; at++) if (!valid || valid[at]) addTo(moments, at, values, at * c);
    });
    return whole ? asTensors(gaussiansOf(moments, ridge), [h, w], c) : undefined;
  },
  scorer(model, _config, { name }) {
    const { mean } = model;
    const [h, w, c] = mean.shape as [number, number, number];
    const gaussians = fromTensors(model);
    const shown: HostTensor = { shape: mean.shape, data: mean.data.map((value) => Math.min(1, Math.max(0, value))) };
    return {
      async score({ values }) {
        assertShown(name, values, mean.shape);
        const n = values.shape[0]!;
        const pixels = rowMajor(values);
        const maps = new Float32Array(n * h * w);
        for (let i = 0; i < n; i++) {
          const image = pixels.subarray(i * h * w * c, (i + 1) * h * w * c);
          distancesInto(maps.subarray(i * h * w, (i + 1) * h * w), image, gaussians, c);
        }
        return { maps: ndarray(maps, [n, h, w]), pictures: { reconstruction: repeated(shown, n) } };
      },
      dispose() {},
    };
  },
  files: tensorFiles<ColourGaussian>('colour Gaussian', { mean: ['h', 'w', 'c'], factor: ['h', 'w', { triangleOf: 'c' }] }),
};

/**
 * The Mahalanobis distance of a pixel's colour to the Gaussian of the training images' colours there, of covariance + ridge · I. Sums are made online: memory
 * doesn't grow with the number of images. Of one training image the covariance is 0, and the ridge alone is left.
 */
export const colourGaussian = plainMethod(family);

/** `colourGaussian` by the images that agree best at each pixel. They are read in bands; see `fitPositions`. */
export const colourGaussianConcentrated = concentratedMethod(family);
