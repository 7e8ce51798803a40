import fs from 'node:fs/promises';
import { extname } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { AnomalyMap } from './anomaly-map.ts';
import { decodeNpy, type NpyArray } from './npy.ts';
import { decodeMapPng } from './png.ts';

type Reader = (bytes: Uint8Array, path: string) => AnomalyMap | Promise<AnomalyMap>;

const READERS = new Map<string, Reader>([
  ['.npy', (bytes, path) => fromArray(decodeNpy(bytes, path), path)],
  ['.npz', async (bytes, path) => fromArray(await (await import('./npz.ts')).decodeNpz(bytes, path), path)],
  ['.tiff', readTiff],
  ['.tif', readTiff],
  ['.png', decodeMapPng],
]);

// Libraries that few need are loaded when needed.
async function readTiff(bytes: Uint8Array, path: string): Promise<AnomalyMap> {
  return (await import('./tiff.ts')).decodeTiff(bytes, path);
}

/** Of the files that hold maps, in lower case and with the dot. */
export const MAP_EXTENSIONS: readonly string[] = [...READERS.keys()];

/**
 * Values come exactly as they are in the file, integers too: metrics ask only for their order.
 *
 * @param path Its extension says what it is, in upper or lower case.
 * @throws {FormatError} unless the file is a whole .npy, .npz, .tiff or .png of [height, width] finite numbers.
 */
export async function readMap(path: string): Promise<AnomalyMap> {
  const extension = extname(path);
  const read = READERS.get(extension.toLowerCase());
  if (!read)
    throw new FormatError(`${path}: maps are read from ${MAP_EXTENSIONS.join(', ')}, not from ${extension || 'a file without extension'}`);
  const map = await read(await fs.readFile(path), path);
  assertFinite(map, path);
  return map;
}

/** Axes of length 1 before and after the image's own are dropped as long as two remain. */
function fromArray({ shape, data }: NpyArray, path: string): AnomalyMap {
  const axes = [...shape];
  while (axes.length > 2 && axes[0] === 1) axes.shift();
  while (axes.length > 2 && axes.at(-1) === 1) axes.pop();
  const [height, width] = axes;
  if (axes.length !== 2 || !height || !width) {
    throw new FormatError(`${path}: is [${shape}]; a map must be [height, width], one number per pixel`);
  }
  return { data, width, height };
}

function assertFinite({ data, width }: AnomalyMap, path: string): void {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) {
      throw new FormatError(`${path}: is ${data[i]} at x = ${i % width}, y = ${Math.floor(i / width)}; scores must be finite numbers`);
    }
  }
}
