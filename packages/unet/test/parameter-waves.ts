import type { HostTensor, HostWeights } from '@rddpm/core';
import { parameterShapes, type UNetConfig } from '@rddpm/unet';

/** The weights of scripts/goldens/unet.py: sines, so that no file has to hold them. */
export function parameterWaves(config: UNetConfig): HostWeights {
  return Object.fromEntries(
    Object.entries(parameterShapes(config)).map(([name, shape]) => {
      const isNorm = shape.length === 1 && name.includes('norm');
      const bound = isNorm ? 0.5 : shape.length === 1 ? 1 : 2 / Math.sqrt(sizeOf(shape.slice(1)));
      const centre = isNorm && name.endsWith('weight') ? 1 : 0;
      return [name, { shape, data: waves(name, sizeOf(shape), bound).map((value) => value + centre) }];
    }),
  );
}

/** Two images. */
export function imageWaves({ sampleSize, inChannels = 3 }: UNetConfig): HostTensor {
  const [height, width] = typeof sampleSize === 'number' ? [sampleSize, sampleSize] : sampleSize;
  return { shape: [2, height, width, inChannels], data: waves('x', 2 * height * width * inChannels, 2) };
}

export function waves(name: string, size: number, bound: number): Float32Array {
  const start = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return Float32Array.from({ length: size }, (_, k) => bound * Math.sin(start + k));
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
