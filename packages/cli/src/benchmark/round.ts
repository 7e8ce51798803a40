/** One training set and one test set: what all methods at one contamination and seed share. */
import { FormatError } from '@rddpm/core';
import { collectBatches, loadMasks } from '@rddpm/data';
import type { TestSet } from '@rddpm/study';
import { type Dataset, type Loaded, loadAll, openDataset } from '../data-set.ts';
import { type Context, note } from '../io.ts';
import type { RunConfig } from '../run-config.ts';

export type Round = {
  readonly data: Dataset;
  readonly training: Pick<Loaded, 'images' | 'samples'>;
  /** Training images that did not decode and were left out. */
  readonly broken: readonly string[];
  readonly test: TestSet;
};

export async function loadRound(config: RunConfig, context: Context): Promise<Round> {
  const data = await openDataset(config);
  if (data.test.length === 0) throw new FormatError(`${config.dataset} has no test images to score`);
  const { broken, ...training } = await loadAll(data.source, data.train, config.data, context);
  const { images, samples } = await loadAll(data.source, data.test, config.data, context);
  const masks = await collectBatches(loadMasks(data.source, samples, { truth: data.layout.truth, size: config.data.size }));
  const { contaminants } = data.manifest;
  note(context, `${training.samples.length} training images, ${contaminants.length} of them defective; ${samples.length} test images`);
  return { data, training, broken, test: { images, samples, masks } };
}
