import type { NoiseSource } from '@rddpm/core';
import * as z from 'zod/mini';
import { gaussianNoise } from './gaussian-noise.ts';
import { count, flag, number, parseConfig } from './parse-config.ts';
import { pyramidNoise } from './pyramid-noise.ts';
import { simplexNoise } from './simplex-noise.ts';

const MOST_OCTAVES = 32; // wavelengths of a 2³²th
const OCTAVES = `must be a whole number from 1 to ${MOST_OCTAVES}`;

const sources = [
  z.strictObject({ name: z.literal('gaussian') }),
  z.strictObject({
    name: z.literal('simplex'),
    octaves: z.optional(z.int(OCTAVES).check(z.gte(1, OCTAVES), z.lte(MOST_OCTAVES, OCTAVES))),
    persistence: z.optional(number),
    frequency: z.optional(number),
    unitVariance: z.optional(flag),
  }),
  z.strictObject({ name: z.literal('pyramid'), discount: z.optional(number), levels: z.optional(count) }),
] as const;

/** A noise source as config files and models hold it: its name and its function's options. */
export const noiseConfigSchema = z.discriminatedUnion('name', sources, 'must be an object whose name is one of gaussian, simplex, pyramid');

/** `{ name: 'simplex', octaves: 6 }`, say. */
export type NoiseConfig = z.infer<typeof noiseConfigSchema>;

/** @throws {ConfigError} naming the field that is unknown or out of range. */
export function createNoise(config: NoiseConfig): NoiseSource {
  const parsed = parseConfig('createNoise', noiseConfigSchema, config);
  switch (parsed.name) {
    case 'gaussian':
      return gaussianNoise();
    case 'simplex':
      return simplexNoise(parsed);
    case 'pyramid':
      return pyramidNoise(parsed);
  }
}
