/** Which pixels of a line make one of the new pixels, and how much each counts: they sum to 1. */
export type ResamplingTaps = { readonly first: number; readonly weights: Float64Array };

/**
 * How a line of `from` pixels becomes one of `to` pixels: bilinear, pixels lying about their centres, and where it shrinks antialiased.
 *
 * The kernel is a triangle that is widened by the reduction, so that it averages over all that a new pixel covers: those of Pillow's
 * `resize(…, BILINEAR)`, and of PyTorch's `interpolate(mode='bilinear', antialias=True)`. At the same length each pixel is its own.
 *
 * @returns `to` of them, by their place in the new line.
 */
export function resamplingTaps(from: number, to: number): ResamplingTaps[] {
  const scale = from / to;
  const reach = Math.max(1, scale); // half of the triangle's base
  return Array.from({ length: to }, (_, at) => {
    const centre = (at + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const last = Math.min(from, Math.floor(centre + reach + 0.5));
    const weights = Float64Array.from({ length: last - first }, (_, k) => Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / reach));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}
