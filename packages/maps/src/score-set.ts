/** A scorer's maps of a whole set, calibrated and smoothed: the same for every method. */
import { ConfigError, ShapeError } from '@rddpm/core';
import type { Batch, Scored, Scorer, Smoothing, TrainingSet } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { calibrated, type MapCalibration } from './calibration.ts';
import { imageScores } from './image-score.ts';
import { rowMajor } from './row-major.ts';
import { smoothMaps } from './smoothing.ts';

export type ScoreSetOptions = {
  /** The method's name, for messages. */
  readonly method: string;
  readonly scorer: Scorer;
  readonly set: TrainingSet;
  /** Rows of the set, in the order in which they are scored. @defaultValue all rows, in order */
  readonly rows?: Int32Array | undefined;
  /** Whether the set is the one that was learnt from. @defaultValue false */
  readonly isTraining?: boolean | undefined;
  /** What maps are divided by before they are smoothed. @defaultValue nothing */
  readonly calibration?: MapCalibration | null | undefined;
  readonly smoothing: Smoothing;
  /** Told how many items are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type Judged = {
  /** [n, h, w], smoothed; higher is more anomalous. */
  readonly maps: NdArray<Float32Array>;
  /** [n], each map's largest value. */
  readonly scores: Float64Array;
  /** As the scorer's. */
  readonly pictures: NonNullable<Scored['pictures']>;
};

/** Items that are scored between two looks at a signal. */
const CHUNK = 8;

/**
 * Maps and scores of a set, a few items at a time: ends early, between two chunks, once the signal is aborted. Where a batch of the set says that there is
 * nothing to be seen, smoothed maps are 0: padding neither marks nor scores.
 *
 * @throws {ShapeError} for maps of another size than the items, {ConfigError} for maps that aren't finite: both name the method. {ConfigError} for a
 *   calibration by reconstructions of a method that has none.
 */
export async function* scoreInChunks(options: ScoreSetOptions): AsyncGenerator<{ readonly first: number; readonly judged: Judged }, void> {
  const { calibration, smoothing } = options;
  for await (const { first, scored, valid } of scoredInChunks(options)) {
    const measured = calibration ? calibrated(scored.maps, calibration, scored.pictures?.reconstruction) : scored.maps;
    const maps = whereValid(inOrder(smoothMaps(measured, smoothing)), valid);
    const pictures = Object.entries(scored.pictures ?? {}).map(([name, picture]) => [name, inOrder(picture)] as const);
    yield { first, judged: { maps, scores: imageScores(maps), pictures: Object.fromEntries(pictures) } };
  }
}

/** What a scorer returned. @property valid The batch's, row-major. */
type ScoredChunk = { readonly first: number; readonly scored: Scored; readonly valid: Uint8Array | undefined };

/** Like `scoreInChunks`, with maps that are neither calibrated nor smoothed. */
export async function* scoredInChunks(
  options: Pick<ScoreSetOptions, 'method' | 'scorer' | 'set' | 'rows' | 'isTraining' | 'signal'>,
): AsyncGenerator<ScoredChunk, void> {
  const { method, scorer, set, isTraining, signal } = options;
  const { rows = Int32Array.from({ length: set.count }, (_, row) => row) } = options;
  for (let first = 0; first < rows.length && !signal?.aborted; first += CHUNK) {
    const some = rows.slice(first, first + CHUNK);
    const batch = await set.read(some);
    const shape = [some.length, set.shape[0], set.shape[1]] as const;
    const valid = validOf(method, batch, shape);
    const scored = await scorer.score(batch, isTraining ? { trainingRows: some } : {});
    assertScored(method, scored, shape, first);
    yield { first, scored, valid };
  }
}

/** The results of `scoreInChunks` in one. @throws the signal's reason once it is aborted. */
export async function scoreSet(options: ScoreSetOptions): Promise<Judged> {
  const { set, rows, onProgress, signal } = options;
  const n = rows?.length ?? set.count;
  const [h, w] = set.shape;
  const maps = new Float32Array(n * h * w);
  const scores = new Float64Array(n);
  const pictures: Record<string, NdArray<Float32Array>> = {};
  for await (const { first, judged } of scoreInChunks(options)) {
    maps.set(judged.maps.data, first * h * w);
    scores.set(judged.scores, first);
    for (const [name, { data, shape }] of Object.entries(judged.pictures)) {
      const size = data.length / shape[0]!;
      pictures[name] ??= ndarray(new Float32Array(n * size), [n, ...shape.slice(1)]);
      pictures[name].data.set(data, first * size);
    }
    onProgress?.(first + judged.scores.length, n);
  }
  signal?.throwIfAborted();
  return { maps: ndarray(maps, [n, h, w]), scores, pictures };
}

/** The maps, with 0 wherever `valid` is 0. @param maps Row-major. */
export function whereValid(maps: NdArray<Float32Array>, valid: Uint8Array | undefined): NdArray<Float32Array> {
  if (!valid) return maps;
  const data = maps.data.map((value, at) => (valid[at] ? value : 0));
  return ndarray(data, [...maps.shape]);
}

/** The same array, row-major. */
export const inOrder = (array: NdArray<Float32Array>) => ndarray(rowMajor(array), [...array.shape]);

function validOf(method: string, { valid }: Batch, shape: readonly [number, number, number]): Uint8Array | undefined {
  if (valid && `${valid.shape}` !== `${shape}`) {
    throw new ShapeError(`${method}: the batch's valid is [${valid.shape}]; it must be [${shape}], one value for each pixel`);
  }
  return valid && rowMajor(valid);
}

/** Names of pictures become names of folders, so they are restricted. */
const PICTURE_NAME = /^[a-z][a-z-]*$/;

/** Folders that are made from the maps, whose names pictures may not have. */
const TAKEN = ['map', 'mask', 'heatmap'];

/** @param method Begins the messages. @param first The number of the first item, for messages. */
export function assertScored(
  method: string,
  { maps, pictures = {} }: Scored,
  shape: readonly [number, number, number],
  first: number,
): void {
  if (`${maps?.shape}` !== `${shape}`) {
    const what = maps ? `its maps are [${maps.shape}]` : 'its scorer returned no maps';
    throw new ShapeError(`${method}: ${what}; they must be [${shape}], the size of what it was shown`);
  }
  const [n, h, w] = shape;
  for (let i = 0; i < n; i++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) {
        const value = maps.get(i, y, x);
        if (Number.isFinite(value)) continue;
        throw new ConfigError(`${method}: the map of item ${first + i} is ${value} at row ${y}, column ${x}; maps must be finite`);
      }
  assertPictures(method, pictures, n);
}

/** @param method Begins the messages. @throws {ConfigError} for a name that no folder may have, {ShapeError} unless there are `n`, of 1 or 3 channels. */
export function assertPictures(method: string, pictures: NonNullable<Scored['pictures']>, n: number): void {
  for (const [name, picture] of Object.entries(pictures)) {
    if (!PICTURE_NAME.test(name) || TAKEN.includes(name)) {
      throw new ConfigError(`${method}: a picture is called '${name}'; it must be lower-case letters, and none of ${TAKEN.join(', ')}`);
    }
    const channels = picture.shape[3];
    if (picture.shape.length === 4 && picture.shape[0] === n && (channels === 1 || channels === 3)) continue;
    throw new ShapeError(`${method}: its pictures '${name}' are [${picture.shape}]; they must be [${n}, h, w, 1 or 3]`);
  }
}
