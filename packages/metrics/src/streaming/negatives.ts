import { type Keys, keysOf, newKeys, sortKeys, widen, writeNegativeKeys } from '../keys.ts';
import type { Pairs } from '../labelled-scores.ts';
import { checkImage, type ScoredImage } from '../scored-image.ts';
import type { Positives } from './positives.ts';

/** Whole numbers; float64 once they might pass 2^32. */
export type Counts = Uint32Array | Float64Array;

/** What the second pass leaves: where the scores of normal pixels lie among the thresholds of the first. Plain typed arrays. */
export type Negatives = {
  /** How many images there were, how many anomalous pixels in them, and how many normal ones. */
  readonly images: number;
  readonly positives: number;
  readonly pixels: number;
  /** How many normal pixels have each threshold as their score. */
  readonly ties: Counts;
  /** How many lie above each threshold, but below the one before it; one entry more than thresholds: those below all. */
  readonly gaps: Counts;
  /** The lowest score in each gap as a key for sorting; that of Infinity where it is empty. */
  readonly gapFloors: Keys;
  /** Tells these thresholds from others. */
  readonly thresholdsHash: number;
  /** With `perImage`: ties and gaps of images without an anomalous pixel, each pixel weighing 1 / its image's pixels. */
  readonly normalImages?: { readonly count: number; readonly ties: Float64Array; readonly gaps: Float64Array };
};

export type NegativesCounter = {
  /** Throws what the first pass does. */
  add(image: ScoredImage): void;
  /** Nothing can be added afterwards. */
  finish(): Negatives;
};

/**
 * The second of two passes, over the images of the first, in any order; {@link mergeNegatives} joins what workers counted.
 *
 * Memory: 16 bytes for each threshold (24 for float64, and 16 more with `perImage`), and 8 for each pixel of a run: about a million, or a
 * quarter of the thresholds if they are more.
 *
 * @param positives What the first pass over *all* images left.
 */
export function countNegatives(positives: Positives): NegativesCounter {
  const counting = startCounting(positives);
  return {
    add: (image) => counting.add(checkImage(`countNegatives: image ${counting.images}`, image)),
    finish: () => counting.finish(),
  };
}

/** So many normal pixels, or a quarter of the thresholds, are sorted at a time: then walking through all thresholds takes little of the time. */
const RUN = 2 ** 20;

/** {@link countNegatives} for what was checked. `most` bounds what will come. */
export function startCounting({ thresholds, perImage }: Pick<Positives, 'thresholds' | 'perImage'>, most = Infinity) {
  const length = Math.max(1, Math.min(most, Math.max(RUN, thresholds.length >> 2)));
  let into = emptyCounts(thresholds);
  let [mixed, normal] = [emptyRun(into.keys, length), emptyRun(into.keys, perImage ? length : 0)];
  const seen = { images: 0, positives: 0, pixels: 0 };
  const weighted = perImage
    ? { count: 0, ties: new Float64Array(thresholds.length), gaps: new Float64Array(thresholds.length + 1) }
    : undefined;
  let finished: Negatives | undefined;

  const flush = (run: Run) => {
    const sorted = sortKeys(run.keys.subarray(0, run.filled), run.scratch.subarray(0, run.filled));
    countRun(into, sorted, run.weight > 0 && weighted ? { ...weighted, weight: run.weight } : undefined);
    run.filled = 0;
  };

  return {
    get images() {
      return seen.images;
    },
    add(pixels: Pairs): void {
      if (finished) throw new TypeError('countNegatives: add was called after finish; count anew with all images');
      const { scores, positives } = pixels;
      if (into.keys instanceof Uint32Array && !(scores instanceof Float32Array)) {
        flush(mixed);
        flush(normal);
        into = { ...into, keys: widen(into.keys), floors: widen(into.floors) };
        [mixed, normal] = [emptyRun(into.keys, length), emptyRun(into.keys, perImage ? length : 0)];
      }
      seen.images++;
      seen.positives += positives;
      seen.pixels += scores.length - positives;
      if (seen.pixels > 0xffffffff && into.ties instanceof Uint32Array)
        into = { ...into, ties: new Float64Array(into.ties), gaps: new Float64Array(into.gaps) };
      const run = weighted && positives === 0 ? normal : mixed;
      if (weighted && positives === 0) {
        weighted.count++;
        if (run.weight !== 1 / scores.length) flush(run);
        run.weight = 1 / scores.length;
      }
      for (let from = 0; from < scores.length; ) {
        if (run.filled === run.keys.length) flush(run);
        ({ at: run.filled, from } = writeNegativeKeys(run.keys, run.filled, pixels, from));
      }
    },
    finish(): Negatives {
      if (finished) return finished;
      flush(mixed);
      flush(normal);
      const { ties, gaps, floors } = into;
      finished = {
        ...seen,
        ties,
        gaps,
        gapFloors: floors,
        thresholdsHash: hashOf(thresholds),
        ...(weighted ? { normalImages: weighted } : {}),
      };
      return finished;
    },
  };
}

