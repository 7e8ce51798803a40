import type { Metric, Scores } from './results.ts';

/** A metric as a table shows it. */
export type Column = {
  /** Its place in {@link Scores}, and the key of the reason when it is null. */
  path: string;
  /** In a heading: `pixel AUROC`. */
  label: string;
  /** Of the heading, in a table that names pixels and images above it. */
  short: string;
  level: 'pixel' | 'image';
  read: (scores: Scores) => Metric;
};

/** The metrics to compare methods by, in the order of every table; each in [0, 1], higher is better. */
export const COLUMNS: readonly Column[] = [
  { path: 'pixel.auroc', level: 'pixel', short: 'AUROC', label: 'pixel AUROC', read: ({ pixel }) => pixel.auroc },
  { path: 'pixel.averagePrecision', level: 'pixel', short: 'AP', label: 'pixel AP', read: ({ pixel }) => pixel.averagePrecision },
  { path: 'pixel.auPro30', level: 'pixel', short: 'AU-PRO 0.3', label: 'AU-PRO 0.3', read: ({ pixel }) => pixel.auPro30 },
  { path: 'pixel.auPro05', level: 'pixel', short: 'AU-PRO 0.05', label: 'AU-PRO 0.05', read: ({ pixel }) => pixel.auPro05 },
  { path: 'pixel.f1Max', level: 'pixel', short: 'F1-max', label: 'pixel F1-max', read: ({ pixel }) => pixel.f1Max },
  { path: 'image.auroc', level: 'image', short: 'AUROC', label: 'image AUROC', read: ({ image }) => image.auroc },
  { path: 'image.averagePrecision', level: 'image', short: 'AP', label: 'image AP', read: ({ image }) => image.averagePrecision },
];

/** Why the metric of `path` is null, in the words of the record or, failing that, plainly. */
export function whyUndefined(scores: Scores, path: string): string {
  return scores.undefined?.[path] ?? 'undefined';
}
