import { assertOneOf, ConfigError, type Rng } from '@rddpm/core';

/** How a training image may be shown when a step draws it, by the names that configs use. */
export const AUGMENTATIONS = ['flip', 'flip-vertical', 'quarter-turns'] as const;
export type Augmentation = (typeof AUGMENTATIONS)[number];

type ImageShape = readonly [height: number, width: number, channels: number];

/** One of as many ways, each by one more application of a permutation of the pixels: where (y, x) of the result comes from. */
type Change = { readonly ways: number; readonly source: (y: number, x: number, h: number, w: number) => readonly [y: number, x: number] };

const CHANGES: Readonly<Record<Augmentation, Change>> = {
  flip: { ways: 2, source: (y, x, _, w) => [y, w - 1 - x] },
  'flip-vertical': { ways: 2, source: (y, x, h) => [h - 1 - y, x] },
  'quarter-turns': { ways: 4, source: (y, x, _, w) => [x, w - 1 - y] }, // counter-clockwise
};

/**
 * Shows images, row-major one after the other, each in one of the ways that the names allow, all equally likely. Without names, the very same images.
 *
 * A name draws from `rng.fork(name)`, once for each image: whatever else is named, and in which order, its draws are the same.
 */
export function augmenter(names: readonly Augmentation[], [h, w, c]: ImageShape): (images: Float32Array, rng: Rng) => Float32Array {
  const changes = AUGMENTATIONS.filter((name) => names.includes(name)).map((name) => {
    const { ways, source } = CHANGES[name];
    const order = Int32Array.from({ length: h * w }, (_, at) => {
      const [y, x] = source(Math.floor(at / w), at % w, h, w);
      return y * w + x;
    });
    return { name, ways, order };
  });
  const size = h * w * c;

  return (images, rng) => {
    if (changes.length === 0) return images;
    const drawn = changes.map((change) => ({ ...change, rng: rng.fork(change.name) }));
    const result = images.slice();
    for (let first = 0; first < result.length; first += size) {
      const image = result.subarray(first, first + size);
      for (const { ways, order, rng } of drawn) {
        for (let times = rng.integer(ways); times > 0; times--) permute(image, order, c);
      }
    }
    return result;
  };
}

function permute(image: Float32Array, order: Int32Array, channels: number): void {
  const before = image.slice();
  order.forEach((source, at) => {
    for (let channel = 0; channel < channels; channel++) image[at * channels + channel] = before[source * channels + channel]!;
  });
}

/** @param what Begins the message. @throws {ConfigError} for a name that there is not, and quarter turns of images that aren't squares. */
export function assertAugments(
  what: string,
  names: readonly Augmentation[],
  [height, width]: readonly [number, number, ...number[]],
): void {
  for (const name of names) assertOneOf(what, name, AUGMENTATIONS);
  if (names.includes('quarter-turns') && height !== width) {
    throw new ConfigError(`${what} holds quarter-turns, but images are ${width}x${height} (width x height); only squares can be turned`);
  }
}