type Run = {
  readonly keys: Keys;
  readonly scratch: Keys;
  filled: number /** Of a pixel, among normal images; 0 for others. */;
  weight: number;
};

function emptyRun(like: Keys, length: number): Run {
  const narrow = like instanceof Uint32Array;
  return { keys: newKeys(narrow, length), scratch: newKeys(narrow, narrow ? length : 0), filled: 0, weight: 0 };
}

/** `floors` are the highest key in each gap. */
type Counted = { readonly keys: Keys; readonly ties: Counts; readonly gaps: Counts; readonly floors: Keys };

function emptyCounts(keys: Keys): Counted {
  const none = keysOf(keys instanceof Uint32Array ? Float32Array.of(Infinity) : Float64Array.of(Infinity))[0]!;
  const floors = newKeys(keys instanceof Uint32Array, keys.length + 1).fill(none);
  return { keys, ties: new Uint32Array(keys.length), gaps: new Uint32Array(keys.length + 1), floors };
}

type Weighted = { readonly ties: Float64Array; readonly gaps: Float64Array; readonly weight: number };

/** Walks through a run, which rises, and the thresholds' keys, which do, too. */
function countRun({ keys, ties, gaps, floors }: Counted, run: Keys, weighted: Weighted | undefined): void {
  const { length } = run;
  let next = 0;
  for (let k = 0; next < length; k++) {
    const threshold = k < keys.length ? keys[k]! : Infinity;
    const first = next;
    while (next < length && run[next]! < threshold) next++;
    if (next > first) {
      gaps[k]! += next - first;
      floors[k] = Math.max(floors[k]!, run[next - 1]!);
      if (weighted) weighted.gaps[k]! += weighted.weight * (next - first);
    }
    const tied = next;
    while (next < length && run[next] === threshold) next++;
    if (next > tied) {
      ties[k]! += next - tied;
      if (weighted) weighted.ties[k]! += weighted.weight * (next - tied);
    }
  }
}

/** FNV-1a, over words in place of bytes. */
export function hashOf(keys: Keys): number {
  const words = new Uint32Array(keys.buffer, keys.byteOffset, keys.byteLength / 4);
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  return hash >>> 0;
}

/**
 * What one pass over the images of all parts would have left.
 *
 * @throws {RangeError} for no parts, or parts that were counted with different thresholds.
 */
export function mergeNegatives(parts: readonly Negatives[]): Negatives {
  const [first, ...rest] = parts;
  if (!first) throw new RangeError('mergeNegatives: there are no parts; pass some');
  return rest.reduce(mergeTwo, first);
}

function mergeTwo(a: Negatives, b: Negatives): Negatives {
  if (a.ties.length !== b.ties.length || a.thresholdsHash !== b.thresholdsHash || !a.normalImages !== !b.normalImages) {
    throw new RangeError(
      `mergeNegatives: the parts were counted with different positives, of ${a.ties.length} and ${b.ties.length} thresholds; count all with those of all images, merged`,
    );
  }
  const pixels = a.pixels + b.pixels;
  const large = pixels > 0xffffffff;
  const merged = {
    images: a.images + b.images,
    positives: a.positives + b.positives,
    pixels,
    ties: sum(a.ties, b.ties, large),
    gaps: sum(a.gaps, b.gaps, large),
    gapFloors: lower(a.gapFloors, b.gapFloors),
    thresholdsHash: a.thresholdsHash,
  };
  if (!a.normalImages || !b.normalImages) return merged;
  const [one, other] = [a.normalImages, b.normalImages];
  const normalImages = {
    count: one.count + other.count,
    ties: sum(one.ties, other.ties, true) as Float64Array,
    gaps: sum(one.gaps, other.gaps, true) as Float64Array,
  };
  return { ...merged, normalImages };
}

function sum(a: Counts, b: Counts, large: boolean): Counts {
  const sums = large ? new Float64Array(a.length) : new Uint32Array(a.length);
  for (let k = 0; k < sums.length; k++) sums[k] = a[k]! + b[k]!;
  return sums;
}

function lower(a: Keys, b: Keys): Keys {
  const narrow = a instanceof Uint32Array && b instanceof Uint32Array;
  const [one, other] = narrow ? [a, b] : [widen(a), widen(b)];
  const floors = newKeys(narrow, a.length);
  for (let k = 0; k < floors.length; k++) floors[k] = Math.max(one[k]!, other[k]!);
  return floors;
}
