import type { Batch, Scorer } from '@rddpm/core/contracts';
import { rowMajor } from '@rddpm/maps';
import ndarray from 'ndarray';

/** So many pixels of maps are remembered at the most: 256 MiB. */
const MOST_PIXELS = 2 ** 26;

/**
 * A scorer that remembers the maps of training images: each is computed once, however often it is asked for. Maps that come with pictures, such as
 * reconstructions, and those beyond 2²⁶ pixels in all are computed anew each time.
 */
export function rememberingScorer(scorer: Scorer): Scorer {
  const known = new Map<number, Float32Array>();
  return {
    async score(batch, options = {}) {
      const { trainingRows: rows } = options;
      if (!rows) return scorer.score(batch, options);
      const [, height, width] = batch.values.shape as [number, number, number, number];
      const size = height * width;
      const maps = [...rows].map((row) => known.get(row));
      const missing = maps.flatMap((map, i) => (map ? [] : [i]));
      if (missing.length > 0) {
        const some = missing.length < rows.length ? imagesOf(batch, missing) : batch;
        const scored = await scorer.score(some, { trainingRows: Int32Array.from(missing, (i) => rows[i]!) });
        const isMaps = `${scored.maps?.shape}` === `${[missing.length, height, width]}`; // whoever asks says what is wrong with others
        if (scored.pictures || !isMaps) return scored; // these are never remembered, so that all of the batch were missing
        const data = rowMajor(scored.maps);
        for (const [k, i] of missing.entries()) {
          const map = data.subarray(k * size, (k + 1) * size);
          maps[i] = map;
          if (known.size * size < MOST_PIXELS) known.set(rows[i]!, map);
        }
      }
      const all = new Float32Array(rows.length * size);
      for (const [i, map] of maps.entries()) all.set(map!, i * size);
      return { maps: ndarray(all, [rows.length, height, width]) };
    },
    dispose: () => scorer.dispose(),
  };
}

/** Some images of a batch, by their places in it. */
function imagesOf({ values, valid, ...batch }: Batch, places: readonly number[]): Batch {
  const some = <T extends Float32Array | Uint8Array>(data: T, [n, ...shape]: readonly number[]) => {
    const size = data.length / n!;
    const picked = data.slice(0, places.length * size) as T;
    for (const [k, i] of places.entries()) picked.set(data.subarray(i * size, (i + 1) * size), k * size);
    return ndarray(picked, [places.length, ...shape]);
  };
  return {
    ...batch,
    values: some(rowMajor(values), values.shape),
    valid: valid && some(rowMajor(valid), valid.shape),
  };
}
