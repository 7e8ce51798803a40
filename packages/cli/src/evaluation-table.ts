import { METRICS, readMetric } from '@rddpm/metrics';
import type { Evaluation } from '@rddpm/study';

/** For a terminal: every metric of all images, and a row for each kind of defect. */
export function evaluationTable({ all, defects, images }: Evaluation): string {
  const defective = images.filter(({ anomalous }) => anomalous).length;
  return [
    ...METRICS.map((metric) => {
      const value = readMetric(all, metric);
      return `${metric.label.padEnd(24)}${value === null ? `undefined: ${all.undefined?.[metric.path]}` : value.toFixed(4)}`;
    }),
    '',
    `${images.length - defective} good and ${defective} defective images`,
    ...(defects.length > 1 ? ['', ...defectRows(defects)] : []),
  ].join('\n');
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
