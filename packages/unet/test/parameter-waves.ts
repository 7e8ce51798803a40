import type { HostWeights } from '@rddpm/core';
import { parameterShapes, type UNetConfig } from '@rddpm/unet';
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';

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
export function imageWaves({ sampleSize, inChannels = 3 }: UNetConfig): Tensor4D {
  const [height, width] = typeof sampleSize === 'number' ? [sampleSize, sampleSize] : sampleSize;
  return tensor4d(waves('x', 2 * height * width * inChannels, 2), [2, height, width, inChannels]);
}

export function waves(name: string, size: number, bound: number): Float32Array {
  const start = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return Float32Array.from({ length: size }, (_, k) => bound * Math.sin(start + k));
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
