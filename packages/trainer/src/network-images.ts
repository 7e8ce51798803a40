import { assertOneOf, assertPositiveInteger, ConfigError, type ImageBatch, imageSet, ShapeError } from '@rddpm/core';
import type { Batch, TrainingSet, ValueRange } from '@rddpm/core/contracts';
import { rowMajor } from '@rddpm/maps';

/** A training set as the network sees it: row-major on the host; pixels in [-1, 1], real values as they are. */
export type NetworkImages = {
  readonly count: number;
  /** Of one image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly range: TrainingSet['range'];
  /** These rows, one after the other. Rejects with what the set's own `read` rejects with, or for what it should not have returned. */
  readonly read: (rows: Int32Array) => Promise<Float32Array>;
};

/** What black and white are to the network. */
export const PIXEL_RANGE: ValueRange = { black: -1, white: 1 };

const RANGES: readonly TrainingSet['range'][] = ['pixels', 'real'];

/** @param what Begins the messages of errors. @throws {ConfigError}, {ShapeError} for images or sets that can't be learnt from. */
export function networkImages(what: string, images: ImageBatch | TrainingSet): NetworkImages {
  const set = 'read' in images ? images : imageSet(images, what);
  const { count, shape, range } = set;
  assertPositiveInteger(`${what}.count`, count);
  if (shape.length !== 3 || !shape.every((side) => Number.isSafeInteger(side) && side >= 1)) {
    throw new ShapeError(`${what}.shape is [${shape}]; it must be [h, w, c] of at least 1 each`);
  }
  assertOneOf(`${what}.range`, range, RANGES);
  return { count, shape, range, read: async (rows) => toNetworkValues(what, set, rows, await set.read(rows)) };
}

function toNetworkValues(what: string, { shape, range }: TrainingSet, rows: Int32Array, batch: Batch): Float32Array {
  const { values } = batch;
  const [n, [h, w, c]] = [rows.length, shape];
  if (`${values.shape}` !== `${[n, h, w, c]}`) {
    throw new ShapeError(`${what}: read of ${n} rows returned [${values.shape}]; it must be [${[n, h, w, c]}]`);
  }
  if (batch.range !== range) throw new ConfigError(`${what}: read returned values of range '${batch.range}'; the set's is '${range}'`);
  const [low, high] = range === 'pixels' ? [0, 1] : [-Number.MAX_VALUE, Number.MAX_VALUE];
  const [scale, shift] = range === 'pixels' ? [2, -1] : [1, -0]; // as toNetwork of @rddpm/core; adding -0 changes nothing
  const { data, stride, offset: first, size } = values;
  const plain = stride[3] === 1 && stride[2] === c && stride[1] === w * c && stride[0] === h * w * c;
  const inOrder = plain ? data.subarray(first, first + size) : rowMajor(values);
  const result = new Float32Array(size);
  for (let at = 0; at < size; at++) {
    const value = inOrder[at]!;
    if (!(value >= low! && value <= high!)) {
      const [y, x] = [Math.floor(at / (w * c)) % h, Math.floor(at / c) % w];
      throw unusable(what, range, { row: rows[Math.floor(at / (h * w * c))]!, value, y, x });
    }
    result[at] = scale! * value + shift!;
  }
  return result;
}

function unusable(what: string, range: Batch['range'], { row, value, y, x }: { row: number; value: number; y: number; x: number }) {
  const [kind, rule] = range === 'pixels' ? ['pixel', 'pixels must be in [0, 1]'] : ['value', 'values must be finite'];
  return new ConfigError(`${what}: row ${row} has a ${kind} of ${value} at y ${y}, x ${x}; ${rule}`);
}
