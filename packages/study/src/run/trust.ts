/** Fitting on the images that another run's model trusts. */
import { ConfigError } from '@rddpm/core';
import type { ImageSet } from './data-set.ts';
import { listed } from './read-dataset.ts';
import { verdictsOf } from './suspects.ts';
import { readManifest } from './test-half.ts';

/**
 * Of a training set, the images that the run at `run` was trained on and doesn't suspect. They are known by their content.
 *
 * @throws {ConfigError} if the run has judged no training images, or not all of these, or trusts none.
 */
export async function trustedBy(run: string, images: ImageSet): Promise<ImageSet> {
  const verdicts = await verdictsOf(run);
  if (!verdicts)
    throw new ConfigError(
      `${run} names no suspects, so that there is nothing to go by; its method must be one that does, as rddpm-concentrated`,
    );
  const manifest = await readManifest(run);
  if (manifest?.version !== 2) throw new ConfigError(`${run} has no contamination.json that names every file; train it anew`);
  const isKept = new Map(verdicts.map(({ name, kept }) => [name, kept]));
  const trusted = new Map<string, boolean>();
  for (const { id, split, sha256 } of manifest.samples) {
    const kept = split === 'train' ? isKept.get(id) : undefined;
    if (kept !== undefined && sha256 !== undefined) trusted.set(sha256, kept);
  }
  const unknown = images.samples.flatMap(({ path }, row) => (trusted.has(images.hashes[row]!) ? [] : [path]));
  if (unknown.length > 0) {
    throw new ConfigError(`${run} has not judged ${unknown.length} of the ${images.samples.length} training images:${listed(unknown)}`);
  }
  const rows = images.samples.flatMap((_, row) => (trusted.get(images.hashes[row]!) ? [row] : []));
  if (rows.length === 0) throw new ConfigError(`${run} trusts none of the ${images.samples.length} training images`);
  return { ...theseRows(images, rows), suspected: images.samples.flatMap(({ path }, row) => (rows.includes(row) ? [] : [path])) };
}

function theseRows(images: ImageSet, rows: readonly number[]): ImageSet {
  const { set } = images;
  const only = <T>(values: readonly T[]) => rows.map((row) => values[row]!);
  return {
    ...images,
    set: { ...set, count: rows.length, read: (some) => set.read(some.map((row) => rows[row]!)) },
    samples: only(images.samples),
    hashes: only(images.hashes),
    pictures: only(images.pictures),
    beyond: rows.flatMap((row, now) => (images.beyond.includes(row) ? [now] : [])),
  };
}
