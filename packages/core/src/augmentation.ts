/** Other ways of showing an image, drawn at random; masks go along. And the warp behind two of them, for single pictures. */
import { assertOneOf } from './checks.ts';
import type { Batch, ValueRange, Variation } from './contracts.ts';
import { ConfigError, ShapeError } from './errors.ts';
import type { Rng } from './rng.ts';

/** How an image may be shown when it is drawn, by the names that configs use, in the order in which they are applied. */
export const AUGMENTATIONS = ['flip', 'flip-vertical', 'quarter-turns', 'rotate', 'shift', 'brightness'] as const;
export type Augmentation = (typeof AUGMENTATIONS)[number];

/** Up to which draws are uniform: degrees either way, a share of each side either way, a factor's distance from 1. */
export const AUGMENTATION_LIMITS = { rotate: 10, shift: 0.05, brightness: 0.1 } as const satisfies Partial<Record<Augmentation, number>>;

type ImageShape = readonly [height: number, width: number, channels: number];

/** One of as many ways, each by one more application of a permutation of the pixels: where (y, x) of the result comes from. */
type Change = { readonly ways: number; readonly source: (y: number, x: number, h: number, w: number) => readonly [y: number, x: number] };

const CHANGES: Readonly<Record<Exclude<Augmentation, keyof typeof AUGMENTATION_LIMITS>, Change>> = {
  flip: { ways: 2, source: (y, x, _, w) => [y, w - 1 - x] },
  'flip-vertical': { ways: 2, source: (y, x, h) => [h - 1 - y, x] },
  'quarter-turns': { ways: 4, source: (y, x, _, w) => [x, w - 1 - y] }, // counter-clockwise
};

/**
 * Shows images, row-major one after the other, each as the names allow: mirrored left to right (`'flip'`) or top to bottom (`'flip-vertical'`), turned by 0, 90,
 * 180 or 270 degrees (`'quarter-turns'`, of squares), all ways equally likely; turned about its centre by up to 10 degrees (`'rotate'`) and moved by up to 5 % of
 * each side (`'shift'`), in one bilinear `warp`; brighter or darker by a factor of up to 1 ± 0.1 (`'brightness'`), cut off at black and white. Masks of the images
 * go the same way, by the nearest pixel, and know no brightness. What comes is left as it is; without names, the very same arrays come back.
 *
 * A name draws from `rng.fork(name)`, for one image after the other: whatever else is named, and in which order, its draws are the same.
 *
 * @param shape Of one image.
 * @param range What black and white are in the images. @defaultValue 0 and 1
 * @returns A function of images [n, h, w, c], a generator and, where there are some, masks [n, h, w]. It throws {ShapeError} for other lengths.
 */
export function augmenter(names: readonly Augmentation[], [h, w, c]: ImageShape, range: ValueRange = { black: 0, white: 1 }) {
  const pixels = h * w;
  const size = pixels * c;
  const permutations = (Object.keys(CHANGES) as (keyof typeof CHANGES)[])
    .filter((name) => names.includes(name))
    .map((name) => {
      const { ways, source } = CHANGES[name];
      const order = Int32Array.from({ length: pixels }, (_, at) => {
        const [y, x] = source(Math.floor(at / w), at % w, h, w);
        return y * w + x;
      });
      return { name, ways, order };
    });
  const drawer = (name: keyof typeof AUGMENTATION_LIMITS, rng: Rng): (() => number) | undefined => {
    if (!names.includes(name)) return undefined;
    const own = rng.fork(name);
    return () => (2 * own.uniform() - 1) * AUGMENTATION_LIMITS[name];
  };

  function show(images: Float32Array, rng: Rng): { readonly images: Float32Array };
  function show(images: Float32Array, rng: Rng, masks: Uint8Array): { readonly images: Float32Array; readonly masks: Uint8Array };
  function show(images: Float32Array, rng: Rng, masks?: Uint8Array) {
    const n = images.length / size;
    if (!Number.isInteger(n)) throw new ShapeError(`augmenter: images are ${images.length} values; they must be [n,${[h, w, c]}]`);
    if (masks && masks.length !== n * pixels)
      throw new ShapeError(`augmenter: masks are ${masks.length} values; they must be [${[n, h, w]}], as there are ${n} images`);
    if (names.length === 0) return { images, masks };
    const drawn = permutations.map((change) => ({ ...change, rng: rng.fork(change.name) }));
    const rotate = drawer('rotate', rng);
    const shift = drawer('shift', rng);
    const brightness = drawer('brightness', rng);
    const shown = { images: images.slice(), masks: masks?.slice() };
    for (let i = 0; i < n; i++) {
      const image = shown.images.subarray(i * size, (i + 1) * size);
      const mask = shown.masks?.subarray(i * pixels, (i + 1) * pixels);
      for (const { ways, order, rng } of drawn) {
        for (let times = rng.integer(ways); times > 0; times--) {
          permute(image, order, c);
          if (mask) permute(mask, order, 1);
        }
      }
      if (rotate || shift) {
        const variation = { rotate: rotate?.() ?? 0, shift: [shift?.() ?? 0, shift?.() ?? 0] } as const;
        image.set(warp(image, [h, w, c], variation, 'bilinear'));
        mask?.set(warp(mask, [h, w, 1], variation, 'nearest'));
      }
      if (brightness) brighten(image, 1 + brightness(), range);
    }
    return shown;
  }
  return show;
}

