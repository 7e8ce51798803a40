import type { FitEvent, TrainingSet } from '@rddpm/core/contracts';
import { rowMajor } from '@rddpm/maps';

const MOST_ROWS = 64;
const MOST_BYTES = 2 ** 24;

/** What all passes of a fit share. */
export type Reading = {
  /** How many images have been read, over all passes so far; progress reports it. */
  done: number;
  /** How many images all passes together will read. */
  readonly steps: number;
  readonly signal: AbortSignal | undefined;
};

/** An image as it is read. @property values Row-major, [h, w, c]. @property valid [h, w]: 0 where there is nothing to see. */
export type Shown = { readonly row: number; readonly values: Float32Array; readonly valid: Uint8Array | undefined };

/**
 * Shows a training set's images one after the other, at most 16 MiB of them, or one, in memory at once.
 *
 * @param rows The rows of the set to read. @defaultValue all
 * @returns True after the last image; false once the signal is aborted.
 */
export async function* passOver(
  training: TrainingSet,
  reading: Reading,
  take: (image: Shown) => void,
  rows: Int32Array = allRows(training),
): AsyncGenerator<FitEvent, boolean> {
  const [h, w, c] = training.shape;
  const size = h * w * c;
  const chunk = Math.min(MOST_ROWS, Math.max(1, Math.floor(MOST_BYTES / (4 * size))));
  for (let first = 0; first < rows.length; first += chunk) {
    const some = rows.slice(first, first + chunk);
    const batch = await training.read(some);
    const values = rowMajor(batch.values);
    const valid = batch.valid && rowMajor(batch.valid);
    some.forEach((row, i) => {
      take({
        row,
        values: values.subarray(i * size, (i + 1) * size),
        valid: valid?.subarray(i * h * w, (i + 1) * h * w),
      });
    });
    if (reading.signal?.aborted) return false;
    reading.done += some.length;
    yield { kind: 'progress', step: reading.done, steps: reading.steps, measures: {} };
  }
  return true;
}

export const allRows = ({ count }: TrainingSet) => Int32Array.from({ length: count }, (_, row) => row);
