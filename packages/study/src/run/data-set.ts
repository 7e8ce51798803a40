/** A data set's folder, as fitting and scoring want it: contaminated, its images ready to be read, its broken files named. */
import { createHash } from 'node:crypto';
import { createRng, FormatError } from '@rddpm/core';
import type { DatasetLayout, FileSource, InputShape, Sample, TrainingSet } from '@rddpm/core/contracts';
import { type ContaminationManifest, contaminate, type LoadProblem, openImageSet, withHashes } from '@rddpm/data';
import { folderSource } from '@rddpm/data/node';
import type { Registry } from '../registry.ts';
import type { Reporter } from '../reporter.ts';
import { readDataset } from './read-dataset.ts';
import type { RunConfig } from './run-config.ts';

export type ContaminatedDataset = {
  readonly source: FileSource;
  readonly layout: DatasetLayout;
  readonly train: readonly Sample[];
  readonly test: readonly Sample[];
  readonly manifest: ContaminationManifest;
};

/** What `contamination.json` holds: the manifest, with content hashes. */
export type ContaminationFile = ContaminationManifest & {
  /** Training images that did not decode and were left out with `--skip-broken`. */
  readonly broken: readonly string[];
};

/** @throws {FormatError} if the folder is no data set; {ConfigError} if it has fewer defects than the contamination asks for. */
export async function openContaminated(
  { dataset, layout: named, data, seed }: Pick<RunConfig, 'dataset' | 'layout' | 'data' | 'seed'>,
  registry: Pick<Registry, 'layouts'>,
): Promise<ContaminatedDataset> {
  const source = folderSource(dataset);
  const { layout, samples: all } = await readDataset(source, registry, named);
  const { contamination: ratio, of, overlap } = data;
  const { samples, manifest } = contaminate(all, { ratio, of, overlap, seed, rng: createRng(seed).fork('contamination') });
  const train = samples.filter(({ split }) => split === 'train');
  if (train.length === 0) throw new FormatError(`${dataset} has no training images, as its layout ${layout.name} reads it`);
  return {
    source,
    layout,
    train,
    test: samples.filter(({ split }) => split === 'test'),
    manifest,
  };
}

/** Images that can be read, row by row. @property broken Paths of the samples that can't be read, and are left out. */
export type ImageSet = { readonly set: TrainingSet; readonly samples: readonly Sample[]; readonly broken: readonly string[] };

/**
 * Decodes every image once.
 *
 * @throws {FormatError} naming every image that doesn't decode; with `skipBroken` they are left out, with a warning.
 */
export async function openImages(
  source: FileSource,
  samples: readonly Sample[],
  { width, height, channels, skipBroken }: InputShape & { readonly skipBroken: boolean },
  reporter: Pick<Reporter, 'warn'>,
): Promise<ImageSet> {
  const problems: LoadProblem[] = [];
  const onError = (problem: LoadProblem) => void problems.push(problem);
  const opened = await openImageSet(source, samples, { size: { width, height }, channels, onError }).catch((error) => {
    if (problems.length < samples.length) throw error;
  });
  const list = problems.map(({ error }) => `\n  ${error.message}`).join('');
  const advice = 'mend or remove them';
  if (problems.length > 0 && !skipBroken) {
    throw new FormatError(
      `${problems.length} of ${samples.length} images can't be read; ${advice}, or leave them out with --skip-broken:${list}`,
    );
  }
  if (!opened || opened.samples.length === 0) throw new FormatError(`none of the ${samples.length} images can be read; ${advice}:${list}`);
  if (problems.length > 0) reporter.warn(`${problems.length} of ${samples.length} images can't be read and are left out:${list}`);
  return { ...opened, broken: problems.map(({ sample }) => sample.path) };
}

export async function contaminationFile(
  { source, manifest }: Pick<ContaminatedDataset, 'source' | 'manifest'>,
  broken: readonly string[],
): Promise<ContaminationFile> {
  return { ...(await withHashes(manifest, async (path) => sha256(await source.read(path)))), broken };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
