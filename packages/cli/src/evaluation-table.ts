import type { Metric, Scores } from '@rddpm/report';
import type { Evaluation } from '@rddpm/study';

export const WHY_NO_AUPIMO = 'needs defective pixels, and good images of 100,000 pixels in all';

/** For a terminal: every metric of all images, and a row for each kind of defect. */
export function evaluationTable({ all, auPimo, defects, images }: Evaluation): string {
  const { pixel, image, undefined: reasons = {} } = all;
  const row = (path: string, label: string, value: Metric) =>
    `${label.padEnd(24)}${value === null ? `undefined: ${reasons[path]}` : value.toFixed(4)}`;
  const defective = images.filter(({ anomalous }) => anomalous).length;
  return [
    row('pixel.auroc', 'pixel AUROC', pixel.auroc),
    row('pixel.averagePrecision', 'pixel AP', pixel.averagePrecision),
    row('pixel.auPro30', 'AU-PRO 0.3', pixel.auPro30),
    row('pixel.auPro05', 'AU-PRO 0.05', pixel.auPro05),
    `${'AUPIMO, mean'.padEnd(24)}${auPimo.images > 0 ? auPimo.mean.toFixed(4) : `undefined: ${WHY_NO_AUPIMO}`}`,
    row('pixel.f1Max', 'pixel F1-max', pixel.f1Max),
    row('pixel.prevalence', 'defective pixels', pixel.prevalence),
    row('image.auroc', 'image AUROC', image.auroc),
    row('image.averagePrecision', 'image AP', image.averagePrecision),
    '',
    `${images.length - defective} good and ${defective} defective images`,
    ...(defects.length > 1 ? ['', ...defectRows(defects)] : []),
  ].join('\n');
}

const COLUMNS: readonly [title: string, value: (scores: Scores) => Metric][] = [
  ['AUROC', ({ pixel }) => pixel.auroc],
  ['AP', ({ pixel }) => pixel.averagePrecision],
  ['PRO 0.3', ({ pixel }) => pixel.auPro30],
  ['PRO 0.05', ({ pixel }) => pixel.auPro05],
  ['F1-max', ({ pixel }) => pixel.f1Max],
  ['image AUROC', ({ image }) => image.auroc],
  ['image AP', ({ image }) => image.averagePrecision],
];

function defectRows(defects: Evaluation['defects']): string[] {
  const lead = Math.max('with the good images'.length, ...defects.map(({ name }) => name.length)) + 2;
  const cell = (text: string, title: string) => text.padStart(title.length + 2).padStart(8);
  return [
    `${'with the good images'.padEnd(lead)}images${COLUMNS.map(([title]) => cell(title, title)).join('')}`,
    ...defects.map((scores) => {
      const cells = COLUMNS.map(([title, value]) => cell(value(scores)?.toFixed(4) ?? '–', title));
      return `${scores.name.padEnd(lead)}${String(scores.count).padStart(6)}${cells.join('')}`;
    }),
  ];
}
