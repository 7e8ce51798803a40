/** A data set's folder, as training and detection want it: contaminated, loaded, its broken files named. */
import { createHash } from 'node:crypto';
import { createRng, FormatError, type ImageBatch } from '@rddpm/core';
import type { DatasetLayout, FileSource, Sample } from '@rddpm/core/contracts';
import { type ContaminationManifest, collectBatches, contaminate, loadImages } from '@rddpm/data';
import { folderSource } from '@rddpm/data/node';
import { type Context, warn } from './io.ts';
import { readDataset } from './read-dataset.ts';
import type { RunConfig } from './run-config.ts';

export type Dataset = {
  readonly source: FileSource;
  readonly layout: DatasetLayout;
  readonly train: readonly Sample[];
  readonly test: readonly Sample[];
  readonly manifest: ContaminationManifest;
};

/** What `contamination.json` holds: the manifest, and what tells the files themselves. */
export type ContaminationFile = ContaminationManifest & {
  /** Of the contaminants, by path. */
  readonly sha256: Readonly<Record<string, string>>;
  /** Training images that did not decode and were left out with `--skip-broken`. */
  readonly broken: readonly string[];
};

/** @throws {FormatError} if the folder is no data set; {ConfigError} if it has fewer defects than the contamination asks for. */
export async function openDataset({ dataset, data, seed }: Pick<RunConfig, 'dataset' | 'data' | 'seed'>): Promise<Dataset> {
  const source = folderSource(dataset);
  const { layout, samples: all } = await readDataset(source);
  const { contamination: ratio, of, overlap } = data;
  const { samples, manifest } = contaminate(all, { ratio, of, overlap, seed, rng: createRng(seed).fork('contamination') });
  return {
    source,
    layout,
    train: samples.filter(({ split }) => split === 'train'),
    test: samples.filter(({ split }) => split === 'test'),
    manifest,
  };
}

export type Loaded = { readonly images: ImageBatch; readonly samples: readonly Sample[]; readonly broken: readonly string[] };

/**
 * All of `samples` in one batch.
 *
 * @throws {FormatError} naming every image that doesn't decode; with `skipBroken` they are left out, with a warning.
 */
export async function loadAll(
  source: FileSource,
  samples: readonly Sample[],
  data: { size: number; channels: 1 | 3; skipBroken: boolean },
  context: Context,
): Promise<Loaded> {
  const { size, channels } = data;
  const problems: { sample: Sample; error: FormatError }[] = [];
  const batches = loadImages(source, samples, { size, channels, onError: (problem) => problems.push(problem) });
  const images = await collectBatches(batches).catch((error) => {
    if (problems.length < samples.length) throw error;
  });
  const list = problems.map(({ error }) => `\n  ${error.message}`).join('');
  const advice = 'mend or remove them';
  if (problems.length > 0 && !data.skipBroken) {
    throw new FormatError(
      `${problems.length} of ${samples.length} images can't be read; ${advice}, or leave them out with --skip-broken:${list}`,
    );
  }
  if (!images) throw new FormatError(`none of the ${samples.length} images can be read; ${advice}:${list}`);
  if (problems.length > 0) warn(context, `${problems.length} of ${samples.length} images can't be read and are left out:${list}`);
  const broken = new Set(problems.map(({ sample }) => sample));
  return { images, samples: samples.filter((sample) => !broken.has(sample)), broken: [...broken].map(({ path }) => path) };
}

export async function contaminationFile({ source, manifest }: Dataset, broken: readonly string[]): Promise<ContaminationFile> {
  const hashes = manifest.contaminants.map(async (path) => [path, sha256(await source.read(path))] as const);
  return { ...manifest, sha256: Object.fromEntries(await Promise.all(hashes)), broken };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
