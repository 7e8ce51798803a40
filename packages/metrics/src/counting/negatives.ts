import type { Pairs } from '../labelled-scores.ts';
import { type Keys, keysOf, newKeys, sortKeys, widen, writeNegativeKeys } from './keys.ts';
import type { Counts, Positives } from './positives.ts';

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
  /** With `perImage`: of images without an anomalous pixel. */
  readonly normalImages?: NormalImages;
};

export type NormalImages = {
  readonly count: number;
  /** How many pixels the largest has. */
  readonly largest: number;
  /** Each pixel weighs 1 / its image's pixels. */
  readonly ties: Float64Array;
  readonly gaps: Float64Array;
};

/** What a second pass needs of a first: `thresholds`, and whether there is `perImage`. */
export type Thresholds = Pick<Positives, 'thresholds' | 'perImage'>;

/** Counts images one at a time, in any order. */
export type Counting = {
  readonly images: number;
  /** @param into The places of the groups that the image is in. */
  add(pixels: Pairs, into?: readonly number[]): void;
  /** One for each group. */
  finish(): Negatives[];
};

/**
 * `countGroups` for what was checked. The scores of normal pixels wait in a run until it is full or the next image doesn't go with it;
 * then it is sorted, and counted against the thresholds of its groups.
 */
export function startCounting(sets: readonly Thresholds[], caller = 'countNegatives'): Counting {
  let narrow = sets.every(({ thresholds }) => thresholds instanceof Uint32Array);
  const groups = sets.map(({ thresholds, perImage }) => emptyGroup(narrow ? thresholds : widen(thresholds), perImage !== undefined));
  const longest = longestRun(sets);
  // Images without an anomalous pixel have a run of their own, as their pixels are weighed, too.
  let runs = { mixed: emptyRun(narrow), normal: emptyRun(narrow) };
  let images = 0;
  let finished = false;

  /** From the first float64 scores on, everything is float64. */
  function widenAll(): void {
    narrow = false;
    for (const run of Object.values(runs)) count(run, groups);
    for (const group of groups) Object.assign(group, { keys: widen(group.keys), floors: widen(group.floors) });
    runs = { mixed: emptyRun(narrow), normal: emptyRun(narrow) };
  }

  return {
    get images() {
      return images;
    },
    add(pixels, into = [0]) {
      if (finished) throw new TypeError(`${caller}: add was called after finish; count anew with all images`);
      if (narrow && !(pixels.scores instanceof Float32Array)) widenAll();
      images++;
      for (const group of into) countImage(groups[group]!, pixels);
      const isWeighed = pixels.positives === 0 && groups.some(({ weighted }) => weighted);
      const run = isWeighed ? runs.normal : runs.mixed;
      const weight = isWeighed ? 1 / pixels.scores.length : 0;
      if (run.weight !== weight || `${run.groups}` !== `${into}`) {
        count(run, groups);
        run.weight = weight;
        run.groups = [...into];
      }
      fill(run, pixels, groups, longest);
    },
    finish() {
      if (!finished) for (const run of Object.values(runs)) count(run, groups);
      finished = true;
      return groups.map((group, i) => negativesOf(group, sets[i]!.thresholds));
    },
  };
}

/** Keys of normal pixels that wait to be sorted. Their images are all in the same groups and of the same weight. */
type Run = {
  keys: Keys;
  /** For sorting, as long as `keys`; empty of float64, which is sorted in place. */
  scratch: Keys;
  filled: number;
  /** The places of the groups. */
  groups: readonly number[];
  /** Of each pixel: 1 / its image's pixels; 0 if it isn't weighed. */
  weight: number;
};

/** Few pixels shouldn't cost the memory of many. */
const FIRST_RUN = 2 ** 14;

/** So many normal pixels, or a quarter of the thresholds, are sorted at a time: then walking through all thresholds takes little of the time. */
function longestRun(sets: readonly Thresholds[]): number {
  return Math.max(2 ** 20, Math.max(0, ...sets.map(({ thresholds }) => thresholds.length)) >> 2);
}

function emptyRun(narrow: boolean): Run {
  return { ...buffers(narrow, FIRST_RUN), filled: 0, groups: [], weight: 0 };
}

function buffers(narrow: boolean, length: number): Pick<Run, 'keys' | 'scratch'> {
  return { keys: newKeys(narrow, length), scratch: newKeys(narrow, narrow ? length : 0) };
}

