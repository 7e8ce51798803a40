import { assertPositive, assertPositiveInteger, type NoiseSource } from '@rddpm/core';

export type PyramidNoiseOptions = {
  /** A level's standard deviation over the one before, above 0. @defaultValue 0.8 */
  readonly discount?: number;
  /** At most so many; 1 is Gaussian noise. There are none beyond a side length of 1. @defaultValue 10 */
  readonly levels?: number;
};

/**
 * Multi-resolution noise: Gaussian fields at ever smaller sizes, each by a random factor from 2 to 4 smaller than the last, enlarged bilinearly and
 * summed. It stays Gaussian, has correlations at every scale, and has variance 1 on average over the image. For every t alike.
 *
 * @throws {ConfigError} naming the option that is out of range.
 * @see Whitaker (2023), https://wandb.ai/johnowhitaker/multires_noise/reports/Multi-Resolution-Noise-for-Diffusion-Model-Training--VmlldzozNjYyOTU2,
 *   here with one field at full size, and scaled by the variance that the sizes lead to in place of the batch's own
 */
export function pyramidNoise({ discount = 0.8, levels = 10 }: PyramidNoiseOptions = {}): NoiseSource {
  assertPositive('pyramidNoise: discount', discount);
  assertPositiveInteger('pyramidNoise: levels', levels);

  return (into, { height, width, channels }, rng) => {
    rng.normal(into);
    let variance = 1;
    let [h, w] = [height, width];
    for (let level = 1; level < levels && h > 1 && w > 1; level++) {
      const factor = 2 + 2 * rng.uniform();
      [h, w] = [Math.max(1, Math.floor(h / factor)), Math.max(1, Math.floor(w / factor))];
      const field = rng.normal(new Float32Array(h * w * channels));
      const [rows, columns] = [stretched(h, height), stretched(w, width)];
      const weight = discount ** level;
      variance += weight ** 2 * meanVariance(rows) * meanVariance(columns);
      rows.forEach((row, y) => {
        columns.forEach((column, x) => {
          for (let c = 0; c < channels; c++) {
            const at = (i: number, j: number) => field[(i * w + j) * channels + c]!;
            const above = (1 - column.share) * at(row.first, column.first) + column.share * at(row.first, column.second);
            const below = (1 - column.share) * at(row.second, column.first) + column.share * at(row.second, column.second);
            into[(y * width + x) * channels + c]! += weight * ((1 - row.share) * above + row.share * below);
          }
        });
      });
    }
    const scale = 1 / Math.sqrt(variance);
    into.forEach((value, i) => {
      into[i] = scale * value;
    });
    return into;
  };
}

/** Each place's neighbours among `size` pixels stretched over `length`, pixels being squares; the edges are continued. */
function stretched(size: number, length: number): { first: number; second: number; share: number }[] {
  return Array.from({ length }, (_, i) => {
    const position = Math.min(size - 1, Math.max(0, ((i + 0.5) * size) / length - 0.5));
    const first = Math.floor(position);
    return { first, second: Math.min(first + 1, size - 1), share: position - first };
  });
}

/** Of independent numbers of variance 1, interpolated. */
function meanVariance(places: readonly { share: number }[]): number {
  return places.reduce((sum, { share }) => sum + (1 - share) ** 2 + share ** 2, 0) / places.length;
}
