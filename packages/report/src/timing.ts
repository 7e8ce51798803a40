import type { MethodResult } from './results.ts';

/** Those that most methods have come first; others follow as they appear. */
const USUAL = ['secondsPerStep', 'imagesPerSecond', 'fitSeconds'];

/** The names in any method's `timing`, in the order of tables. */
export function timingNames(methods: readonly MethodResult[]): string[] {
  const names = new Set(methods.flatMap(({ timing }) => Object.keys(timing)));
  return [...USUAL.filter((name) => names.has(name)), ...[...names].filter((name) => !USUAL.includes(name))];
}

/** `secondsPerStep` as `['seconds', 'per', 'step']`, `auPro30` as `['au', 'pro', '30']`. */
export function wordsOf(name: string): string[] {
  return name.split(/(?=[A-Z])|(?<!\d)(?=\d\d)|[_\s]+/).map((word) => word.toLowerCase());
}
