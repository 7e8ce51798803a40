import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ConfigError } from '@rddpm/core';
import sharp from 'sharp';
import { maskPathOf, SYNTHETIC_MARKER } from '../layout.ts';
import type { SyntheticDataset, SyntheticSample } from '../synthetic/synthesize.ts';

/**
 * Writes a synthetic data set as PNG files in MVTec AD layout, and `synthetic.json` beside them, which
 * has the severity of each defect by its image's path.
 *
 * Everything is written to a folder next to `folder`, which then takes its name: after a failure there is what was there before. A data
 * set that this function wrote is replaced; any other folder must be empty or missing.
 *
 * @throws {ConfigError} if `folder` is a file, or holds something else than a data set written by this function.
 */
export async function writeDataset(folder: string, dataset: SyntheticDataset): Promise<void> {
  const target = resolve(folder);
  const before = await contents(target);
  if (before && before.length > 0 && !before.includes(SYNTHETIC_MARKER)) {
    throw new ConfigError(
      `writeDataset: ${folder} holds ${before.slice(0, 3).join(', ')}${before.length > 3 ? ', …' : ''}, which this command did not write; name a new or empty folder`,
    );
  }
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    const made = join(work, 'new');
    await mkdir(made);
    const { kind, size, samples } = dataset;
    const severity = Object.fromEntries(
      samples.flatMap((sample) => (sample.severity === undefined ? [] : [[sample.path, sample.severity]])),
    );
    await writeFile(join(made, SYNTHETIC_MARKER), `${JSON.stringify({ kind, size, samples: samples.length, severity })}\n`);
    for (const sample of dataset.samples) await writeSample(made, sample, dataset.size);
    if (before) await rename(target, join(work, 'old'));
    await rename(made, target).catch(async (error) => {
      if (before) await rename(join(work, 'old'), target);
      throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Undefined when there is no such folder. */
async function contents(folder: string): Promise<string[] | undefined> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found && !found.isDirectory()) throw new ConfigError(`writeDataset: ${folder} is a file; name a folder`);
  return found && readdir(folder);
}

async function writeSample(folder: string, { id, path, anomalous, image, mask }: SyntheticSample, size: number): Promise<void> {
  const pixels = Uint8Array.from(image.data, (value) => Math.round(255 * value));
  await writePng(join(folder, path), pixels, size, 3);
  if (anomalous)
    await writePng(
      join(folder, maskPathOf(id)),
      mask.data.map((value) => 255 * value),
      size,
      1,
    );
}

async function writePng(file: string, pixels: Uint8Array, size: number, channels: 1 | 3): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const picture = sharp(pixels, { raw: { width: size, height: size, channels } });
  await picture
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toFile(file);
}
