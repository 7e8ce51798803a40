import { ConfigError, FormatError, type HostTensor, readSafetensors, safetensorsParts } from '@rddpm/core';
import type { FitEvent, Method, TrainingSet } from '@rddpm/core/contracts';
import { MODEL_FILE, MODEL_INFO, modelInfoText } from '@rddpm/core/model-info';
import { configSchema } from '@rddpm/core/schema';
import { residualMaps, rowMajor } from '@rddpm/maps';
import { Matrix } from 'ml-matrix';
import ndarray from 'ndarray';
import * as z from 'zod/mini';
import { EARLIER_RESIDUAL_NAMES, residualFields } from './residual-fields.ts';
import { type SmoothSparse, smoothSparse } from './smooth-sparse.ts';
import { assertModelled, readRows } from './subspace.ts';

const schema = z.strictObject({
  /** Of the smooth background along each side; cubic. */
  splines: z._default(z.int().check(z.minimum(4)), 6),
  /** Pixels from one spline of the anomaly to the next. Large ones overlook small defects, small ones take noise for defects. */
  spacing: z._default(z.number().check(z.minimum(1)), 4),
  /** Of the anomaly's splines: 1 and a spacing of 1 are the pixels themselves. */
  degree: z._default(z.int().check(z.minimum(1)), 2),
  /** What is anomalous: 'residual' is all that isn't background, noise included; 'anomaly' what the sparse part has, mostly 0. */
  map: z._default(z.enum(['residual', 'anomaly']), 'residual'),
  ...residualFields('absolute'),
});

export type SsdConfig = z.output<typeof schema>;

/** @property median [h, w, c] in [0, 1]. */
export type Ssd = { readonly median: HostTensor };

/**
 * Smooth-sparse decomposition, channel by channel, of what is other than in the median of the training images: into a smooth background, which
 * is allowed to vary from image to image, a sparse anomaly, and noise. All that is learnt is the median, so contamination of less than half is
 * next to nothing to it. It was made for surfaces that are smooth but for their defects: edges that move are anomalies, too.
 *
 * Images need as many pixels along each side as there are splines, and more of the anomaly's than their degree: ConfigError says so.
 */
export const ssd: Method<SsdConfig, Ssd> = {
  name: 'ssd',
  role: 'method',
  accepts: ['image'],
  config: configSchema(schema, { name: 'ssd', earlierNames: EARLIER_RESIDUAL_NAMES, affects: () => 'score' }),
  input(config, offered) {
    smoothSparse('ssd', offered.height, offered.width, config);
    return offered;
  },
  async *fit(training, _, { signal }) {
    const median = yield* medianOf(training, signal);
    return median && { median: { shape: [...training.shape], data: median } };
  },
  async scorer({ median }, config) {
    const [h, w, c] = median.shape as [number, number, number];
    const decompose = smoothSparse('ssd', h, w, config);
    return {
      async score({ values }) {
        assertModelled(values, median);
        const pixels = rowMajor(values);
        const [rebuilt, anomalies] = [new Float32Array(pixels.length), new Float32Array(pixels.length)];
        for (let first = 0; first < pixels.length; first += median.data.length)
          for (let k = 0; k < c; k++) {
            const at = (pixel: number) => pixel * c + k;
            const changes = Array.from({ length: h * w }, (_, pixel) => pixels[first + at(pixel)]! - median.data[at(pixel)]!);
            const { background, anomaly }: SmoothSparse = decompose(Matrix.from1DArray(h, w, changes));
            background.to1DArray().forEach((value, pixel) => {
              rebuilt[first + at(pixel)] = Math.min(1, Math.max(0, median.data[at(pixel)]! + value));
            });
            anomaly.to1DArray().forEach((value, pixel) => {
              anomalies[first + at(pixel)] = value;
            });
          }
        const reconstruction = ndarray(rebuilt, values.shape);
        const [a, b] =
          config.map === 'residual'
            ? [values, reconstruction]
            : [ndarray(anomalies, values.shape), ndarray(new Float32Array(pixels.length), values.shape)];
        return { maps: residualMaps(a, b, config), pictures: { reconstruction } };
      },
      dispose() {},
    };
  },
  files: {
    encode: ({ median }, info) => [{ path: MODEL_FILE, parts: safetensorsParts({ median }, { [MODEL_INFO]: modelInfoText(info) }) }],
    async decode(read) {
      const file = await read.open(MODEL_FILE);
      if (!file) throw new FormatError(`${read.name} holds no SSD: ${MODEL_FILE} is missing`);
      const { median } = (await readSafetensors(file, read.name)).tensors;
      if (median?.shape.length !== 3) throw new FormatError(`${read.name} holds no SSD: it must have a tensor 'median' [h, w, c]`);
      return { median };
    },
  },
};

/** Float32: 64 megabytes. */
const MOST_AT_ONCE = 2 ** 24;

/** Of each value over all images. More of them than fit are read several times, some values at a time. */
export async function* medianOf(
  training: TrainingSet,
  signal: AbortSignal | undefined,
  most = MOST_AT_ONCE,
): AsyncGenerator<FitEvent, Float32Array | undefined> {
  const { count, shape } = training;
  const width = shape[0] * shape[1] * shape[2];
  const part = Math.floor(most / count);
  if (part === 0) throw new ConfigError(`ssd: ${count} images are more than a median is made of; ${most} at most`);
  const median = new Float32Array(width);
  const parts = Math.ceil(width / part);
  for (let first = 0; first < width; first += part) {
    const size = Math.min(part, width - first);
    const columns = new Float32Array(size * count); // [size, count]
    for await (const { values, rows, done } of readRows(training)) {
      rows.forEach((row, i) => {
        for (let at = 0; at < size; at++) columns[at * count + row] = values[i * width + first + at]!;
      });
      if (signal?.aborted) return undefined;
      yield { kind: 'progress', step: (first / part) * count + done, steps: parts * count, measures: {} };
    }
    for (let at = 0; at < size; at++) {
      const sorted = columns.subarray(at * count, (at + 1) * count).sort();
      median[first + at] = (sorted[Math.ceil(count / 2) - 1]! + sorted[Math.floor(count / 2)]!) / 2;
    }
  }
  return median;
}
