import type { Tally } from './counting/tally.ts';

/** The corners of a curve, each with the lowest threshold that still gives it. */
export type Vertices = { readonly x: Float64Array; readonly y: Float64Array; readonly thresholds: Float64Array };

/**
 * The curve that starts at (0, 0), above all scores, and goes right by negatives and up by `gains` as the threshold sinks: level
 * through a gap, slanting through a tie, else straight up. Points inside a run level or straight up are left out.
 *
 * @param gains What each threshold adds to y, in units of which `total` are the whole.
 */
export function vertices(tally: Tally, gains: ArrayLike<number>, total: number): Vertices {
  const { negatives, thresholds: scores, ties, gaps, gapFloors } = tally;
  const x = new Float64Array(2 * gaps.length);
  const y = x.slice();
  const thresholds = x.slice();
  let end = 0;
  let seen = 0;
  let gained = 0;
  const place = (threshold: number) => {
    const same = x[end - 1] === seen && y[end - 1] === gained;
    if (same || (end > 1 && (x[end - 2] === seen || y[end - 2] === gained))) end--; // the last point is this one, or inside a straight run
    x[end] = seen;
    y[end] = gained;
    thresholds[end++] = threshold;
  };
  place(Infinity);
  for (let k = 0; k < gaps.length; k++) {
    if (gaps[k]! > 0) {
      seen += gaps[k]!;
      place(gapFloors[k]!);
    }
    if (k === scores.length) break;
    seen += ties[k]!;
    gained = k === scores.length - 1 ? total : Math.min(total, gained + gains[k]!); // the last brings all: no rounding is left over
    place(scores[k]!);
  }
  for (let k = 0; k < end; k++) {
    x[k]! /= negatives;
    y[k]! /= total;
  }
  return { x: x.slice(0, end), y: y.slice(0, end), thresholds: thresholds.slice(0, end) };
}
