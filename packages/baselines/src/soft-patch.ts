import { ConfigError } from '@rddpm/core';
import type { Method } from '@rddpm/core/contracts';
import { configSchema } from '@rddpm/core/schema';
import type { OpenFeatures } from '@rddpm/features';
import { cutoffOf } from '@rddpm/maps';
import * as z from 'zod/mini';
import { coresetFields, coresetScorer, fitCoreset, type Judgement, type Patches, type Remembered } from './coreset-memory.ts';
import { assertSeveral, featureFiles, featureMethod } from './feature-set.ts';
import { localOutlierFactors } from './local-outliers.ts';

const schema = z.strictObject({
  ...coresetFields,
  /** How many neighbours a patch is judged by. The paper says 6; its code, called as its page says, takes 5. */
  neighbours: z._default(z.int().check(z.gte(1)), 6),
  /** The share of patches that is left out: those of the highest factors. */
  drop: z._default(z.number().check(z.gte(0), z.lt(1)), 0.15),
});

export type SoftPatchConfig = z.output<typeof schema>;

/** @property patches [m, dims]. @property rows [m]: the training image that each patch comes from. @property weights [m]: its local outlier factor. */
export type SoftPatch = Remembered;

const NAME = 'softpatch';

/**
 * SoftPatch: PatchCore without the patches that are outliers among what other images show at their position, by their local outlier factors; what is left counts by its factor:
 * the distance to a patch that is doubtful itself is the longer. Parts must lie still. As published, but for a coreset of 1 %, as `patchCore`'s, whose first pick isn't
 * among those that are left out either.
 *
 * Where more of the images are defective at a position than are left out, it learns defects as PatchCore does.
 *
 * @throws {ConfigError} at the fit for no more images than `neighbours`, and as `patchCore`.
 * @see Jiang et al. (2022), https://arxiv.org/abs/2403.14233
 */
export const softPatch = (open: OpenFeatures): Method<SoftPatchConfig, SoftPatch> => ({
  ...featureMethod,
  name: NAME,
  config: configSchema(schema, { name: NAME }),
  async *fit(training, config, run) {
    const { neighbours } = config;
    assertSeveral(NAME, training);
    if (training.count <= neighbours) {
      throw new ConfigError(
        `${NAME}: neighbours is ${neighbours}; of ${training.count} training images it must be at most ${training.count - 1}`,
      );
    }
    return yield* fitCoreset(training, config, run, { name: NAME, open, judge });
  },
  scorer: (model, config, run) => coresetScorer(NAME, open, model, config, run),
  files: featureFiles<SoftPatch['tensors']>('SoftPatch', { patches: ['m', 'dims'], rows: ['m'], weights: ['m'] }),
});

/** The local outlier factors of all images' patches, position by position. */
function judge({ points, dims, positions, valid }: Patches, { neighbours, drop }: SoftPatchConfig): Judgement {
  const weights = new Float32Array(valid.length);
  const column = new Float32Array((valid.length / positions) * dims);
  for (let position = 0; position < positions; position++) {
    const shown: number[] = [];
    for (let at = position; at < valid.length; at += positions) if (valid[at]) shown.push(at);
    shown.forEach((at, i) => {
      column.set(points.subarray(at * dims, (at + 1) * dims), i * dims);
    });
    localOutlierFactors(column.subarray(0, shown.length * dims), dims, neighbours).forEach((factor, i) => {
      weights[shown[i]!] = factor;
    });
  }
  const factors = Float64Array.from(weights).filter((_, at) => valid[at]);
  const cutoff = factors.length > 0 ? cutoffOf(factors, 1 - drop) : 0;
  return { among: valid.map((is, at) => (is && weights[at]! <= cutoff ? 1 : 0)), weights };
}
