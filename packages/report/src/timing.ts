import type { MethodResult } from './results.ts';

/** The names that most methods have; they come first, in this order. */
const USUAL = ['secondsPerStep', 'imagesPerSecond', 'fitSeconds'];

/** All names in the methods' `timing`, in the order of tables: the usual ones, then others as they appear. */
export function timingNames(methods: readonly MethodResult[]): string[] {
  const names = new Set(methods.flatMap(({ timing }) => Object.keys(timing)));
  return [...USUAL.filter((name) => names.has(name)), ...[...names].filter((name) => !USUAL.includes(name))];
}

/** `secondsPerStep` as `['seconds', 'per', 'step']`, `auPro30` as `['au', 'pro', '30']`. */
export function wordsOf(name: string): string[] {
  return name.split(/(?=[A-Z])|(?<!\d)(?=\d\d)|[_\s]+/).map((word) => word.toLowerCase());
}
