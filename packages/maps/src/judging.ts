/** Calibration and threshold, by which a method's maps are judged. Both are made from one scoring of training images, without labels. */
import { assertOneOf, ConfigError } from '@rddpm/core';
import type { Calibration, CalibrationCriteria, ModelInfo, Smoothing, TrainingSet } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { calibrateByAppearance } from './appearance.ts';
import { calibrateByPosition, divisorsOf, encodeCalibration, type MapCalibration } from './calibration.ts';
import { imageScores } from './image-score.ts';
import { inOrder, type ScoreSetOptions, scoredInChunks, whereValid } from './score-set.ts';
import { smoothMaps } from './smoothing.ts';
import { assertFalseAlarms, DEFAULT_FALSE_ALARMS, quantileThreshold, spreadRows, type TailThreshold, thresholdOf } from './threshold.ts';

/** The calibrations by name. 'auto' takes that one of the others under which the smallest defects stand out. */
export const CALIBRATIONS = ['auto', 'none', 'position', 'half-position', 'appearance', 'both'] as const;
export type CalibrationChoice = (typeof CALIBRATIONS)[number];

export type JudgingOptions = Pick<ScoreSetOptions, 'method' | 'scorer' | 'smoothing' | 'signal'> & {
  readonly training: TrainingSet;
  /** By row, 1 for images that the last selection kept, 0 for those that it left out, which are not scored here. @defaultValue all are kept */
  readonly kept?: Uint8Array | undefined;
  /** @defaultValue 'auto' */
  readonly calibration?: CalibrationChoice | undefined;
  /** The share of good images that may be called anomalous. @defaultValue DEFAULT_FALSE_ALARMS */
  readonly falseAlarms?: number | undefined;
};

export type Judging = {
  /** Undefined if maps stay as they are. */
  readonly calibration: MapCalibration | undefined;
  /** By calibration that was tried, its criterion. */
  readonly criteria: CalibrationCriteria | undefined;
  readonly threshold: TailThreshold;
  /** Why there is no calibration although one may have been wanted, for people. */
  readonly note?: string | undefined;
};

/** How many of the training images that calibration and threshold are made of have been scored. */
export type ThresholdEvent = { readonly kind: 'threshold'; readonly done: number; readonly total: number };

/** At most so many training images are scored. */
export const JUDGED_IMAGES = 128;
const LEAST_IMAGES = 16; // two halves of eight; with fewer, the medians and the choice among calibrations are too random
const TYPICAL = 0.75; // of good images, those whose highest spot a defect must exceed
/** Those for which reconstructions need not be kept in memory. */
const BLIND: readonly CalibrationChoice[] = ['none', 'position', 'half-position'];

/**
 * Scores at most 128 training images, evenly spread, and makes calibration and threshold of them.
 *
 * No image is judged by a calibration that it took part in: each half of the images gets its scores from a calibration that was made from the other half.
 * The calibration that is returned is made from all of them. Among several calibrations these scores decide: the criterion of each is how large a defect
 * must be, where residuals usually are, before it stands out from good images. The smallest wins.
 *
 * @returns Undefined once the signal is aborted.
 * @throws {ConfigError} for a selection that keeps nothing, a rate outside (0, 0.5), and a calibration by appearance of a method that has no reconstructions.
 */
export async function* judgingFrom(options: JudgingOptions): AsyncGenerator<ThresholdEvent, Judging | undefined> {
  const { calibration = 'auto', falseAlarms = DEFAULT_FALSE_ALARMS } = options;
  assertOneOf('judgingFrom: calibration', calibration, CALIBRATIONS);
  assertFalseAlarms(falseAlarms);
  const residuals = yield* trainingResiduals(options);
  return residuals && judgingOf(residuals, options);
}

/** Of at most 128 training images, evenly spread. @returns Undefined once the signal is aborted. */
export async function* trainingResiduals(
  options: Omit<JudgingOptions, 'smoothing' | 'falseAlarms'>,
): AsyncGenerator<ThresholdEvent, Residuals | undefined> {
  const { training: set, kept, calibration = 'auto', ...shared } = options;
  const trusted = Int32Array.from({ length: set.count }, (_, row) => row).filter((row) => !kept || kept[row]);
  const rows = spreadRows(trusted, JUDGED_IMAGES);
  const total = rows.length;
  if (total === 0)
    throw new ConfigError(
      `${options.method}: it keeps none of its ${set.count} training images; there is nothing to make a threshold from`,
    );
  const maps: Float32Array[] = [];
  const reconstructions: NdArray<Float32Array>[] = [];
  const valid: (Uint8Array | undefined)[] = [];
  let done = 0;
  yield { kind: 'threshold', done, total };
  for await (const chunk of scoredInChunks({ ...shared, set, rows, isTraining: true })) {
    maps.push(inOrder(chunk.scored.maps).data);
    const { reconstruction } = chunk.scored.pictures ?? {};
    if (reconstruction && !BLIND.includes(calibration)) reconstructions.push(inOrder(reconstruction));
    valid.push(chunk.valid);
    done += chunk.scored.maps.shape[0]!;
    yield { kind: 'threshold', done, total };
  }
  if (done < total) return undefined;
  const [h, w] = set.shape;
  return {
    maps: joined(maps, [total, h, w]),
    reconstructions: reconstructionsOf(reconstructions, [total, h, w]),
    valid: validOf(valid, maps),
  };
}

