import type { RatedRows } from '@rddpm/core/contracts';
import { cutoffOf } from './cutoff.ts';
import { type ScoreSetOptions, scoreInChunks } from './score-set.ts';

const DEVIATIONS = 3;

/**
 * Rates a training set by the model that was fitted to it: an image scores as the worst place of its map, and is suspected where that lies more than three
 * deviations (MAD) above the median of all.
 *
 * Yields how many images are done.
 *
 * @returns Undefined once the signal is aborted.
 * @throws {ConfigError} for an empty set; as `scoreInChunks`.
 */
export async function* rateRows(
  options: Omit<ScoreSetOptions, 'rows' | 'isTraining' | 'onProgress'>,
): AsyncGenerator<number, RatedRows | undefined> {
  const { count, shape } = options.set;
  const [h, w] = shape;
  const scores = new Float64Array(count);
  const [x, y] = [new Int32Array(count), new Int32Array(count)];
  let done = 0;
  for await (const { first, judged } of scoreInChunks({ ...options, isTraining: true })) {
    judged.scores.forEach((score, i) => {
      const place = judged.maps.data.subarray(i * h * w, (i + 1) * h * w).indexOf(score);
      scores[first + i] = score;
      x[first + i] = place % w;
      y[first + i] = Math.floor(place / w);
    });
    done = first + judged.scores.length;
    yield done;
  }
  if (done < count) return undefined;
  const cutoff = cutoffOf(scores, 'mad', { deviations: DEVIATIONS });
  const kept = Uint8Array.from(scores, (score) => (score <= cutoff ? 1 : 0));
  return { scores, kept, cutoff, rule: `median + ${DEVIATIONS} deviations (MAD)`, places: { x, y } };
}
