import ndarray from 'ndarray';
import type { TrainingSet } from './contracts.ts';
import { ConfigError } from './errors.ts';
import { assertImages, type ImageBatch } from './images.ts';

/**
 * Images in memory as a training set. They aren't copied: a row is read when it's asked for, whatever the array's strides.
 *
 * @param what Begins the messages of errors.
 * @throws {ShapeError}, {ConfigError} as `assertImages`; reading rejects with {ConfigError} for a row that isn't there.
 */
export function imageSet(images: ImageBatch, what = 'imageSet: images'): TrainingSet {
  assertImages(what, images);
  const [count, h, w, c] = images.shape as [number, number, number, number];
  const [alongRows, down, across, deep] = images.stride as [number, number, number, number];
  const size = h * w * c;
  const plain = deep === 1 && across === c && down === w * c;
  return {
    count,
    shape: [h, w, c],
    range: 'pixels',
    async read(rows) {
      const missing = rows.find((row) => !(row >= 0 && row < count));
      if (missing !== undefined) throw new ConfigError(`${what} has no row ${missing}; rows are from 0 to ${count - 1}`);
      const values = new Float32Array(rows.length * size);
      rows.forEach((row, i) => {
        const first = images.offset + row * alongRows;
        values.set(plain ? images.data.subarray(first, first + size) : turned(first), i * size);
      });
      return { values: ndarray(values, [rows.length, h, w, c]), range: 'pixels' };
    },
  };

  /** The image that begins at this place, of which the array is a view. */
  function turned(first: number): Float32Array {
    const values = new Float32Array(size);
    let at = 0;
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) for (let k = 0; k < c; k++) values[at++] = images.data[first + y * down + x * across + k * deep]!;
    return values;
  }
}
