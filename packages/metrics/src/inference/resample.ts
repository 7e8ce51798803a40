import { drawBelow, randomNumbers } from './random.ts';

/**
 * A number of a set of images, from how often each of them counts. `weights` has an entry per image and is written anew for the next
 * resample: don't keep it. NaN where the number is undefined for these weights.
 */
export type Statistic = (weights: Uint32Array) => number;

export type BootstrapOptions = {
  /** How many resamples. @defaultValue 1000 */
  samples?: number;
  /** How often the interval is to hold the true value, in (0, 1). @defaultValue 0.95 */
  level?: number;
  /** A whole number; the same one gives the same resamples on every machine. @defaultValue 0 */
  seed?: number;
  /**
   * For each image its group, such as 0 for good and 1 for defective. Images are drawn within their group, as many as it has, so no
   * resample lacks a class. The interval then takes the groups' sizes as given. @defaultValue all images are one group
   */
  groups?: ArrayLike<number | string>;
};

export type Plan = { readonly samples: number; readonly level: number; readonly resamples: Iterable<Uint32Array> };

/** @throws {RangeError} for a count, samples, level, seed or groups that can't be. */
export function planResamples(caller: string, count: number, options: BootstrapOptions): Plan {
  const { samples = 1000, seed = 0, groups } = options;
  const level = checkLevel(caller, options);
  const reject = (came: string, right: string): never => {
    throw new RangeError(`${caller}: ${came}; ${right}`);
  };
  if (!(Number.isSafeInteger(count) && count >= 1 && count < 2 ** 32))
    reject(`count is ${count}`, 'it must be a whole number of images, 1 or more');
  if (!(Number.isSafeInteger(samples) && samples >= 1)) reject(`samples is ${samples}`, 'it must be a whole number, 1 or more');
  if (!Number.isSafeInteger(seed)) reject(`seed is ${seed}`, 'it must be a whole number');
  if (groups && groups.length !== count) reject(`groups has ${groups.length} entries for ${count} images`, 'it must have one for each');
  return { samples, level, resamples: draw(samples, seed, strata(count, groups)) };
}

function checkLevel(caller: string, { level = 0.95 }: Pick<BootstrapOptions, 'level'>): number {
  if (level > 0 && level < 1) return level;
  throw new RangeError(`${caller}: level is ${level}; it must be above 0 and below 1`);
}

/** The images of each group. */
function strata(count: number, groups: ArrayLike<number | string> | undefined): Uint32Array[] {
  const members = new Map<number | string | undefined, number[]>();
  for (let image = 0; image < count; image++) {
    const group = groups?.[image];
    const own = members.get(group);
    if (own) own.push(image);
    else members.set(group, [image]);
  }
  return Array.from(members.values(), (images) => Uint32Array.from(images));
}

function* draw(samples: number, seed: number, groups: readonly Uint32Array[]): Generator<Uint32Array> {
  const next = randomNumbers(seed);
  const weights = new Uint32Array(groups.reduce((count, images) => count + images.length, 0));
  for (let sample = 0; sample < samples; sample++) {
    weights.fill(0);
    for (const images of groups) {
      for (let drawn = 0; drawn < images.length; drawn++) weights[images[drawBelow(images.length, next)]!]!++;
    }
    yield weights;
  }
}

/** @throws {TypeError} if the statistic gives something else than a number; {RangeError} if it is infinite. */
export function evaluate(name: string, statistic: Statistic, weights: Uint32Array): number {
  const value: unknown = statistic(weights);
  if (typeof value !== 'number') throw new TypeError(`${name} gave ${typeof value}; it must give a number, NaN where it is undefined`);
  if (value === Infinity || value === -Infinity)
    throw new RangeError(`${name} gave ${value}; it must be finite, or NaN where it is undefined`);
  return value;
}

/** The statistic of each resample, in their order. */
export function resampledValues({ samples, resamples }: Plan, statistic: Statistic): Float64Array {
  const values = new Float64Array(samples);
  let sample = 0;
  for (const weights of resamples) values[sample++] = statistic(weights);
  return values;
}

export type Interval = {
  /** The lower end of the percentile interval. NaN if no resample had a value. */
  readonly low: number;
  /** Its upper end. */
  readonly high: number;
  /** The standard deviation of the resamples' values. NaN with fewer than two of them. */
  readonly standardError: number;
  /** How many resamples were drawn. */
  readonly samples: number;
  /** How many of them had no value, NaN, and are left out of the interval. Where it isn't 0, `groups` may help. */
  readonly undefinedSamples: number;
};

/**
 * The interval that holds the middle `level` of the values of resamples: percentiles, linear in between.
 *
 * @param values One for each resample, in any order; NaN where it is undefined, which leaves the resample out.
 * @param options.level The part that the interval holds, in (0, 1). @defaultValue 0.95
 * @throws {RangeError} for a level out of range.
 */
export function intervalOf(values: Float64Array, options: Pick<BootstrapOptions, 'level'> = {}): Interval {
  const tail = (1 - checkLevel('intervalOf', options)) / 2;
  const sorted = definedOf(values).sort();
  return {
    low: quantile(sorted, tail),
    high: quantile(sorted, 1 - tail),
    standardError: deviation(sorted),
    samples: values.length,
    undefinedSamples: values.length - sorted.length,
  };
}

/** A copy without those that are NaN. */
export function definedOf(values: Float64Array): Float64Array {
  return values.filter((value) => !Number.isNaN(value));
}

/** Of sorted values, straight lines between them: the default of numpy and R (type 7 of Hyndman and Fan). */
function quantile(values: Float64Array, part: number): number {
  const at = part * (values.length - 1);
  const below = Math.floor(at);
  const low = values[below] ?? Number.NaN;
  const high = values[below + 1] ?? low;
  return low + (high - low) * (at - below);
}

function deviation(values: Float64Array): number {
  if (values.length < 2) return Number.NaN;
  const first = values[0]!; // near all of them: the sums stay small
  let sum = 0;
  for (const value of values) sum += value - first;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - first - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}
