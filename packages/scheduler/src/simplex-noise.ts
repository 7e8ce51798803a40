import { assertPositive, assertPositiveInteger, ConfigError, type NoiseSource } from '@rddpm/core';
import { createNoise3D } from 'simplex-noise';

export type SimplexNoiseOptions = {
  /** @defaultValue 6 */
  readonly octaves?: number;
  /** An octave's amplitude over the one before, above 0. @defaultValue 0.8 */
  readonly persistence?: number;
  /** The first octave's wavelength in pixels, halved from octave to octave. @defaultValue 64 */
  readonly frequency?: number;
  /** Scaled to a variance of 1, which the forward process assumes; AnoDDPM's has about 0.47. @defaultValue false */
  readonly unitVariance?: boolean;
};

/**
 * The mean variance of one octave: 32² · Σ (0.6 − r²)⁸ · ⅔r² over the four corners of a place's simplex, r their distances, integrated over all places
 * (⅔ is the mean square of a gradient's component, and gradients of different corners are independent).
 */
const OCTAVE_VARIANCE = 0.181;

/**
 * Simplex noise in octaves, whose correlated patches also hide large defects: `Σ persistenceᵒ · simplex(x / λₒ, y / λₒ, t / λₒ)` with λₒ =
 * `frequency / 2ᵒ`, a slice at the timestep t through a field that is new for each image and channel.
 *
 * As in AnoDDPM, but that its field is OpenSimplex noise, and one for all images of a batch.
 *
 * @throws {ConfigError} naming the option that is out of range.
 * @see Wyatt et al. (2022), AnoDDPM, https://doi.org/10.1109/CVPRW56347.2022.00080, section 3.2
 */
export function simplexNoise(options: SimplexNoiseOptions = {}): NoiseSource {
  const { octaves = 6, persistence = 0.8, frequency = 64, unitVariance = false } = options;
  assertPositiveInteger('simplexNoise: octaves', octaves);
  assertPositive('simplexNoise: persistence', persistence);
  assertPositive('simplexNoise: frequency', frequency);
  if (typeof unitVariance !== 'boolean') throw new ConfigError(`simplexNoise: unitVariance is ${unitVariance}; it must be true or false`);
  const waves = Array.from({ length: octaves }, (_, o) => ({ amplitude: persistence ** o, length: frequency / 2 ** o }));
  const variance = OCTAVE_VARIANCE * waves.reduce((sum, { amplitude }) => sum + amplitude ** 2, 0);
  const scale = unitVariance ? 1 / Math.sqrt(variance) : 1;

  return (into, { height, width, channels }, rng, t) => {
    for (let c = 0; c < channels; c++) {
      const field = createNoise3D(() => rng.uniform());
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          let sum = 0;
          for (const { amplitude, length } of waves) sum += amplitude * field(x / length, y / length, t / length);
          into[(y * width + x) * channels + c] = scale * sum;
        }
      }
    }
    return into;
  };
}
