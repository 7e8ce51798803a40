/** The middle of numbers in rising order, or the mean of both in the middle. */
export function median(sorted: Float64Array): number {
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