/**
 * A picture turned about its centre, then moved; what comes into view is the nearest pixel of its edge.
 *
 * @param image h · w · c values, row-major, channels interleaved, in any unit.
 * @param kernel 'bilinear' mixes the four pixels around, as images need it; 'nearest' invents no value, as masks need it.
 * @returns As many new values.
 * @throws {ShapeError} for another number of values.
 */
export function warp(
  image: Float32Array,
  shape: ImageShape,
  variation: Variation,
  kernel: 'bilinear' | 'nearest',
): Float32Array<ArrayBuffer>;
export function warp(image: Uint8Array, shape: ImageShape, variation: Variation, kernel: 'nearest'): Uint8Array<ArrayBuffer>;
export function warp(
  image: Float32Array | Uint8Array,
  [h, w, c]: ImageShape,
  { rotate, shift: [right, down] }: Variation,
  kernel: 'bilinear' | 'nearest',
): Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> {
  if (image.length !== h * w * c) throw new ShapeError(`warp: image has ${image.length} values; it must be [${[h, w, c]}]`);
  const angle = (rotate * Math.PI) / 180;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const middleX = (w - 1) / 2;
  const middleY = (h - 1) / 2;
  const result = image.slice();
  let at = 0;
  for (let y = 0; y < h; y++) {
    const v = y - middleY - down * h;
    for (let x = 0; x < w; x++) {
      const u = x - middleX - right * w;
      // where the pixel comes from: moved back, then turned clockwise; y points down
      const sourceX = within(u * cos - v * sin + middleX, w - 1);
      const sourceY = within(u * sin + v * cos + middleY, h - 1);
      if (kernel === 'nearest') {
        const from = (Math.round(sourceY) * w + Math.round(sourceX)) * c;
        for (let k = 0; k < c; k++) result[at++] = image[from + k]!;
        continue;
      }
      const left = Math.floor(sourceX);
      const top = Math.floor(sourceY);
      const across = sourceX - left;
      const along = sourceY - top;
      const above = (top * w + left) * c;
      const below = along > 0 ? above + w * c : above;
      const next = across > 0 ? c : 0;
      for (let k = 0; k < c; k++) {
        const upper = image[above + k]! * (1 - across) + image[above + next + k]! * across;
        const lower = image[below + k]! * (1 - across) + image[below + next + k]! * across;
        result[at++] = upper * (1 - along) + lower * along;
      }
    }
  }
  return result;
}

const within = (value: number, most: number) => Math.min(Math.max(value, 0), most);

function permute(image: Float32Array | Uint8Array, order: Int32Array, channels: number): void {
  const before = image.slice();
  order.forEach((source, at) => {
    for (let channel = 0; channel < channels; channel++) image[at * channels + channel] = before[source * channels + channel]!;
  });
}

function brighten(image: Float32Array, factor: number, { black, white }: ValueRange): void {
  for (let at = 0; at < image.length; at++) image[at] = Math.min(Math.max(black + (image[at]! - black) * factor, black), white);
}

/**
 * @param what Begins the message.
 * @param range Of what is to be shown. @defaultValue 'pixels'
 * @throws {ConfigError} for a name that there is not, quarter turns of images that aren't squares, and brightness of values that aren't pixels.
 */
export function assertAugments(
  what: string,
  names: readonly Augmentation[],
  [height, width]: readonly [number, number, ...number[]],
  range: Batch['range'] = 'pixels',
): void {
  for (const name of names) assertOneOf(what, name, AUGMENTATIONS);
  if (names.includes('quarter-turns') && height !== width) {
    throw new ConfigError(`${what} holds quarter-turns, but images are ${width}x${height} (width x height); only squares can be turned`);
  }
  if (names.includes('brightness') && range !== 'pixels') {
    throw new ConfigError(`${what} holds brightness, but values are of range '${range}'; only pixels can be brighter`);
  }
}
