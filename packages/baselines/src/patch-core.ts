import type { HostTensor } from '@rddpm/core';
import type { Method } from '@rddpm/core/contracts';
import { configSchema } from '@rddpm/core/schema';
import type { OpenFeatures } from '@rddpm/features';
import * as z from 'zod/mini';
import { coresetFields, coresetScorer, fitCoreset, type Patches } from './coreset-memory.ts';
import { type FeatureModel, featureFiles, featureMethod } from './feature-set.ts';

const schema = z.strictObject(coresetFields);

export type PatchCoreConfig = z.output<typeof schema>;

/** @property patches [m, dims]. @property rows [m]: of which image of the training set each is. */
export type PatchCore = FeatureModel<{ readonly patches: HostTensor; readonly rows: HostTensor }>;

const NAME = 'patchcore';

/**
 * PatchCore: the squared distance of a patch's features to the nearest of a greedy coreset of the training images' patches. It is the variant of the authors' code: 3x3
 * neighbourhoods, averaged to `dims` numbers; picks by a random projection to 128; squared distances to one neighbour, without re-weighting. The coreset is of 1 % rather than
 * 10 %, and an image of the training set is scored without its own patches.
 *
 * The coreset picks what is rarest first: defects among the training images are in it, and pass from then on. That is what it is here to show.
 *
 * @see Roth et al. (2022), https://arxiv.org/abs/2106.08265. For time and memory see `greedyCoreset` and `fitCoreset`: 251 images of 28x28 patches have 197 000, of which 1 % take
 *   50 billion operations at most, 10 % ten times as many.
 */
export const patchCore = (open: OpenFeatures): Method<PatchCoreConfig, PatchCore> => ({
  ...featureMethod,
  name: NAME,
  config: configSchema(schema, { name: NAME }),
  async *fit(training, config, run) {
    const fitted = yield* fitCoreset(training, config, run, { name: NAME, open, judge: trustAll });
    if (!fitted) return undefined;
    const { patches, rows } = fitted.tensors;
    return { features: fitted.features, tensors: { patches, rows } };
  },
  scorer({ features, tensors }, config, run) {
    const { rows } = tensors;
    const weights = { shape: rows.shape, data: new Float32Array(rows.data.length).fill(1) };
    return coresetScorer(NAME, open, { features, tensors: { ...tensors, weights } }, config, run);
  },
  files: featureFiles<PatchCore['tensors']>('PatchCore', { patches: ['m', 'dims'], rows: ['m'] }),
});

const trustAll = ({ valid }: Patches) => ({ among: valid, weights: new Float32Array(valid.length).fill(1) });