/** The fields of a model's info that hold it. */
export function judgingInfo({
  calibration,
  criteria,
  threshold,
}: Omit<Judging, 'note'>): Pick<ModelInfo, 'calibration' | 'criteria' | 'threshold'> {
  return { calibration: calibration && encodeCalibration(calibration), criteria, threshold };
}

export type Residuals = {
  readonly maps: NdArray<Float32Array>;
  /** Undefined where the method has none of the maps' size. */
  readonly reconstructions: NdArray<Float32Array> | undefined;
  /** Row-major, as the maps: 0 where there is nothing to see; undefined if all pixels are valid. Calibrations use all pixels, scores only the valid ones. */
  readonly valid: Uint8Array | undefined;
};

type Kind = Calibration['kind'];

/** What `judgingFrom` returns. */
export function judgingOf(
  residuals: Residuals,
  options: Pick<JudgingOptions, 'method' | 'calibration' | 'falseAlarms' | 'smoothing'>,
): Judging {
  const { method, calibration: wanted = 'auto', falseAlarms } = options;
  const kinds = kindsOf(method, wanted, residuals);
  const plain = scoresOf(residuals, options.smoothing);
  const without = (note?: string): Judging => ({
    calibration: undefined,
    criteria: undefined,
    threshold: thresholdOf(plain, falseAlarms),
    note,
  });
  if (kinds.length === 0) return without();
  const n = plain.length;
  if (n < LEAST_IMAGES) return without(`maps stay uncalibrated: that takes ${LEAST_IMAGES} training images, and there are ${n}`);
  const halves = [0, 1].map((first) => everySecond(residuals, first)) as [Residuals, Residuals];
  if (![residuals, ...halves].every(hasResidual)) {
    return without('maps stay uncalibrated: most training images have no residual anywhere');
  }

  const trials = halves.map((half, i) => crossed(half, halves[1 - i]!, kinds, options.smoothing));
  const criterion = (kind: Kind | 'none') => trials.reduce((sum, trial) => sum + trial[kind]!.criterion, 0);
  const criteria: CalibrationCriteria = Object.fromEntries(kinds.map((kind) => [kind, criterion(kind) / criterion('none')]));
  const chosen = wanted === 'auto' ? smallest(criteria) : kinds[0];
  const scores = trials.flatMap((trial) => [...trial[chosen ?? 'none']!.scores]);
  return { calibration: chosen && calibrationOf(chosen, residuals), criteria, threshold: thresholdOf(scores, falseAlarms) };
}

/** The calibrations to try. @throws {ConfigError} for one that the method can't have. */
function kindsOf(method: string, wanted: CalibrationChoice, { reconstructions }: Residuals): readonly Kind[] {
  if (wanted === 'none') return [];
  if (wanted === 'auto') return reconstructions ? ['position', 'appearance', 'both'] : ['half-position']; // distances are partly in such units as they are
  if (!BLIND.includes(wanted) && !reconstructions) {
    throw new ConfigError(
      `${method}: calibration '${wanted}' goes by what is seen in reconstructions, and the method shows none; take 'half-position', 'position', or 'none'`,
    );
  }
  return [wanted];
}

/** The calibration of the smallest criterion; undefined where none is better than no calibration. */
function smallest(criteria: CalibrationCriteria): Kind | undefined {
  const helpful = (Object.entries(criteria) as [Kind, number][]).filter(([, criterion]) => criterion < 1);
  return helpful.toSorted(([, a], [, b]) => a - b)[0]?.[0];
}

function calibrationOf(kind: Kind, { maps, reconstructions }: Residuals): MapCalibration {
  switch (kind) {
    case 'position':
      return calibrateByPosition(maps);
    case 'half-position':
      return { ...calibrateByPosition(maps), kind };
    case 'appearance':
      return calibrateByAppearance(maps, reconstructions!);
    case 'both':
      return { kind, position: calibrateByPosition(maps), appearance: calibrateByAppearance(maps, reconstructions!) };
  }
}

type Trial = { readonly scores: Float64Array; readonly criterion: number };

