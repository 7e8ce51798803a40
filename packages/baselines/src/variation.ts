import type { HostTensor } from '@rddpm/core';
import type { TrainingSet } from '@rddpm/core/contracts';
import { MAD_TO_DEVIATION, median, rowMajor } from '@rddpm/maps';
import ndarray from 'ndarray';
import * as z from 'zod/mini';
import { concentratedMethod, concentrationFields, type Family, plainMethod } from './concentration.ts';
import { assertShown, repeated } from './pictures.ts';
import { type Features, fitPositions, positionSteps, type Statistic } from './positions.ts';
import { tensorFiles } from './tensor-files.ts';

const schema = z.strictObject({
  /** What is normal at a pixel: the median of the training images, give or take the median absolute deviation; or their mean and deviation. */
  centre: z._default(z.enum(['median', 'mean']), 'median'),
  /** Added to the deviation, on images in [0, 1]: without it, what never varies would be anomalous as soon as it does. */
  floor: z._default(z.number().check(z.positive()), 0.02),
});

export type VariationConfig = z.output<typeof schema>;

/** @property centre [h, w, c] in [0, 1]. @property deviation [h, w, c]: a standard deviation, or what estimates it from the median absolute one. */
export type Variation = { readonly centre: HostTensor; readonly deviation: HostTensor };

const family: Family<VariationConfig, Variation> = {
  name: 'variation',
  config: schema,
  concentrated: z.extend(schema, concentrationFields),
  scoring: ['floor'],
  async *fit(training, config, { signal, concentration }) {
    const [h, w, c] = training.shape;
    const reading = { done: 0, steps: positionSteps(training, c), signal };
    const normal = yield* fitPositions(training, channelsOf(training), variationOf(c, config), { concentration, reading });
    if (!normal) return undefined;
    const half = (from: number): HostTensor => ({
      shape: [h, w, c],
      data: Float32Array.from({ length: h * w * c }, (_, at) => normal[Math.floor(at / c) * 2 * c + from + (at % c)]!),
    });
    return { centre: half(0), deviation: half(c) };
  },
  scorer({ centre, deviation }, { floor }, { name }) {
    const [h, w, c] = centre.shape as [number, number, number];
    return {
      async score({ values }) {
        assertShown(name, values, centre.shape);
        const n = values.shape[0]!;
        const pixels = rowMajor(values);
        const maps = new Float32Array(n * h * w);
        for (let i = 0; i < pixels.length; i++) {
          const at = i % centre.data.length;
          maps[Math.floor(i / c)]! += Math.abs(pixels[i]! - centre.data[at]!) / (deviation.data[at]! + floor) / c;
        }
        return { maps: ndarray(maps, [n, h, w]), pictures: { reconstruction: repeated(centre, n) } };
      },
      dispose() {},
    };
  },
  files: tensorFiles<Variation>('variation model', { centre: ['h', 'w', 'c'], deviation: ['h', 'w', 'c'] }),
};

/**
 * How far a pixel is from what is normal there, in units of how much it varies there: `mean over channels of |x − m| / (v + floor)`. Of parts that lie still, it
 * is often all that is needed. All values of a pixel are looked at, so the set is read in bands; see `fitPositions`. Of one training image `v` is 0.
 *
 * MVTec (Bergmann et al., 2019, https://doi.org/10.1109/CVPR.2019.00982) compares with it, by mean and deviation.
 */
export const variation = plainMethod(family);

/** `variation` by the images that agree best at each pixel. */
export const variationConcentrated = concentratedMethod(family);

/** Centres of the channels, then their deviations. */
function variationOf(channels: number, { centre, floor }: VariationConfig): Statistic {
  return {
    size: 2 * channels,
    fit(values, n) {
      const normal = new Float64Array(2 * channels);
      for (let k = 0; k < channels; k++) {
        const column = new Float64Array(n);
        for (let i = 0; i < n; i++) column[i] = values[i * channels + k]!;
        const [m, v] = centre === 'median' ? medianAndDeviation(column) : meanAndDeviation(column);
        normal[k] = m;
        normal[channels + k] = v;
      }
      return normal;
    },
    distances(values, n, normal) {
      const distances = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        for (let k = 0; k < channels; k++) {
          distances[i]! += Math.abs(values[i * channels + k]! - normal[k]!) / (normal[channels + k]! + floor);
        }
      }
      return distances;
    },
  };
}

function medianAndDeviation(values: Float64Array): [median: number, deviation: number] {
  const m = median(values.sort());
  return [m, MAD_TO_DEVIATION * median(values.map((value) => Math.abs(value - m)).sort())];
}

function meanAndDeviation(values: Float64Array): [mean: number, deviation: number] {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n)];
}

/** Of a pixel, its channels. */
export function channelsOf({ shape: [, w, c] }: TrainingSet): Features {
  return { dims: c, read: (image, top, bottom, into) => into.set(image.subarray(top * w * c, bottom * w * c)) };
}
