/** Between the bytes that are stored and shown and the numbers that networks take. Pixels are multiples of 1/255 either way. */
import type { ImageBatch } from '@rddpm/core';
import type { Detection } from '@rddpm/detector';
import ndarray from 'ndarray';
import type { Maps, Prepared } from '../messages.ts';

export function toBatch(bytes: Uint8Array, { size, channels }: Pick<Prepared, 'size' | 'channels'>): ImageBatch {
  const pixels = Float32Array.from(bytes, (value) => value / 255);
  return ndarray(pixels, [bytes.length / (size * size * channels), size, size, channels]);
}

export function toBytes(values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: values.length }, (_, i) => Math.round(255 * Math.min(1, Math.max(0, values[i]!))));
}

export function rowsOf(bytes: Uint8Array, rows: readonly number[], { size, channels }: Pick<Prepared, 'size' | 'channels'>): Uint8Array {
  const length = size * size * channels;
  const picked = new Uint8Array(rows.length * length);
  for (const [i, row] of rows.entries()) picked.set(bytes.subarray(row * length, (row + 1) * length), i * length);
  return picked;
}

export function toMaps({ maps, reconstructions, scores }: Detection): Maps {
  return { maps: Float32Array.from(maps.data), rebuilt: toBytes(reconstructions.data), scores: [...scores] };
}
