import { squaredBetween } from './nearest.ts';

/** Keeps the density of repeated points finite; scikit-learn adds the same number. */
const LEAST_REACH = 1e-10;

/**
 * Local outlier factors: how much thinner the surroundings of each point are than those of its neighbours. 1 is what all of a crowd have; outliers have more.
 *
 * @param points [n, dims]
 * @param neighbours How many neighbours a point is compared with; at most the n − 1 other points count. A point that is alone has a factor of 1.
 * @see Breunig et al. (2000), https://doi.org/10.1145/335191.335388
 */
export function localOutlierFactors(points: Float32Array, dims: number, neighbours: number): Float64Array {
  const n = points.length / dims;
  const k = Math.min(neighbours, n - 1);
  if (k < 1) return new Float64Array(n).fill(1);
  const distances = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const distance = Math.sqrt(squaredBetween(points, i * dims, points, j * dims, dims));
      distances[i * n + j] = distance;
      distances[j * n + i] = distance;
    }
  }
  const nearest = new Int32Array(n * k);
  for (let i = 0; i < n; i++) {
    const row = distances.subarray(i * n, (i + 1) * n);
    nearest.set(smallest(row, k, i), i * k);
  }
  const reach = (i: number) => distances[i * n + nearest[i * k + k - 1]!]!; // to the k-th neighbour
  const meanOver = (i: number, of: (j: number) => number) => {
    let sum = 0;
    for (let near = i * k; near < (i + 1) * k; near++) sum += of(nearest[near]!);
    return sum / k;
  };
  const densities = Float64Array.from(
    { length: n },
    (_, i) => 1 / (meanOver(i, (j) => Math.max(reach(j), distances[i * n + j]!)) + LEAST_REACH),
  );
  return densities.map((density, i) => meanOver(i, (j) => densities[j]!) / density);
}

/** The indices of the `k` smallest `values`, in rising order of value, without the one that is left out. */
function smallest(values: Float64Array, k: number, without: number): Int32Array {
  const found = new Int32Array(k);
  let count = 0;
  for (let j = 0; j < values.length; j++) {
    if (j === without || (count === k && values[j]! >= values[found[k - 1]!]!)) continue;
    let at = count < k ? count++ : k - 1;
    for (; at > 0 && values[found[at - 1]!]! > values[j]!; at--) found[at] = found[at - 1]!;
    found[at] = j;
  }
  return found;
}
