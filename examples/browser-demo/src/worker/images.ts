/** Between the bytes that are stored and shown and the numbers that networks take. Pixels are multiples of 1/255 either way. */
import type { Region, TrainingSet } from '@rddpm/core/contracts';
import type { Detection } from '@rddpm/detector';
import ndarray from 'ndarray';
import type { Maps, Prepared } from '../messages.ts';

/** Images in bytes, as what is learnt from or scored: padding isn't valid. @param infos Of each image. */
export function toSet(
  bytes: Uint8Array,
  infos: readonly { readonly content: Region }[],
  { size, channels }: Pick<Prepared, 'size' | 'channels'>,
): TrainingSet {
  const length = size * size * channels;
  const isPadded = infos.some(({ content: { width, height } }) => width < size || height < size);
  return {
    count: infos.length,
    shape: [size, size, channels],
    range: 'pixels',
    async read(rows) {
      const values = new Float32Array(rows.length * length);
      for (const [i, row] of rows.entries()) {
        for (let k = 0; k < length; k++) values[i * length + k] = bytes[row * length + k]! / 255;
      }
      const batch = { values: ndarray(values, [rows.length, size, size, channels]), range: 'pixels' } as const;
      if (!isPadded) return batch;
      const valid = new Uint8Array(rows.length * size * size);
      for (const [i, row] of rows.entries()) {
        const { x, y, width, height } = infos[row]!.content;
        for (let at = i * size + y; at < i * size + y + height; at++) valid.fill(1, at * size + x, at * size + x + width);
      }
      return { ...batch, valid: ndarray(valid, [rows.length, size, size]) };
    },
  };
}

export function toBytes(values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: values.length }, (_, i) => Math.round(255 * Math.min(1, Math.max(0, values[i]!))));
}

export function toMaps({ maps, reconstructions, scores }: Detection): Maps {
  return { maps: Float32Array.from(maps.data), rebuilt: toBytes(reconstructions.data), scores: [...scores] };
}
