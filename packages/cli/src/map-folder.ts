/** Anomaly maps as files: `<defect>/<stem>.npy`, one per test image. */
import fs from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { Sample } from '@rddpm/mvtec';
import { decodeNpy } from './npy.ts';
import { entriesOf } from './run-folder.ts';

export type AnomalyMap = { readonly data: Float32Array | Float64Array; readonly width: number; readonly height: number };

/** How a map is called, for the image it belongs to. */
export function mapName({ defect, stem }: Pick<Sample, 'defect' | 'stem'>): string {
  return `${defect}/${stem}.npy`;
}

/** `folder` itself or, as `rddpm detect` writes them, its `maps/`. @throws {FormatError} if it is missing. */
export async function findMapFolder(folder: string): Promise<string> {
  const entries = await entriesOf(folder);
  if (entries.length === 0) throw new FormatError(`${folder} is missing or empty; it must hold maps as <defect>/<stem>.npy`);
  return entries.includes('maps') ? join(folder, 'maps') : folder;
}

/**
 * Pairs maps with images by name.
 *
 * @returns The maps' paths, in the order of `samples`.
 * @throws {FormatError} naming the images without a map, and the maps without an image.
 */
export async function pairMaps(folder: string, samples: readonly Sample[]): Promise<string[]> {
  const found = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const names = found.filter((entry) => entry.isFile() && entry.name.endsWith('.npy')).map((entry) => slashes(folder, entry));
  const maps = new Set(names);
  const images = new Map(samples.map((sample) => [mapName(sample), sample.path]));
  const lacking = [...images].flatMap(([map, image]) => (maps.has(map) ? [] : [`${image} has no map; ${map} is missing`]));
  const spare = names.filter((map) => !images.has(map)).map((map) => `${map} belongs to no image; maps are called <defect>/<stem>.npy`);
  const problems = [...lacking, ...spare];
  if (problems.length === 0) return [...images.keys()].map((name) => join(folder, ...name.split('/')));
  const shown = problems.slice(0, 20).map((problem) => `\n  ${problem}`);
  const more = problems.length > shown.length ? `\n  … and ${problems.length - shown.length} more` : '';
  throw new FormatError(
    `${folder}: ${lacking.length} of ${images.size} test images without a map, ${spare.length} maps without an image:${shown.join('')}${more}`,
  );
}

/** @throws {FormatError} unless the file is an .npy of [height, width] finite numbers. */
export async function readMap(path: string): Promise<AnomalyMap> {
  const { shape, data } = decodeNpy(await fs.readFile(path), path);
  const [height, width] = shape;
  if (shape.length !== 2 || !height || !width) throw new FormatError(`${path}: is [${shape}]; a map must be [height, width]`);
  const odd = data.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    throw new FormatError(`${path}: is ${data[odd]} at x = ${odd % width}, y = ${Math.floor(odd / width)}; scores must be finite numbers`);
  }
  return { data, width, height };
}

function slashes(folder: string, entry: { parentPath: string; name: string }): string {
  return relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/');
}
