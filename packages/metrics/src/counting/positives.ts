import type { Pairs } from '../labelled-scores.ts';
import type { Pixels } from '../scored-image.ts';
import { type Keys, newKeys, positiveKeys, sortKeys, widen } from './keys.ts';

/** Whole numbers; float64 once they might pass 2^32. */
export type Counts = Uint32Array | Float64Array;

/**
 * What the first pass over a set of images leaves: where ranking metrics change. They do so at the scores of anomalous pixels only,
 * which are few. Plain typed arrays, ready to be posted to a worker.
 */
export type Positives = {
  /** How many images there were, and how many anomalous pixels in them. */
  readonly images: number;
  readonly pixels: number;
  /** The distinct scores of anomalous pixels, from high to low, as keys for sorting. */
  readonly thresholds: Keys;
  /** How many anomalous pixels have each. */
  readonly hits: Counts;
  /** With `regions`: how many the masks have, and what the pixels with each score add to the sum of the regions' overlaps. */
  readonly regions?: RegionGains;
  /** With `perImage`: the thresholds of image i's pixels, by index, are `at[starts[i]]` to `at[starts[i + 1] - 1]`. */
  readonly perImage?: PixelsByImage;
};

export type RegionGains = { readonly count: number; readonly overlaps: Float64Array };

export type PixelsByImage = { readonly starts: Float64Array; readonly at: Uint32Array };

/** An image's regions: how many, and what each anomalous pixel, in rows, adds to the sum of their overlaps. */
export type PixelGains = { readonly count: number; readonly gains: Float64Array };

export type CollectionOptions = {
  /** How an image's regions are found; without it none are. */
  gainsOf?: ((pixels: Pixels) => PixelGains) | undefined;
  perImage?: boolean;
};

/** `collectPositives` for what was checked. */
export function startCollection({ gainsOf, perImage: wantsImages = false }: CollectionOptions) {
  const parts: { keys: Keys; gains: Float64Array | undefined }[] = [];
  let count = 0;
  return {
    get images() {
      return parts.length;
    },
    add(pixels: Pairs & Partial<Pixels>): void {
      const keys = positiveKeys(pixels);
      const found = gainsOf?.(pixels as Pixels);
      count += found?.count ?? 0;
      parts.push({ keys, gains: found?.gains });
    },
    finish(): Positives {
      const narrow = parts.every(({ keys }) => keys instanceof Uint32Array || keys.length === 0);
      const chunks = parts.map(({ keys }) => (narrow ? keys : widen(keys)));
      const { distinct, hits, pixels } = countDistinct(chunks, narrow);
      const overlaps = new Float64Array(gainsOf ? distinct.length : 0);
      const at = new Uint32Array(wantsImages ? pixels : 0);
      const starts = new Float64Array(parts.length + 1);
      chunks.forEach((keys, image) => {
        const start = starts[image]!;
        starts[image + 1] = start + keys.length;
        const { gains } = parts[image]!;
        if (!gains && !wantsImages) return;
        for (let i = 0; i < keys.length; i++) {
          const k = lowerBound(distinct, keys[i]!);
          if (gains) overlaps[k]! += gains[i]!;
          if (wantsImages) at[start + i] = k;
        }
      });
      return {
        images: parts.length,
        pixels,
        thresholds: distinct,
        hits,
        ...(gainsOf ? { regions: { count, overlaps } } : {}),
        ...(wantsImages ? { perImage: { starts, at } } : {}),
      };
    },
  };
}

function countDistinct(chunks: readonly Keys[], narrow: boolean): { distinct: Keys; hits: Uint32Array; pixels: number } {
  const pixels = chunks.reduce((sum, { length }) => sum + length, 0);
  const all = newKeys(narrow, pixels);
  let end = 0;
  for (const keys of chunks) {
    all.set(keys, end);
    end += keys.length;
  }
  const sorted = sortKeys(all, newKeys(narrow, narrow ? pixels : 0));
  const hits = new Uint32Array(pixels);
  let distinct = 0;
  for (let i = 0; i < pixels; i++) {
    const key = sorted[i]!;
    if (distinct === 0 || key !== sorted[distinct - 1]) sorted[distinct++] = key;
    hits[distinct - 1]!++;
  }
  return { distinct: first(sorted, distinct), hits: first(hits, distinct), pixels };
}

/** A copy, unless it would be of nearly all. */
function first<T extends Keys>(all: T, length: number): T {
  return (length > 0.9 * all.length ? all.subarray(0, length) : all.slice(0, length)) as T;
}

/** Of keys that rise, the first that is `key` or above; their number if all are below. */
export function lowerBound(keys: Keys, key: number): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
