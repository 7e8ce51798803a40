/** Scores the anomaly maps in FOLDER/maps against the masks of the same names in FOLDER/masks: `npm start -- FOLDER`. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectPositives, countNegatives, type PixelMetrics, poolMap, rocAuc, streamedMetrics } from '@rddpm/metrics';
import ndarray, { type NdArray } from 'ndarray';
import { load } from 'npyjs';

/** Each file is read twice, and one image is in memory at a time: there may be any number of them. */
export async function scoreMaps(folder: string): Promise<PixelMetrics & { images: number; imageAuroc: number }> {
  const [maps, masks] = await Promise.all([npyNames(join(folder, 'maps')), npyNames(join(folder, 'masks'))]);
  const lonely = [...maps.filter((name) => !masks.includes(name)), ...masks.filter((name) => !maps.includes(name))];
  if (lonely.length > 0)
    throw new Error(`${folder}: ${lonely.join(', ')} must be in both maps/ and masks/; a good image has a mask of zeros`);

  // An image is defective if any of its pixels is; its score is the highest of its map.
  const labels: number[] = [];
  const scores: number[] = [];
  const first = collectPositives();
  for (const name of maps) {
    const { map, mask, width, height } = await readPair(folder, name);
    first.add({ map, mask, width, height });
    labels.push(mask.data.includes(1) ? 1 : 0);
    scores.push(poolMap(map));
  }
  const positives = first.finish();
  const second = countNegatives(positives);
  for (const name of maps) second.add(await readPair(folder, name));
  return { images: maps.length, imageAuroc: rocAuc(labels, scores), ...streamedMetrics(positives, second.finish()) };
}

async function readPair(folder: string, name: string) {
  const [map, mask] = await Promise.all([readImage(join(folder, 'maps', name)), readImage(join(folder, 'masks', name))]);
  return { map, mask, width: map.shape[1]!, height: map.shape[0]! };
}

async function npyNames(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.npy')).sort();
}

async function readImage(path: string): Promise<NdArray<Float32Array | Float64Array>> {
  const { data, shape, fortranOrder } = await load(await readFile(path));
  // Booleans, whole numbers of any width and float64 become float64; float32 stays, and sorts fastest.
  const values = data instanceof Float32Array ? data : Float64Array.from(data as unknown as ArrayLike<number>, Number);
  const [height = 0, width = 0] = shape;
  if (shape.length !== 2 || values.length !== height * width) {
    throw new Error(`${path}: the shape is [${shape}] with ${values.length} values; it must be [height, width] with as many values`);
  }
  return ndarray(values, shape, fortranOrder ? [1, height] : [width, 1]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? fileURLToPath(new URL('../sample', import.meta.url));
  for (const [name, value] of Object.entries(await scoreMaps(folder))) console.log(name.padEnd(16), value);
}
