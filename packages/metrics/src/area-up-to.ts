import type { Tally } from './counting/tally.ts';

/**
 * The area under the curve that goes right by negatives and up by `gains` as the threshold sinks (see `vertices`), from a false positive
 * rate of 0 to `limit`, divided by `limit`. Where the limit falls on a line, the line is cut there.
 *
 * @param gains What each threshold adds to y, in units of which `total` are the whole.
 */
export function areaUpTo({ negatives, ties, gaps }: Tally, gains: ArrayLike<number>, total: number, limit: number): number {
  const end = limit * negatives;
  let area = 0; // in negatives times units
  let seen = 0;
  let gained = 0;
  for (let k = 0; k < gaps.length && seen < end; k++) {
    area += Math.min(gaps[k]!, end - seen) * gained;
    seen += gaps[k]!;
    if (k === ties.length) break;
    const slant = Math.min(ties[k]!, end - seen); // below 0 where the limit lies in the gap before
    if (slant > 0) area += slant * (gained + (gains[k]! * slant) / ties[k]! / 2);
    seen += ties[k]!;
    gained = k === ties.length - 1 ? total : Math.min(total, gained + gains[k]!); // the last brings all: no rounding is left over
  }
  return area / (end * total);
}
