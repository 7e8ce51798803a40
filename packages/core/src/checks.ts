import type { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError, ShapeError } from './errors.ts';

const LONGEST = 80;

/** A value of any kind for an error message: as JSON, cut where it is long. Never throws. */
export function shown(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return `${value}`; // JSON has no NaN
  try {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
  } catch {
    return 'nested too deeply to show';
  }
}

/**
 * TensorFlow.js broadcasts silently: without this check `[4, 8, 8, 1]` against `[8, 1]` would give a number, and a wrong one.
 *
 * @throws {ShapeError} if the shapes differ; the message calls the tensors by `names`.
 */
export function assertSameShape(where: string, a: Tensor, b: Tensor, names: readonly [string, string]): void {
  if (a.rank === b.rank && a.shape.every((size, axis) => size === b.shape[axis])) return;
  throw new ShapeError(`${where}: ${names[0]} is [${a.shape}] but ${names[1]} is [${b.shape}]; both must have the same shape`);
}

/** @throws {ConfigError} unless `value` is a finite number above 0. `what` reads like `'huberLoss: delta'`. */
export function assertPositive(what: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) throw new ConfigError(`${what} is ${value}; it must be a finite number above 0`);
}

/** @throws {ConfigError} unless `value` is a whole number of at least 1. */
export function assertPositiveInteger(what: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 1)) throw new ConfigError(`${what} is ${value}; it must be a whole number of at least 1`);
}

/** @throws {ConfigError} unless `value` is above 0 and at most 1. */
export function assertShare(what: string, value: number): void {
  if (!(value > 0 && value <= 1)) throw new ConfigError(`${what} is ${value}; it must be above 0 and at most 1`);
}

/** @throws {ConfigError} unless `value` is among `choices`. */
export function assertOneOf(what: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) throw new ConfigError(`${what} is '${value}'; it must be one of ${choices.join(', ')}`);
}
