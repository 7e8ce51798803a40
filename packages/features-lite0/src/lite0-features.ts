import { assertPositiveInteger, ConfigError, decodeSafetensors, type ImageBatch, toTensors } from '@rddpm/core';
import type { Size } from '@rddpm/core/contracts';
import { imageByImage, type OpenFeatures, resizerForNetwork } from '@rddpm/features';
import { dispose, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { readWeights } from '#weights';
import { BLOCKS, lite0 } from './network.ts';

export type Lite0Options = {
  /** Whose outputs are the maps, from 0 to 10. @defaultValue [2, 4, 10]: 24, 40, 112 channels at 1/4, 1/8, 1/16 of the sides */
  readonly blocks?: readonly number[] | undefined;
  /** What images are resized to. @defaultValue 224 x 224, which it was trained on */
  readonly size?: Size | undefined;
};

/**
 * Features of EfficientNet-Lite0, trained on ImageNet. It runs on the run's backend; images go through it one by one, so that each has the
 * same features whatever is beside it.
 *
 * @throws {ConfigError} for options that make no sense.
 */
export function lite0Features({ blocks: wanted = [2, 4, 10], size = { width: 224, height: 224 } }: Lite0Options = {}): OpenFeatures {
  const odd = wanted.find((block, i) => !(Number.isInteger(block) && block >= 0 && block < BLOCKS) || wanted.indexOf(block) !== i);
  if (wanted.length === 0 || odd !== undefined) {
    throw new ConfigError(`lite0Features: blocks is [${wanted}]; it must name at least one of 0 to ${BLOCKS - 1}, each once`);
  }
  const blocks = wanted.toSorted((a, b) => a - b); // sides never grow from block to block
  assertPositiveInteger('lite0Features: size.width', size.width);
  assertPositiveInteger('lite0Features: size.height', size.height);
  const resize = resizerForNetwork(size);

  return async ({ backend: start }) => {
    const backend = await start();
    const weights = toTensors(decodeSafetensors(await readWeights(), 'lite0.safetensors').tensors);
    const run = backend.compile((images: Tensor4D) => lite0(weights, images, blocks));

    /** @param image [1, h, w, 3] */
    const extractOne = async (image: ImageBatch) => {
      const { shape, data } = resize(image);
      const input = tensor4d(data, shape as [number, number, number, number]);
      try {
        const outputs = await run(input);
        const maps = await Promise.all(outputs.map(async (map) => ({ shape: map.shape, data: await map.data<'float32'>() })));
        dispose(outputs);
        return maps;
      } finally {
        input.dispose();
      }
    };

    return {
      id: `lite0:${blocks.map((block) => `block${block}`).join(',')}:${size.width}x${size.height}`,
      extract: (images) => imageByImage('lite0Features', images, extractOne),
      dispose: () => dispose(weights),
    };
  };
}
