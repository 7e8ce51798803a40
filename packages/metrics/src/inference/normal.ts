/**
 * The chance that a standard normal number is at least as far from 0 as z: `erfc(|z| / √2)`. NaN of NaN.
 *
 * Relative error below 1e-12 wherever the result is a normal float64 (|z| < 37.5).
 */
export function twoSidedTail(z: number): number {
  const distance = Math.abs(z);
  if (distance === Infinity) return 0;
  return distance < 3 ? 1 - 2 * density(distance) * centreSeries(distance) : 2 * density(distance) * millsRatio(distance);
}

/** The z ≥ 0 with `twoSidedTail(z) = tail`, for a tail in [1e-300, 1]. */
export function twoSidedQuantile(tail: number): number {
  // The tail is at most exp(-z²/2), so this starts at the root or above; log tail is concave, so Newton's method comes down to it.
  let z = Math.sqrt(-2 * Math.log(tail));
  for (let step = 0; step < 20; step++) {
    const area = twoSidedTail(z);
    const next = z + (Math.log(area / tail) * area) / (2 * density(z));
    if (Math.abs(next - z) <= 1e-15 * next) return next;
    z = next;
  }
  return z;
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** `(Φ(z) − 1/2) / φ(z) = z + z³/3 + z⁵/15 + …` (DLMF 7.6.2): positive terms, nothing cancels. */
function centreSeries(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; term > sum * 1e-17; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return sum;
}

/** `(1 − Φ(z)) / φ(z) = 1 / (z + 1 / (z + 2 / (z + 3 / (z + …))))` (DLMF 7.9.1), from the inside out; for z ≥ 3. */
function millsRatio(z: number): number {
  let inner = z;
  for (let k = 100; k > 0; k--) inner = z + k / inner;
  return 1 / inner;
}
