import { type Keys, newKeys, widen } from '../counting/keys.ts';
import { type PixelsByImage, type Positives, type RegionGains, startCollection } from '../counting/positives.ts';
import { checkAnyImage, type DefectImage } from '../defect-image.ts';
import { pixelGains } from '../regions/pixel-gains.ts';
import type { ScoredImage } from '../scored-image.ts';

export type PositivesOptions = {
  /** Whether to find the masks' regions, which per-region overlap needs. @defaultValue true */
  regions?: boolean;
  /** Whether to remember which image a pixel is of, which AUPIMO needs: 4 bytes for each anomalous pixel. @defaultValue true */
  perImage?: boolean;
};

export type PositivesCollector = {
  /**
   * Of an image with annotated defects those are the regions, up to their saturation areas: what is PRO of other images is sPRO.
   *
   * @throws {RangeError} for a map or mask that isn't `width * height`, masks other than 0 and 1, scores that aren't finite, defects that
   * `auSpro` refuses; {TypeError} for what isn't an array of numbers.
   */
  add(image: ScoredImage | DefectImage): void;
  /** All that was added so far. */
  finish(): Positives;
};

/**
 * The first of two passes over images that needn't be in memory together: see {@link countNegatives} for the second, and
 * `streamedMetrics` for the result. Workers take a share of the images each; {@link mergePositives} joins what they found.
 *
 * Memory: about 36 bytes for each anomalous pixel of float32 maps, 16 less without `regions`, 4 less without `perImage`; up to twice
 * that of float64.
 */
export function collectPositives(options: PositivesOptions = {}): PositivesCollector {
  const { regions = true, perImage = true } = options;
  const collection = startCollection({ gainsOf: regions ? pixelGains : undefined, perImage });
  return {
    add: (image) => collection.add(checkAnyImage(`collectPositives: image ${collection.images}`, image)),
    finish: () => collection.finish(),
  };
}

/**
 * What one pass over the images of all parts would have left, in the order of the parts. Sums of overlaps may differ in the last digit.
 *
 * @throws {RangeError} for no parts, or if some know their regions or images and others don't.
 */
export function mergePositives(parts: readonly Positives[]): Positives {
  if (parts.length === 0) throw new RangeError('mergePositives: there are no parts; pass some');
  if (parts.length === 1) return parts[0]!;
  const half = parts.length >> 1; // in halves of halves: one after the other, each would walk through all before
  return mergeTwo(mergePositives(parts.slice(0, half)), mergePositives(parts.slice(half)));
}

function mergeTwo(a: Positives, b: Positives): Positives {
  for (const option of ['regions', 'perImage'] as const) {
    if (!a[option] !== !b[option]) {
      throw new RangeError(`mergePositives: some parts were collected with ${option}, others without; collect all alike`);
    }
  }
  const { keys, fromA, fromB } = unite(a.thresholds, b.thresholds);
  const pixels = a.pixels + b.pixels;
  const hits = pixels > 0xffffffff ? new Float64Array(keys.length) : new Uint32Array(keys.length);
  addAt(hits, fromA, a.hits);
  addAt(hits, fromB, b.hits);
  const merged = { images: a.images + b.images, pixels, thresholds: keys, hits };
  return {
    ...merged,
    ...(a.regions && b.regions ? { regions: mergeRegions(a.regions, b.regions) } : {}),
    ...(a.perImage && b.perImage ? { perImage: mergeImages(a.perImage, b.perImage) } : {}),
  };

  function mergeRegions(one: RegionGains, other: RegionGains): RegionGains {
    const overlaps = new Float64Array(keys.length);
    addAt(overlaps, fromA, one.overlaps);
    addAt(overlaps, fromB, other.overlaps);
    return { count: one.count + other.count, overlaps };
  }

  function mergeImages(one: PixelsByImage, other: PixelsByImage): PixelsByImage {
    const at = new Uint32Array(merged.pixels);
    for (let i = 0; i < a.pixels; i++) at[i] = fromA[one.at[i]!]!;
    for (let i = 0; i < b.pixels; i++) at[a.pixels + i] = fromB[other.at[i]!]!;
    const starts = new Float64Array(merged.images + 1);
    starts.set(one.starts);
    for (let i = 1; i <= b.images; i++) starts[a.images + i] = a.pixels + other.starts[i]!;
    return { starts, at };
  }
}

/** All keys of two rising sets, and where the keys of each are among them. */
function unite(a: Keys, b: Keys): { keys: Keys; fromA: Uint32Array; fromB: Uint32Array } {
  const narrow = a instanceof Uint32Array && b instanceof Uint32Array;
  const [left, right] = narrow ? [a, b] : [widen(a), widen(b)];
  const keys = newKeys(narrow, left.length + right.length);
  const fromA = new Uint32Array(left.length);
  const fromB = new Uint32Array(right.length);
  let end = 0;
  for (let i = 0, j = 0; i < left.length || j < right.length; end++) {
    const next = j === right.length || left[i]! <= right[j]! ? left[i]! : right[j]!;
    keys[end] = next;
    if (left[i] === next) fromA[i++] = end;
    if (right[j] === next) fromB[j++] = end;
  }
  return { keys: keys.slice(0, end), fromA, fromB };
}

function addAt(sums: Uint32Array | Float64Array, places: Uint32Array, values: Uint32Array | Float64Array): void {
  for (let i = 0; i < places.length; i++) sums[places[i]!]! += values[i]!;
}
