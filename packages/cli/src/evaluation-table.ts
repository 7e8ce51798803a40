import {
  type ComparableMetric,
  type Comparison,
  type Interval,
  METRICS,
  type MetricInfo,
  type MetricPath,
  readMetric,
} from '@rddpm/metrics';
import type { Evaluation } from '@rddpm/study';

/** How many resamples of the images were drawn, and from which seed. */
export type Resampling = { readonly samples: number; readonly seed: number };

/** By path, of the metrics that have a value. */
export type Intervals = { readonly [Path in MetricPath]?: Omit<Interval, 'samples'> };

/** For a terminal: every metric of all images, with its interval where there are intervals, and a row for each kind of defect. */
export function evaluationTable(evaluation: Evaluation, resampled?: Resampling & { readonly intervals: Intervals }): string {
  const { defects } = evaluation;
  return [
    ...METRICS.map((metric) => {
      const interval = resampled?.intervals[metric.path];
      return `${metric.label.padEnd(LABEL)}${shownValue(evaluation, metric)}${interval ? `  ${rangeOf(interval)}` : ''}`;
    }),
    '',
    imagesLine(evaluation),
    ...(resampled ? [`${resamplesLine(resampled)}`] : []),
    ...(defects.length > 1 ? ['', ...defectRows(defects)] : []),
  ].join('\n');
}

/** For a terminal: every metric of maps A and B, and their difference. */
export function comparisonTable(
  evaluation: Evaluation,
  comparison: Readonly<Record<ComparableMetric, Comparison>>,
  { maps, against, ...resampling }: Resampling & { readonly maps: string; readonly against: string },
): string {
  return [
    `A ${maps}`,
    `B ${against}`,
    '',
    `${''.padEnd(LABEL)}${'A'.padEnd(8)}${'B'.padEnd(8)}${'A − B'.padEnd(9)}${'95 % interval'.padEnd(20)}${'p'.padEnd(8)}p, Holm`,
    ...METRICS.map((metric) => {
      const label = metric.label.padEnd(LABEL);
      const compared = metric.higherIsBetter ? comparison[metric.path as ComparableMetric] : undefined;
      if (!compared || Number.isNaN(compared.difference)) return `${label}${shownValue(evaluation, metric)}`;
      const { estimateA, estimateB, difference, pValue, adjustedPValue } = compared;
      const values = `${estimateA.toFixed(4)}  ${estimateB.toFixed(4)}  ${signed(difference)}  ${rangeOf(compared, signed)}`;
      return `${label}${values}  ${pValue.toFixed(4)}  ${adjustedPValue.toFixed(4)}`;
    }),
    '',
    imagesLine(evaluation),
    resamplesLine(resampling),
    "p, Holm: corrected by Holm's method for how many metrics were looked at",
  ].join('\n');
}

const LABEL = 24;

function shownValue({ all }: Evaluation, metric: MetricInfo): string {
  const value = readMetric(all, metric);
  return value === null ? `undefined: ${all.undefined?.[metric.path]}` : value.toFixed(4);
}

function rangeOf({ low, high }: Pick<Interval, 'low' | 'high'>, format = (value: number) => value.toFixed(4)): string {
  return `[${format(low)}, ${format(high)}]`;
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(4)}`;
}

function imagesLine({ images }: Evaluation): string {
  const defective = images.filter(({ anomalous }) => anomalous).length;
  return `${images.length - defective} good and ${defective} defective images`;
}

function resamplesLine({ samples, seed }: Resampling): string {
  return `95 % intervals of ${samples} resamples of the images, good and defective ones drawn apart, seed ${seed}`;
}

const COLUMNS = METRICS.filter(({ higherIsBetter }) => higherIsBetter).map((metric) => ({
  metric,
  title: metric.level === 'pixel' ? metric.short : metric.label,
}));

function defectRows(defects: Evaluation['defects']): string[] {
  const lead = Math.max('with the good images'.length, ...defects.map(({ name }) => name.length)) + 2;
  const cell = (text: string, title: string) => text.padStart(title.length + 2).padStart(8);
  return [
    `${'with the good images'.padEnd(lead)}images${COLUMNS.map(({ title }) => cell(title, title)).join('')}`,
    ...defects.map((scores) => {
      const cells = COLUMNS.map(({ metric, title }) => cell(readMetric(scores, metric)?.toFixed(4) ?? '–', title));
      return `${scores.name.padEnd(lead)}${String(scores.count).padStart(6)}${cells.join('')}`;
    }),
  ];
}
