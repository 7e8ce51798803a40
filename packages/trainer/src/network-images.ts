import { type ImageBatch, toNetwork } from '@rddpm/core';

/** Images as the network sees them, on the host: row-major, in [-1, 1]. */
export type NetworkImages = { readonly pixels: Float32Array; readonly shape: readonly [n: number, h: number, w: number, c: number] };

export async function networkImages(images: ImageBatch): Promise<NetworkImages> {
  const tensor = toNetwork(images);
  try {
    return { pixels: await tensor.data<'float32'>(), shape: tensor.shape };
  } finally {
    tensor.dispose();
  }
}
