/** Anomaly maps as files: `<defect>/<stem>.<extension>`, one per test image. */
import fs from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { Sample } from '@rddpm/core/contracts';
import { entriesOf } from '../run/read-if-there.ts';
import { MAP_EXTENSIONS } from './read-map.ts';

const EXTENSIONS = MAP_EXTENSIONS.join(', ');

/** How a map that we write is called, for the image it belongs to. */
export function mapName({ id }: Pick<Sample, 'id'>): string {
  return `${id}.npy`;
}

/**
 * The folder that holds the folders of defects: `folder` itself; its `maps/`, as `rddpm detect` writes them; or its `test/` or
 * `<category>/test/`, as the evaluation of MVTec AD wants them.
 *
 * @param category The name of the data set's folder.
 * @throws {FormatError} if it is missing or empty; {ConfigError} if it is a file.
 */
export async function findMapFolder(folder: string, category?: string): Promise<string> {
  const entries = await entriesOf(folder);
  if (entries.length === 0) throw new FormatError(`${folder} is missing or empty; it must hold maps as <defect>/<stem> with ${EXTENSIONS}`);
  if (entries.includes('maps')) return join(folder, 'maps');
  if (entries.includes('test')) return join(folder, 'test');
  const ofCategory = category !== undefined && entries.includes(category) && (await entriesOf(join(folder, category))).includes('test');
  return ofCategory ? join(folder, category, 'test') : folder;
}

/**
 * Pairs maps with images by name. Files that can't be maps by their extension are passed over.
 *
 * @returns The maps' paths, in the order of `samples`.
 * @throws {FormatError} naming the images without a map or with two, and the maps without an image.
 */
export async function pairMaps(folder: string, samples: readonly Sample[]): Promise<string[]> {
  const found = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map((entry) => slashes(folder, entry));
  const maps = files.filter((file) => MAP_EXTENSIONS.includes(extname(file).toLowerCase())).sort();
  if (maps.length === 0) {
    const others = [...new Set(files.map((file) => extname(file) || 'no extension'))].sort();
    const there = others.length > 0 ? `, only files with ${others.slice(0, 5).join(', ')}` : '';
    throw new FormatError(`${folder} holds no maps${there}; maps are <defect>/<stem> with ${EXTENSIONS}`);
  }
  const mapsOf = new Map<string, string[]>();
  for (const map of maps) {
    const name = map.slice(0, -extname(map).length);
    mapsOf.set(name, [...(mapsOf.get(name) ?? []), map]);
  }
  const images = new Map(samples.map(({ id, path }) => [id, path]));
  const lacking = [...images].flatMap(([name, image]) =>
    mapsOf.has(name) ? [] : [`${image} has no map; ${name}.npy is missing (or ${EXTENSIONS.slice('.npy, '.length)})`],
  );
  const spare = [...mapsOf].flatMap(([name, files]) =>
    images.has(name) ? [] : files.map((map) => `${map} belongs to no image; maps are called <defect>/<stem>${extname(map)}`),
  );
  const double = [...mapsOf].flatMap(([name, files]) =>
    images.has(name) && files.length > 1 ? [`${images.get(name)} has ${files.length} maps: ${files.join(', ')}; leave one`] : [],
  );
  const problems = [...lacking, ...spare, ...double];
  if (problems.length === 0) return [...images.keys()].map((name) => join(folder, ...mapsOf.get(name)![0]!.split('/')));
  const shown = problems.slice(0, 20).map((problem) => `\n  ${problem}`);
  const more = problems.length > shown.length ? `\n  … and ${problems.length - shown.length} more` : '';
  const several = double.length > 0 ? `, ${double.length} images with more than one map` : '';
  throw new FormatError(
    `${folder}: ${lacking.length} of ${images.size} test images without a map, ${spare.length} maps without an image${several}:${shown.join('')}${more}`,
  );
}

function slashes(folder: string, entry: { parentPath: string; name: string }): string {
  return relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/');
}
