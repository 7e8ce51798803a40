import {
  assertImages,
  assertPositiveInteger,
  ConfigError,
  type HostTensor,
  type ImageBatch,
  type ResamplingTaps,
  resamplingTaps,
} from '@rddpm/core';
import type { Size } from '@rddpm/core/contracts';

/**
 * What resizes images as networks are shown them: bilinear, antialiased where it shrinks (as in Pillow, and in PyTorch's `interpolate` with `antialias=True`).
 * Images of one size, one call after the other, share what depends on it.
 *
 * @returns Of images, [n, h, w, c] in [0, 1], those of the new size, [n, height, width, c]. It throws ShapeError for other images, and ConfigError for pixels
 *   outside [0, 1].
 * @throws {ConfigError} for a size that is none, and for one at which a network would hold about 4 GiB or more.
 */
export function resizerForNetwork({ width, height }: Size): (images: ImageBatch) => HostTensor {
  assertPositiveInteger('resizerForNetwork: width', width);
  assertPositiveInteger('resizerForNetwork: height', height);
  assertMemory(width, height);
  let taps: Taps | undefined;
  return (images) => {
    assertImages('resizerForNetwork: images', images);
    const [, h, w] = images.shape as [number, number, number, number];
    if (taps?.h !== h || taps.w !== w) taps = { h, w, rows: resamplingTaps(h, height), columns: resamplingTaps(w, width) };
    return resized(images, taps);
  };
}

type Taps = {
  readonly h: number;
  readonly w: number;
  readonly rows: readonly ResamplingTaps[];
  readonly columns: readonly ResamplingTaps[];
};

/** What a network holds for each pixel that it is shown: 32 numbers of the input and of a first layer of half the sides and 96 channels. */
const BYTES_PER_PIXEL = 4 * 32;
const MOST_BYTES = 2 ** 32;

function assertMemory(width: number, height: number): void {
  const bytes = width * height * BYTES_PER_PIXEL;
  if (bytes <= MOST_BYTES) return;
  const most = Math.floor(Math.sqrt((MOST_BYTES / BYTES_PER_PIXEL) * (width / height)));
  throw new ConfigError(
    `resizerForNetwork: size is ${width}x${height}, at which a network would hold about ${Math.round(bytes / 2 ** 30)} GiB of feature maps; ` +
      `it must be at most ${MOST_BYTES / 2 ** 30} GiB, which ${most}x${Math.floor((most * height) / width)} would take`,
  );
}

function resized(images: ImageBatch, { rows, columns }: Taps): HostTensor {
  const [n, h, , c] = images.shape as [number, number, number, number];
  const [height, width] = [rows.length, columns.length];
  const data = new Float32Array(n * height * width * c);
  const narrowed = new Float64Array(h * width * c); // one image, resized along its rows
  let at = 0;
  for (let i = 0; i < n; i++) {
    let to = 0;
    for (let y = 0; y < h; y++)
      for (const { first, weights } of columns)
        for (let k = 0; k < c; k++) {
          let sum = 0;
          for (let j = 0; j < weights.length; j++) sum += weights[j]! * images.get(i, y, first + j, k);
          narrowed[to++] = sum;
        }
    for (const { first, weights } of rows)
      for (let x = 0; x < width * c; x++) {
        let sum = 0;
        for (let j = 0; j < weights.length; j++) sum += weights[j]! * narrowed[(first + j) * width * c + x]!;
        data[at++] = sum;
      }
  }
  return { shape: [n, height, width, c], data };
}
