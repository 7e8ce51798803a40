import type { NoiseSource } from '@rddpm/core';

/** Independent standard normal numbers, for every t alike. */
export function gaussianNoise(): NoiseSource {
  return (into, _shape, rng) => rng.normal(into);
}
