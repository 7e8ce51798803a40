import { FormatError, type HostTensor, readSafetensors, safetensorsParts } from '@rddpm/core';
import type { Method } from '@rddpm/core/contracts';
import { MODEL_FILE, MODEL_INFO, modelInfoText } from '@rddpm/core/model-info';
import { configSchema } from '@rddpm/core/schema';
import { residualMaps, rowMajor } from '@rddpm/maps';
import ndarray from 'ndarray';
import * as z from 'zod/mini';
import { EARLIER_RESIDUAL_NAMES, residualFields } from './residual-fields.ts';

const schema = z.strictObject({
  ...residualFields('squared'),
});

export type MeanImageConfig = z.output<typeof schema>;

/** @property mean [h, w, c] in [0, 1]. */
export type MeanImage = { readonly mean: HostTensor };

const READ_AT_ONCE = 64;

/** The distance to the mean of the training images: what needs no learning at all. Any method should do better where parts vary. */
export const meanImage: Method<MeanImageConfig, MeanImage> = {
  name: 'mean-image',
  role: 'reference',
  accepts: ['image'],
  config: configSchema(schema, { name: 'mean-image', earlierNames: EARLIER_RESIDUAL_NAMES, affects: () => 'score' }),
  input: (_, offered) => offered,
  async *fit(training, _, { signal }) {
    const { count, shape } = training;
    const size = shape[0] * shape[1] * shape[2];
    const sums = new Float64Array(size);
    for (let first = 0; first < count; first += READ_AT_ONCE) {
      const rows = Int32Array.from({ length: Math.min(READ_AT_ONCE, count - first) }, (_, i) => first + i);
      const { values } = await training.read(rows);
      rowMajor(values).forEach((value, at) => {
        sums[at % size]! += value;
      });
      if (signal?.aborted) return undefined;
      yield { kind: 'progress', step: first + rows.length, steps: count, measures: {} };
    }
    return { mean: { shape: [...shape], data: Float32Array.from(sums, (sum) => sum / count) } };
  },
  async scorer({ mean }, config) {
    return {
      async score({ values }) {
        const n = values.shape[0]!;
        const repeated = new Float32Array(n * mean.data.length);
        for (let i = 0; i < n; i++) repeated.set(mean.data, i * mean.data.length);
        const reconstruction = ndarray(repeated, [n, ...mean.shape]);
        return { maps: residualMaps(values, reconstruction, config), pictures: { reconstruction } };
      },
      dispose() {},
    };
  },
  files: {
    encode: ({ mean }, info) => [{ path: MODEL_FILE, parts: safetensorsParts({ mean }, { [MODEL_INFO]: modelInfoText(info) }) }],
    async decode(read) {
      const file = await read.open(MODEL_FILE);
      if (!file) throw new FormatError(`${read.name} holds no mean image: ${MODEL_FILE} is missing`);
      const { tensors } = await readSafetensors(file, read.name);
      const { mean } = tensors;
      if (mean?.shape.length !== 3) throw new FormatError(`${read.name} holds no mean image: it must have a tensor 'mean' [h, w, c]`);
      return { mean };
    },
  },
};
