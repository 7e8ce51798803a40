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

/** So many normal pixels, or a quarter of the thresholds, are sorted at a time: then walking through all thresholds takes little of the time. */
const RUN = 2 ** 20;

/** Few pixels shouldn't cost the memory of many. */
const FIRST_RUN = 2 ** 14;

/** `countGroups` for what was checked. */
export function startCounting(sets: readonly Thresholds[], caller = 'countNegatives') {
  const longest = Math.max(0, ...sets.map(({ thresholds }) => thresholds.length));
  const longestRun = Math.max(RUN, longest >> 2);
  let narrow = sets.every(({ thresholds }) => thresholds instanceof Uint32Array);
  const groups = sets.map(({ thresholds, perImage }) => emptyGroup(narrow ? thresholds : widen(thresholds), perImage !== undefined));
  const someWeighted = groups.some(({ weighted }) => weighted);
  let runs = emptyRuns();
  let images = 0;
  let finished = false;

  // Those of images without an anomalous pixel are kept apart where each pixel weighs 1 / its image's pixels.
  function emptyRuns() {
    return { mixed: emptyRun(narrow), normal: emptyRun(narrow) };
  }

  function flush(run: Run): void {
    const sorted = sortKeys(run.keys.subarray(0, run.filled), run.scratch.subarray(0, run.filled));
    for (const place of run.groups) {
      const group = groups[place]!;
      countRun(group, sorted);
      if (group.weighted && run.weight > 0) weighRun(group.keys, group.weighted, sorted, run.weight);
    }
    run.filled = 0;
  }

  function makeRoom(run: Run): void {
    flush(run);
    const { length } = run.keys;
    if (length < longestRun) Object.assign(run, buffers(narrow, Math.min(longestRun, 8 * length)));
  }

  return {
    get images() {
      return images;
    },
    add(pixels: Pairs, into: readonly number[] = [0]): void {
      if (finished) throw new TypeError(`${caller}: add was called after finish; count anew with all images`);
      const { scores, positives } = pixels;
      if (narrow && !(scores instanceof Float32Array)) {
        Object.values(runs).forEach(flush);
        narrow = false;
        for (const group of groups) Object.assign(group, { keys: widen(group.keys), floors: widen(group.floors) });
        runs = emptyRuns();
      }
      images++;
      for (const group of into) countImage(groups[group]!, pixels);
      const isNormal = someWeighted && positives === 0;
      const run = isNormal ? runs.normal : runs.mixed;
      const weight = isNormal ? 1 / scores.length : 0;
      if (run.weight !== weight || `${run.groups}` !== `${into}`) {
        flush(run);
        Object.assign(run, { weight, groups: [...into] });
      }
      for (let from = 0; from < scores.length; ) {
        if (run.filled === run.keys.length) makeRoom(run);
        ({ at: run.filled, from } = writeNegativeKeys(run.keys, run.filled, pixels, from));
      }
    },
    finish(): Negatives[] {
      if (!finished) Object.values(runs).forEach(flush);
      finished = true;
      return groups.map(({ keys: _, floors: gapFloors, weighted, ...counts }, i) => ({
        ...counts,
        gapFloors,
        thresholdsHash: hashOf(sets[i]!.thresholds),
        ...(weighted ? { normalImages: weighted } : {}),
      }));
    },
  };
}

type Run = { readonly keys: Keys; readonly scratch: Keys; filled: number; groups: readonly number[]; weight: number };

function emptyRun(narrow: boolean): Run {
  return { ...buffers(narrow, FIRST_RUN), filled: 0, groups: [], weight: 0 };
}

function buffers(narrow: boolean, length: number): Pick<Run, 'keys' | 'scratch'> {
  return { keys: newKeys(narrow, length), scratch: newKeys(narrow, narrow ? length : 0) };
}

type Group = {
  images: number;
  positives: number;
  pixels: number;
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

/** Walks through a run, which rises, and the thresholds' keys, which do, too. */
function countRun({ keys, ties, gaps, floors }: Group, run: Keys): void {
  const distinct = keys.length;
  let k = 0;
  for (let i = 0; i < run.length; i++) {
    const key = run[i]!;
    while (k < distinct && keys[k]! < key) k++;
    if (k < distinct && keys[k] === key) ties[k]!++;
    else {
      gaps[k]!++;
      if (floors[k]! < key) floors[k] = key;
    }
  }
}

/** The same for pixels that weigh. One product for all of a gap or tie: sums of many small weights would lose digits. */
function weighRun(keys: Keys, { ties, gaps }: NormalImages, run: Keys, weight: number): void {
  const { length } = run;
  let next = 0;
  for (let k = 0; next < length; k++) {
    const threshold = k < keys.length ? keys[k]! : Infinity;
    const first = next;
    while (next < length && run[next]! < threshold) next++;
    gaps[k]! += weight * (next - first);
    const tied = next;
    while (next < length && run[next] === threshold) next++;
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