/** Adds an image's normal pixels to a run, which is counted, and made longer up to `longest`, whenever it is full. */
function fill(run: Run, pixels: Pairs, groups: readonly Group[], longest: number): void {
  for (let from = 0; from < pixels.scores.length; ) {
    const { length } = run.keys;
    if (run.filled === length) {
      count(run, groups);
      if (length < longest) Object.assign(run, buffers(run.keys instanceof Uint32Array, Math.min(longest, 8 * length)));
    }
    ({ at: run.filled, from } = writeNegativeKeys(run.keys, run.filled, pixels, from));
  }
}

/** Counts what is in a run, and empties it. */
function count(run: Run, groups: readonly Group[]): void {
  const sorted = sortKeys(run.keys.subarray(0, run.filled), run.scratch.subarray(0, run.filled));
  for (const place of run.groups) {
    const group = groups[place]!;
    countSorted(group, sorted);
    if (group.weighted && run.weight > 0) weighSorted(group.keys, group.weighted, sorted, run.weight);
  }
  run.filled = 0;
}

/** What was counted of a group of images so far. */
type Group = {
  images: number;
  positives: number;
  pixels: number;
  /** The thresholds. */
  keys: Keys;
  ties: Counts;
  gaps: Counts;
  /** The highest key in each gap, which is its lowest score. */
  floors: Keys;
  weighted: NormalImages | undefined;
};

function emptyGroup(keys: Keys, isWeighted: boolean): Group {
  const { length } = keys;
  const none = keysOf(keys instanceof Uint32Array ? Float32Array.of(Infinity) : Float64Array.of(Infinity))[0]!;
  return {
    images: 0,
    positives: 0,
    pixels: 0,
    keys,
    ties: new Uint32Array(length),
    gaps: new Uint32Array(length + 1),
    floors: newKeys(keys instanceof Uint32Array, length + 1).fill(none) as Keys,
    weighted: isWeighted ? { count: 0, largest: 0, ties: new Float64Array(length), gaps: new Float64Array(length + 1) } : undefined,
  };
}

function negativesOf({ keys: _, floors: gapFloors, weighted, ...counts }: Group, thresholds: Keys): Negatives {
  return { ...counts, gapFloors, thresholdsHash: hashOf(thresholds), ...(weighted ? { normalImages: weighted } : {}) };
}

function countImage(group: Group, { scores, positives }: Pairs): void {
  group.images++;
  group.positives += positives;
  group.pixels += scores.length - positives;
  if (group.weighted && positives === 0) {
    const { weighted } = group;
    group.weighted = { ...weighted, count: weighted.count + 1, largest: Math.max(weighted.largest, scores.length) };
  }
  if (group.pixels > 0xffffffff && group.ties instanceof Uint32Array) {
    group.ties = new Float64Array(group.ties);
    group.gaps = new Float64Array(group.gaps);
  }
}

/** Walks through sorted keys of pixels and of thresholds side by side. */
function countSorted({ keys, ties, gaps, floors }: Group, pixels: Keys): void {
  const distinct = keys.length;
  let k = 0;
  for (let i = 0; i < pixels.length; i++) {
    const key = pixels[i]!;
    while (k < distinct && keys[k]! < key) k++;
    if (k < distinct && keys[k] === key) ties[k]!++;
    else {
      gaps[k]!++;
      if (floors[k]! < key) floors[k] = key;
    }
  }
}

/** The same, each pixel counting `weight`. One product for all of a gap or tie: sums of many small weights would lose digits. */
function weighSorted(keys: Keys, { ties, gaps }: NormalImages, pixels: Keys, weight: number): void {
  const { length } = pixels;
  let next = 0;
  for (let k = 0; next < length; k++) {
    const threshold = k < keys.length ? keys[k]! : Infinity;
    const first = next;
    while (next < length && pixels[next]! < threshold) next++;
    gaps[k]! += weight * (next - first);
    const tied = next;
    while (next < length && pixels[next] === threshold) next++;
    if (next > tied) ties[k]! += weight * (next - tied);
  }
}

/** FNV-1a, over words in place of bytes. */
export function hashOf(keys: Keys): number {
  const words = new Uint32Array(keys.buffer, keys.byteOffset, keys.byteLength / 4);
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  return hash >>> 0;
}
