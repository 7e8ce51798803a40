import { ConfigError, type Rng } from '@rddpm/core';
import { squaredBetween } from './nearest.ts';

export type CoresetOptions = {
  readonly dims: number;
  /** How many points are picked; fewer are, if fewer points differ. */
  readonly size: number;
  readonly rng: Rng;
  /** [n]: points marked 0 are ignored. @defaultValue all points count */
  readonly among?: Uint8Array | undefined;
};

const STARTING_POINTS = 10;

/**
 * Greedy k-center: the first pick is the point that is farthest from ten random ones, on average; each other the one that is farthest from all picks. Every point
 * is then at most twice as far from its nearest pick as the best choice of so many would have it. Each pick looks at every point that may be nearer to it than to its
 * pick so far: at most `size · n · dims` operations.
 *
 * Outliers are picked first: that is what the method is for, and what makes a memory of it learn the rarest defect.
 *
 * @param points [n, dims]
 * @returns The indices of the picked points, in the order of picking. After each pick, it yields how many there are.
 * @throws {ConfigError} if there are no points.
 * @see Gonzalez (1985), https://doi.org/10.1016/0304-3975(85)90224-5; that ten random points begin is from the code of PatchCore's authors
 */
export function* greedyCoreset(points: Float32Array, { dims, size, rng, among }: CoresetOptions): Generator<number, Int32Array> {
  const n = points.length / dims;
  const candidates = Int32Array.from({ length: n }, (_, i) => i).filter((i) => !among || among[i]);
  if (candidates.length === 0) throw new ConfigError('greedyCoreset: there are 0 points to pick from; there must be at least one');
  const squared = new Float32Array(n).fill(Number.POSITIVE_INFINITY); // to the nearest pick
  const owner = new Int32Array(n);
  const picks: number[] = [];
  const apart = new Float64Array(size); // from the newest pick to those before
  let next = farthestOnAverage(points, candidates, dims, rng);
  let radius = Number.POSITIVE_INFINITY;
  while (picks.length < size && radius > 0) {
    const newest = picks.length;
    picks.forEach((pick, j) => {
      apart[j] = squaredBetween(points, pick * dims, points, next * dims, dims);
    });
    picks.push(next);
    const pick = next;
    radius = -1;
    for (const i of candidates) {
      let distance = squared[i]!;
      if (newest === 0 || apart[owner[i]!]! < 4 * distance) {
        // beyond, the triangle inequality says that the newest is no nearer
        const other = Math.fround(squaredBetween(points, i * dims, points, pick * dims, dims, distance));
        if (other < distance) {
          distance = other;
          squared[i] = other;
          owner[i] = newest;
        }
      }
      if (distance > radius) {
        radius = distance;
        next = i;
      }
    }
    yield picks.length;
  }
  return Int32Array.from(picks);
}

function farthestOnAverage(points: Float32Array, candidates: Int32Array, dims: number, rng: Rng): number {
  const starts = Array.from({ length: STARTING_POINTS }, () => candidates[rng.integer(candidates.length)]!);
  let farthest = -1;
  let found = candidates[0]!;
  for (const i of candidates) {
    const sum = starts.reduce((total, start) => total + Math.sqrt(squaredBetween(points, i * dims, points, start * dims, dims)), 0);
    if (sum <= farthest) continue;
    farthest = sum;
    found = i;
  }
  return found;
}