/** Scores of `held` and criteria under each calibration that is fitted on `fitted`, and under none. */
function crossed(fitted: Residuals, held: Residuals, kinds: readonly Kind[], smoothing: Smoothing): Partial<Record<Kind | 'none', Trial>> {
  const { maps, reconstructions, valid } = held;
  const divisors = (kind: Exclude<Kind, 'both'>) => divisorsOf(maps.shape, calibrationOf(kind, fitted), reconstructions);
  const isAsked = (...some: readonly Kind[]) => some.some((kind) => kinds.includes(kind));
  const position = isAsked('position', 'both') ? divisors('position') : undefined;
  const appearance = isAsked('appearance', 'both') ? divisors('appearance') : undefined;
  const trial = (divisors: Float64Array | undefined): Trial => {
    if (!divisors) {
      const scores = scoresOf(held, smoothing);
      return { scores, criterion: quantileThreshold(scores, TYPICAL) };
    }
    const measured = ndarray(
      maps.data.map((value, i) => value / divisors[i]!),
      [...maps.shape],
    );
    const scores = scoresOf({ maps: measured, valid }, smoothing);
    return { scores, criterion: quantileThreshold(scores, TYPICAL) * usual(divisors, held) };
  };
  return {
    none: trial(undefined),
    position: kinds.includes('position') ? trial(position) : undefined,
    'half-position': kinds.includes('half-position') ? trial(divisors('half-position')) : undefined,
    appearance: kinds.includes('appearance') ? trial(appearance) : undefined,
    both: kinds.includes('both') ? trial(appearance!.map((divisor, i) => Math.sqrt(divisor * position![i]!))) : undefined,
  };
}

/** The geometric mean of the divisors, each weighted by the residual there: what a defect is divided by where residuals usually are. */
function usual(divisors: Float64Array, { maps: { data: residuals }, valid }: Residuals): number {
  let [sum, total] = [0, 0];
  for (let i = 0; i < residuals.length; i++) {
    if (valid && !valid[i]) continue;
    sum += residuals[i]! * Math.log(divisors[i]!);
    total += residuals[i]!;
  }
  return Math.exp(sum / total);
}

function scoresOf({ maps, valid }: Pick<Residuals, 'maps' | 'valid'>, smoothing: Smoothing): Float64Array {
  return imageScores(whereValid(smoothMaps(maps, smoothing), valid));
}

/** Whether at some position most maps are above 0. */
function hasResidual({ maps, valid }: Residuals): boolean {
  const [n, h, w] = maps.shape as [number, number, number];
  for (let at = 0; at < h * w; at++) {
    let above = 0;
    for (let i = 0; i < n; i++) if (maps.data[i * h * w + at]! > 0 && (!valid || valid[i * h * w + at])) above++;
    if (2 * above > n) return true;
  }
  return false;
}

function everySecond({ maps, reconstructions, valid }: Residuals, first: number): Residuals {
  const [n] = maps.shape as [number];
  const rows = Array.from({ length: Math.ceil((n - first) / 2) }, (_, i) => first + 2 * i);
  const parts = <T extends Float32Array | Uint8Array>(data: T) => {
    const size = data.length / n;
    return rows.map((row) => data.subarray(row * size, (row + 1) * size) as T);
  };
  const half = ({ data, shape }: NdArray<Float32Array>) => joined(parts(data), [rows.length, ...shape.slice(1)]);
  return {
    maps: half(maps),
    reconstructions: reconstructions && half(reconstructions),
    valid: valid && concatenated(parts(valid), Uint8Array),
  };
}

/** Of chunks of maps; where one says nothing, all of it is valid. */
function validOf(chunks: readonly (Uint8Array | undefined)[], maps: readonly Float32Array[]): Uint8Array | undefined {
  if (chunks.every((chunk) => chunk === undefined)) return undefined;
  return concatenated(
    chunks.map((chunk, i) => chunk ?? new Uint8Array(maps[i]!.length).fill(1)),
    Uint8Array,
  );
}

function reconstructionsOf(chunks: readonly NdArray<Float32Array>[], shape: readonly number[]): NdArray<Float32Array> | undefined {
  const [n, h, w] = shape as [number, number, number];
  const c = chunks[0]?.shape[3];
  if (c === undefined || chunks.some(({ shape }) => shape[1] !== h || shape[2] !== w || shape[3] !== c)) return undefined;
  const count = chunks.reduce((sum, { shape }) => sum + shape[0]!, 0);
  if (count !== n) return undefined;
  return joined(
    chunks.map(({ data }) => data),
    [n, h, w, c],
  );
}

function joined(parts: readonly Float32Array[], shape: readonly number[]): NdArray<Float32Array> {
  return ndarray(concatenated(parts, Float32Array), [...shape]);
}

function concatenated<T extends Float32Array | Uint8Array>(parts: readonly T[], Kind: new (length: number) => T): T {
  const values = new Kind(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}
